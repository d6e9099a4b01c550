"""What a picture's character can move: found by the machine, and corrected by a person."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from popcon.engines import registry
from popcon.engines.abilities import ActsByRig
from popcon.errors import EngineCannot
from popcon.jobs.rigs import parsed_rig
from popcon.jobs.spec_builder import RIG_TYPE
from popcon.media.pictures.character import make_character
from popcon.models.base import Model
from popcon.models.job import EngineChoice
from popcon.models.rig import CharacterRig, LimbName, Point, RigLimb
from popcon.pixels import Rgba
from ui.web.characters import Cutting
from ui.web.routers.pictures import Chosen, Sha, Whiten
from ui.web.state import AppState, StateDep
from ui.web.threads import in_pool, in_thread

router = APIRouter(prefix="/api/pictures/{picture}/rig", tags=["pictures"])

SavedRig = Annotated[
    str, Query(pattern=r"^([0-9a-f]{64})?$", description="as `POST /api/pictures/{picture}/rig` named it; empty: none")
]
_PUPPET = EngineChoice(name="puppet")


class MarkedRig(CharacterRig):
    """A rig as a person marked it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "width": 200,
                    "height": 200,
                    "character": {"left": 20, "top": 20, "right": 180, "bottom": 190},
                    "kind": "biped",
                    "eyes": [{"x": 80, "y": 90, "rx": 8, "ry": 10}, {"x": 120, "y": 90, "rx": 8, "ry": 10}],
                    "mouth": {"x": 100, "y": 115, "rx": 12, "ry": 6},
                }
            ]
        }
    )


class LimbBetween(Model):
    """A limb as a person marks it, in pixels of the picture as it was given."""

    name: LimbName
    joint: Point = Field(description="what it turns about: a shoulder, a hip")
    tip: Point = Field(description="its far end: a hand, a foot")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "arm_left", "joint": {"x": 60, "y": 110}, "tip": {"x": 35, "y": 150}}]}
    )


class RigView(Model):
    """A rig that is kept for an order."""

    rig: str = Field(description="its name from now on: the order's `rig_id`")


@router.get("")
async def find(
    state: StateDep, picture: Sha, background: Chosen = "auto", whiten: Whiten = False, rig: SavedRig = ""
) -> CharacterRig:
    """Return what the character of a picture can move: as found, or as it was corrected."""
    if rig:
        return await in_thread(state.characters.rig, picture, rig)
    return await in_thread(_found, state, picture, Cutting(background, whiten))


@router.post("", status_code=201)
async def keep(state: StateDep, picture: Sha, body: MarkedRig) -> RigView:
    """Keep a corrected rig of a picture's character, in pixels of the picture as it was given."""

    def kept() -> RigView:
        data = body.model_dump_json().encode()
        parsed_rig(data, state.characters.size(picture))
        return RigView(rig=state.store.put(data, RIG_TYPE).sha256)

    return await in_thread(kept)


@router.post("/limbs")
async def mark_limb(
    state: StateDep, picture: Sha, body: LimbBetween, background: Chosen = "auto", whiten: Whiten = False
) -> RigLimb:
    """Find the outline of a limb by its joint and its tip, in pixels of the picture as it was given."""

    def marked() -> RigLimb:
        cut = _character(state, picture, Cutting(background, whiten))
        return cut.engine.mark_limb(cut.pixels, cut.box, body.name, body.joint, body.tip)

    return await in_pool(state.threads.clicks, marked)


class _Cut(NamedTuple):
    """A character as an engine moves it, trimmed, and its box in the picture as it was given, px."""

    engine: ActsByRig
    pixels: Rgba
    box: tuple[float, float, float, float]


def _character(state: AppState, picture: str, cutting: Cutting) -> _Cut:
    def cut() -> _Cut:
        engine = registry.acts_by_rig("image", _PUPPET)
        if engine is None:
            raise EngineCannot(f"The image engine {_PUPPET.name} finds no parts of a character.")
        made = make_character(state.characters.cut(picture, cutting).rgba, keep_background=True)
        wide, tall = state.characters.size(picture)
        scale = state.characters.scale(picture)
        edges = zip(made.source, (wide, tall, wide, tall), strict=True)
        x0, y0, x1, y1 = (min(edge * scale, float(most)) for edge, most in edges)
        left, top, right, bottom = made.body
        return _Cut(engine, made.rgba[top:bottom, left:right], (x0, y0, x1, y1))

    found: _Cut = state.previews.get(("character", picture, cutting), cut)
    return found


def _found(state: AppState, picture: str, cutting: Cutting) -> CharacterRig:
    """Find the parts of a character, in pixels of its picture as it was given."""

    def find_parts() -> CharacterRig:
        cut = _character(state, picture, cutting)
        return cut.engine.find_rig(cut.pixels, state.characters.size(picture), cut.box)

    found: CharacterRig = state.previews.get(("rig", picture, cutting), find_parts)
    return found
