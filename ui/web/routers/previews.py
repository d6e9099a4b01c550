"""Previews of actions with a character: one, or those of many actions as a stream."""

import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from PIL import Image
from pydantic import ConfigDict, Field

from popcon.actions import PRESETS
from popcon.errors import PopconError, UnknownName
from popcon.locales.sentences import say
from popcon.media.captions import phrases
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.character import make_character
from popcon.models.base import Model
from popcon.models.caption import CaptionMotion
from popcon.pixels import Rgba
from ui.web.characters import Background, Cutting
from ui.web.json_lines import Emit, cancellable_response
from ui.web.language import LanguageDep
from ui.web.previews import Words, draw_preview
from ui.web.routers.rigs import SavedRig
from ui.web.state import AppState, StateDep
from ui.web.threads import in_pool

router = APIRouter(prefix="/api/previews", tags=["catalogue"])

Who = Annotated[str, Path(pattern=r"^(mascot|[0-9a-f]{64})$", examples=["mascot"])]

_PREVIEWS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="previews")
_ASKED = ThreadPoolExecutor(max_workers=1, thread_name_prefix="asked-previews")
"""What is typed or dragged is shown before those previews that nobody asked for by hand."""


class PreviewOf(Model):
    """An action to preview."""

    name: str = Field(max_length=40)
    words: str = Field(default="", max_length=phrases.LONGEST, description="caption; empty: none")


class Previews(Model):
    """Actions to preview, the one to be drawn first first."""

    actions: tuple[PreviewOf, ...] = Field(min_length=1, max_length=len(PRESETS))
    background: Background = Field(default="auto", description="how the character is cut out")
    whiten: bool = Field(default=False, description="whether the paper within a drawing becomes white")
    language: str = Field(default="en", max_length=16, description="of the words")
    motion: CaptionMotion | None = Field(default=None, description="of the words; none: what suits each action")
    rig: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="of the character; empty: as it is found")

    model_config = ConfigDict(json_schema_extra={"examples": [{"actions": [{"name": "wave"}, {"name": "cry"}]}]})


@router.get("/{picture}/{action}", response_class=Response)
async def preview(
    state: StateDep,
    picture: Who,
    action: Annotated[str, Path(max_length=40, examples=["wave"])],
    background: Annotated[Background, Query(description="how the character is cut out")] = "auto",
    whiten: Annotated[bool, Query(description="whether the paper within a drawing becomes white")] = False,
    words: Annotated[str, Query(max_length=phrases.LONGEST, description="caption; empty: none")] = "",
    language: Annotated[str, Query(max_length=16, description="of the words")] = "en",
    motion: Annotated[CaptionMotion | None, Query(description="of the words; none: what suits the action")] = None,
    rig: SavedRig = "",
) -> Response:
    """Draw a small preview of an action with a character, as animated WebP. The character is an uploaded picture."""
    _check(action)
    said = _said(action, words, language, motion)
    pool = _ASKED if said.text or rig else _PREVIEWS
    data = await in_pool(pool, _cached_preview, state, picture, Cutting(background, whiten), action, said, rig)
    return Response(data, media_type="image/webp", headers={"cache-control": "private, max-age=31536000, immutable"})


@router.post("/{picture}", response_class=StreamingResponse)
async def previews(state: StateDep, reader: LanguageDep, picture: Who, body: Previews) -> Any:
    """Draw small previews of several actions with a character, in the given order.

    A stream of JSON lines, one as each preview is drawn: `{"action", "image"}`, the image an animated WebP in base64,
    or `{"action", "error"}` where it cannot be drawn. Closing the connection cancels what is not drawn yet.
    """
    for each in body.actions:
        _check(each.name)
    cutting = Cutting(body.background, body.whiten)

    def work(emit: Emit, cancelled: threading.Event) -> None:
        for each in body.actions:
            if cancelled.is_set():
                return
            said = _said(each.name, each.words, body.language, body.motion)
            try:
                data = _cached_preview(state, picture, cutting, each.name, said, body.rig)
            except PopconError as error:
                emit({"action": each.name, "error": say(str(error), reader)})
            else:
                emit({"action": each.name, "image": b64encode(data).decode()})

    asked = body.rig or any(each.words.strip() for each in body.actions)
    return cancellable_response(_ASKED if asked else _PREVIEWS, work)


def _check(action: str) -> None:
    if action not in PRESETS:
        raise UnknownName("action", action, tuple(PRESETS))


def _said(action: str, words: str, language: str, motion: CaptionMotion | None) -> Words:
    return Words(words.strip(), phrases.language(language), motion or phrases.motion_of(action))


def _cached_preview(state: AppState, picture: str, cutting: Cutting, name: str, said: Words, rig: str) -> bytes:
    def character() -> Rgba:
        if picture == "mascot":
            return draw_mascot(256)
        made = make_character(state.characters.cut(picture, cutting).rgba, keep_background=True)
        left, top, right, bottom = made.body
        small = Image.fromarray(made.rgba[top:bottom, left:right])
        small.thumbnail((256, 256))
        return np.ascontiguousarray(np.array(small))

    drawn = (picture, cutting)
    key = drawn, name, said if said.text else None, rig

    def draw() -> bytes:
        marked = state.characters.rig(picture, rig) if rig and picture != "mascot" else None
        return draw_preview(state.previews.get(drawn, character), name, said, marked)

    return state.previews.get(key, draw)
