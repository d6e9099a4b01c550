"""The catalogue of actions, platforms and engines, and previews of actions with a character."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, get_args

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from PIL import Image
from pydantic import Field

from popcon.actions import PRESETS
from popcon.check.review.measures import GROUNDS
from popcon.engines import registry
from popcon.engines.readiness import usable
from popcon.errors import UnknownName
from popcon.jobs.engine_sets import ENGINE_SETS, EngineSet
from popcon.jobs.spec_builder import DEMO_ACTIONS
from popcon.locales.catalogs import Translator
from popcon.locales.sentences import say
from popcon.media.captions import phrases
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.character import make_character
from popcon.media.pictures.picture import ACCEPTED, MAX_BYTES
from popcon.models.base import Model
from popcon.models.caption import CaptionMotion
from popcon.models.job import Engines
from popcon.pixels import Rgba
from popcon.platforms import PLATFORMS
from ui.web.characters import Background, Cutting
from ui.web.language import TranslatorDep
from ui.web.previews import Words, draw_preview
from ui.web.routers.rigs import SavedRig
from ui.web.shapes import Ground, grounds_view
from ui.web.state import AppState, StateDep
from ui.web.threads import in_pool, in_thread

router = APIRouter(prefix="/api", tags=["catalogue"])


class Preset(Model):
    """An action that comes with the product."""

    name: str
    title: str
    motion: str
    effect: str
    emoji: str
    suggested: bool


class PlatformView(Model):
    """A platform and what it demands of a pack."""

    name: str
    title: str
    width: int
    height: int
    format: str
    least: int
    most: int | None
    counts: tuple[int, ...]
    notices: tuple[str, ...] = Field(description="what a person should know before starting")


class Language(Model):
    """A language that has a phrase for each preset."""

    tag: str
    name: str
    phrases: dict[str, str] = Field(description="by action")


class EngineView(Model):
    """What draws and animates, as an order names it."""

    name: str
    title: str
    about: str
    currency: str = Field(default="", description="in which it is billed; empty: it is free")
    why_not: str = Field(default="", description="why it cannot be used here; empty: it can")
    draws: bool = Field(description="whether it draws a character from words")


class Catalogue(Model):
    """All choices that an order offers."""

    actions: tuple[Preset, ...]
    platforms: tuple[PlatformView, ...]
    engines: tuple[EngineView, ...]
    mattes: tuple[str, ...]
    accepted: str
    max_bytes: int
    runner: str
    backdrops: tuple[Ground, ...]
    languages: tuple[Language, ...]
    motions: tuple[CaptionMotion, ...] = Field(description="how words may move")


@router.get("/catalogue")
async def catalogue(state: StateDep, t: TranslatorDep) -> Catalogue:
    """List actions, platforms and engines."""
    engines = await in_thread(_engines, t)  # may import a vendor's library
    return Catalogue(
        actions=tuple(
            Preset(
                name=each.name,
                title=each.title,
                motion=each.motion,
                effect=each.effect,
                emoji=each.emoji[0],
                suggested=each.name in DEMO_ACTIONS,
            )
            for each in PRESETS.values()
        ),
        platforms=tuple(
            PlatformView(
                name=each.name,
                title=say(each.title, t.language),
                width=each.canvas.width,
                height=each.canvas.height,
                format=each.default_format,
                least=each.pack.min_count,
                most=each.pack.max_count,
                counts=each.pack.counts,
                notices=tuple(say(notice, t.language) for notice in each.notices),
            )
            for each in PLATFORMS.values()
        ),
        engines=engines,
        mattes=await in_thread(usable, "matte"),
        accepted=ACCEPTED,
        max_bytes=MAX_BYTES,
        runner=state.runner.kind,
        backdrops=grounds_view(GROUNDS),
        languages=tuple(
            Language(tag=tag, name=name, phrases=phrases.phrases(tag)) for tag, name in phrases.LANGUAGES.items()
        ),
        motions=get_args(CaptionMotion),
    )


_PREVIEWS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="previews")
_ASKED = ThreadPoolExecutor(max_workers=1, thread_name_prefix="asked-previews")
"""What is typed or dragged is shown before those previews that nobody asked for by hand."""


@router.get("/previews/{picture}/{action}", response_class=Response)
async def preview(
    state: StateDep,
    picture: Annotated[str, Path(pattern=r"^(mascot|[0-9a-f]{64})$", examples=["mascot"])],
    action: Annotated[str, Path(max_length=40, examples=["wave"])],
    background: Annotated[Background, Query(description="how the character is cut out")] = "auto",
    whiten: Annotated[bool, Query(description="whether the paper within a drawing becomes white")] = False,
    words: Annotated[str, Query(max_length=phrases.LONGEST, description="caption; empty: none")] = "",
    language: Annotated[str, Query(max_length=16, description="of the words")] = "en",
    motion: Annotated[CaptionMotion | None, Query(description="of the words; none: what suits the action")] = None,
    rig: SavedRig = "",
) -> Response:
    """Draw a small preview of an action with a character, as animated WebP. The character is an uploaded picture."""
    if action not in PRESETS:
        raise UnknownName("action", action, tuple(PRESETS))
    said = Words(words.strip(), phrases.language(language), motion or phrases.motion_of(action))
    pool = _ASKED if said.text or rig else _PREVIEWS
    data = await in_pool(pool, _cached_preview, state, picture, Cutting(background, whiten), action, said, rig)
    return Response(data, media_type="image/webp", headers={"cache-control": "private, max-age=31536000, immutable"})


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


def _engines(t: Translator) -> tuple[EngineView, ...]:
    """List the engine sets, and why one cannot be used here."""
    return tuple(_engine(name, t(f"engine.{name}"), t(f"engine.{name}_about")) for name in ENGINE_SETS)


def _engine(name: EngineSet, title: str, about: str) -> EngineView:
    image = ENGINE_SETS[name].image
    view = EngineView(name=name, title=title, about=about, draws=image.name != Engines().image.name)
    try:
        registry.fingerprint("image", image)
        return view.model_copy(update={"currency": registry.currency("image", image)})
    except Exception as error:  # a vendor's library may raise anything when it is imported
        return view.model_copy(update={"why_not": str(error)[:300]})
