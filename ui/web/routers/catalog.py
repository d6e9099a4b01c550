"""The catalogue of actions, platforms and engines, and previews of actions with a character."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from PIL import Image
from pydantic import Field

from popcon.actions import PRESETS
from popcon.check.review.measures import GROUNDS
from popcon.engines import registry
from popcon.engines.base import Shot
from popcon.engines.readiness import usable
from popcon.errors import UnknownName
from popcon.jobs.spec_builder import DEMO_ACTIONS, ENGINE_SETS
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.character import make_character
from popcon.media.pictures.picture import ACCEPTED, MAX_BYTES
from popcon.models.base import Model
from popcon.pixels import Rgba
from popcon.platforms import PLATFORMS
from ui.web.characters import Background, Cutting
from ui.web.state import AppState, StateDep
from ui.web.threads import in_pool, in_thread

router = APIRouter(prefix="/api", tags=["catalogue"])

SIDE, STRIDE, FRAMES = 128, 4, 60
"""Pixels of a preview's side; every how many frames one is drawn; frames of the motion, at 30 per second."""
TILES = ("#ffe9d6", "#e3f0ff", "#e6f6e4", "#fdeaf1", "#efe9fb", "#fff5cf")
"""Backdrops of previews, calm on light and on dark pages."""


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


class Backdrop(Model):
    """A colour that stickers stand on."""

    name: str
    colour: str = Field(description="#rrggbb")


class Catalogue(Model):
    """All choices that an order offers."""

    actions: tuple[Preset, ...]
    platforms: tuple[PlatformView, ...]
    engines: dict[str, str]
    mattes: tuple[str, ...]
    accepted: str
    max_bytes: int
    runner: str
    backdrops: tuple[Backdrop, ...]


@router.get("/catalogue")
async def catalogue(state: StateDep) -> Catalogue:
    """List actions, platforms and engines."""
    engines = await in_thread(_engines)  # may import a vendor's library
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
                title=each.title,
                width=each.canvas.width,
                height=each.canvas.height,
                format=each.default_format,
                least=each.pack.min_count,
                most=each.pack.max_count,
                counts=each.pack.counts,
            )
            for each in PLATFORMS.values()
        ),
        engines=engines,
        mattes=await in_thread(usable, "matte"),
        accepted=ACCEPTED,
        max_bytes=MAX_BYTES,
        runner=state.runner.kind,
        backdrops=tuple(Backdrop(name=name, colour="#" + bytes(colour).hex()) for name, colour in GROUNDS.items()),
    )


_PREVIEWS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="previews")


@router.get("/previews/{picture}/{action}", response_class=Response)
async def preview(
    state: StateDep,
    picture: Annotated[str, Path(pattern=r"^(mascot|[0-9a-f]{64})$", examples=["mascot"])],
    action: Annotated[str, Path(max_length=40, examples=["wave"])],
    background: Annotated[Background, Query(description="how the character is cut out")] = "auto",
    whiten: Annotated[bool, Query(description="whether the paper within a drawing becomes white")] = False,
) -> Response:
    """Draw a small preview of an action with a character, as animated WebP. The character is an uploaded picture."""
    if action not in PRESETS:
        raise UnknownName("action", action, tuple(PRESETS))
    data = await in_pool(_PREVIEWS, _cached_preview, state, picture, Cutting(background, whiten), action)
    return Response(data, media_type="image/webp", headers={"cache-control": "private, max-age=31536000, immutable"})


def _cached_preview(state: AppState, picture: str, cutting: Cutting, name: str) -> bytes:
    def character() -> Rgba:
        if picture == "mascot":
            return draw_mascot(256)
        made = make_character(state.characters.cut(picture, cutting).rgba, keep_background=True)
        left, top, right, bottom = made.body
        small = Image.fromarray(made.rgba[top:bottom, left:right])
        small.thumbnail((256, 256))
        return np.ascontiguousarray(np.array(small))

    drawn = (picture, cutting)
    return state.previews.get((drawn, name), lambda: _draw_preview(state.previews.get(drawn, character), name))


def _draw_preview(character: Rgba, name: str) -> bytes:
    from popcon.engines.puppet.engine import _perform
    from popcon.engines.puppet.render import Painter

    action = PRESETS[name]
    tile = TILES[list(PRESETS).index(name) % len(TILES)]
    shot = Shot(action=name, motion=action.motion, effect=action.effect, backdrop=tile, side=SIDE)
    actor, plan = _perform(character, shot)
    painter = Painter(actor, plan, tile, 0)
    pictures = [Image.fromarray(painter.paint(n)) for n in range(0, FRAMES, STRIDE)]
    out = io.BytesIO()
    pictures[0].save(
        out, "WEBP", save_all=True, append_images=pictures[1:], duration=round(STRIDE * 1000 / 30), loop=0, quality=70
    )
    return out.getvalue()


def _engines() -> dict[str, str]:
    """Map each engine to the reason why it cannot be used here; "" if it can."""
    reasons: dict[str, str] = {}
    for name, engines in ENGINE_SETS.items():
        try:
            choices: Any = engines
            registry.fingerprint("image", choices.image)
            reasons[name] = ""
        except Exception as error:  # a vendor's library may raise anything when it is imported
            reasons[name] = str(error)[:300]
    return reasons
