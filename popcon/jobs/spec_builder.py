"""Turns what a person typed or clicked into a `JobSpec`, or says what is wrong with it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from popcon.actions import PRESETS, action, custom
from popcon.errors import BadInput, UnknownName
from popcon.jobs.captions import FONT_TYPE, CaptionOptions, job_captions
from popcon.jobs.engine_sets import ENGINE_SETS, EngineSet, chosen_engines, with_settings, with_shadow
from popcon.models.action import Action
from popcon.models.artifact import ArtifactRef
from popcon.models.job import JobSpec
from popcon.models.refinement import Click
from popcon.platforms import PLATFORMS
from popcon.storage.store import ref_of

DEMO_ACTIONS = ("wave", "laugh", "cry", "love", "angry", "jump", "sleep", "cheer")
"""Eight that show what the product does; LINE wants at least eight."""


class OrderOptions(CaptionOptions):
    """How a pack is to be made."""

    actions: str = Field(
        default="", description=f"presets, separated by commas, or all [default: {','.join(DEMO_ACTIONS)}]"
    )
    custom: tuple[str, ...] = Field(default=(), description='an action of your own, "name=motion prompt"; repeatable')
    platforms: str = Field(default="line-emoji", description="platforms, separated by commas")
    engine: EngineSet = Field(
        default="embedded",
        description="what draws and animates; openai: any service with OpenAI's images API draws, the puppet animates",
    )
    matte: str = Field(default="keyed", description="what cuts out: keyed, birefnet or rembg")
    matte_setting: tuple[str, ...] = Field(default=(), description='a setting of it, "name=value"; repeatable')
    shadow: Literal["remove", "keep"] | None = Field(
        default=None,
        description="of the engine keyed: a soft shadow on the backdrop goes, or stays as a soft black one",
    )
    fallback: bool = Field(default=False, description="let keyed cut out where the chosen engine cannot be loaded")
    segment: str = Field(
        default="", description="what turns clicks into masks [default: sam2 where POPCON_SAM2_PATH is set, else graph]"
    )
    segment_setting: tuple[str, ...] = Field(default=(), description='a setting of it, "name=value"; repeatable')
    review: Literal["auto", "ask"] = Field(
        default="auto", description="ask: a person approves start frames and cutouts"
    )
    keep_background: bool = Field(default=False, description="leave the picture's own background in")
    remove_background: bool = Field(default=False, description="take the background out even where it is not plain")
    click: tuple[str, ...] = Field(
        default=(), description="X,Y on the character in the picture, or X,Y,- beside it; repeatable"
    )
    rig: Path | None = Field(default=None, description="the character's parts, as `popcon rig` writes them")
    whiten_paper: bool = Field(default=False, description="make the paper within a photographed drawing white")
    budget: Decimal | None = Field(
        default=None, ge=0, description="what the job may spend, in the currency of the account"
    )
    title: str = Field(default="", max_length=80, description="the pack's title [default: the picture's file name]")
    seed: int = Field(default=0, ge=0, description="another number gives variations")

    @property
    def background(self) -> bool | None:
        """Whether the background stays; None: a plainly flat one goes."""
        if self.keep_background and self.remove_background:
            raise BadInput("The background can be kept or removed, not both.")
        return True if self.keep_background else False if self.remove_background else None


RIG_TYPE = "application/json"
_PICTURE = "application/octet-stream"

Keep = Callable[[bytes, str], ArtifactRef]
"""`Store.put`, or `ref_of` where nothing is to be kept."""


def order(
    keep: Keep, options: OrderOptions, picture: Path | None, describe: str | None = None, reference: Path | None = None
) -> JobSpec:
    """Return the order for a picture, or for a described character. Its pictures are kept by `keep`.

    Raises:
        BadInput: anything that cannot be made, before anything is changed.
    """
    if picture is None and not describe:
        raise BadInput("A pack needs a character: give a picture, or describe one with --describe.")
    if picture is not None and describe:
        raise BadInput("Give either a picture or a description of the character; --reference adds a picture to follow.")
    if reference is not None and not describe:
        raise BadInput("--reference goes with --describe: it shows what the described character should look like.")
    if describe and ENGINE_SETS[options.engine].image.name == "puppet":
        raise BadInput(
            "The embedded engine cannot draw from words; give a picture, or order with --engine dashscope or openai."
        )
    actions = chosen_actions(options.actions, options.custom)
    platforms = chosen(options.platforms, tuple(PLATFORMS), "platform")
    engines = chosen_engines(
        options.engine,
        with_settings(options.matte, with_shadow(options.matte_setting, options.shadow), "--matte-setting"),
        with_settings(options.segment, options.segment_setting, "--segment-setting"),
        options.fallback,
        platforms,
    )
    words = job_captions(options, actions, platforms)
    if options.rig is not None and picture is None:
        raise BadInput("--rig goes with a picture; a described character is not drawn yet.")
    data = [_checked(each) if each else None for each in (picture, reference)]
    rig = _rig(options.rig, data[0], str(picture)) if options.rig and data[0] else None
    refs = [ref_of(each, _PICTURE) if each else None for each in data]
    try:
        spec = JobSpec(
            title=options.title or (picture.stem if picture else describe or "")[:80],
            picture=refs[0],
            description=describe,
            reference=refs[1],
            actions=tuple(actions),
            platforms=tuple(platforms),
            engines=engines,
            fallback=options.fallback,
            review=options.review,
            keep_background=options.background,
            clicks=_clicks(options.click, picture),
            whiten_paper=options.whiten_paper,
            budget_cny=options.budget,
            seed=options.seed,
            captions=words[0][0] if words else None,
            translations=tuple(each for each, _ in words[1:]),
            rig=ref_of(rig, RIG_TYPE) if rig else None,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The order cannot be taken: {where + ': ' if where else ''}{first['msg']}.") from error
    for each in data:
        if each is not None:
            keep(each, _PICTURE)
    if rig is not None:
        keep(rig, RIG_TYPE)
    for _, font in words:
        keep(font, FONT_TYPE)
    return spec


def _rig(path: Path, picture: bytes, name: str) -> bytes:
    """Return a rig as the store keeps it.

    Raises:
        BadInput: it is none, or does not fit the picture.
    """
    from popcon.jobs.rigs import picture_size, read_rig

    return read_rig(path, picture_size(picture, name)).model_dump_json().encode()


def _clicks(texts: Sequence[str], picture: Path | None) -> tuple[Click, ...]:
    """Clicks from `X,Y` or `X,Y,-`, all of them within the picture.

    Raises:
        BadInput: one is no click, is outside of the picture, or there is no picture.
    """
    if not texts:
        return ()
    if picture is None:
        raise BadInput("--click goes with a picture; a described character is not in one.")
    from popcon.media.pictures.picture import read_picture

    height, width = read_picture(picture).shape[:2]
    made = []
    for text in texts:
        click = parsed_click(text, "--click")
        if not (0 <= click.x < width and 0 <= click.y < height):
            raise BadInput(f"--click {text} is outside of the picture, which is {width}x{height} px.")
        made.append(click)
    if not any(click.positive for click in made):
        raise BadInput("At least one --click has to be on the character; a click beside it ends in ,-.")
    return tuple(made)


def parsed_click(text: str, option: str) -> Click:
    """Return a click from `X,Y`, `X,Y,+` or `X,Y,-`.

    Raises:
        BadInput: it is none.
    """
    parts = [part.strip() for part in text.split(",")]
    try:
        x, y = float(parts[0]), float(parts[1])
        sign = parts[2] if len(parts) == 3 else "+"
        if len(parts) > 3 or sign not in ("+", "-"):
            raise ValueError
        return Click(x=x, y=y, positive=sign == "+")
    except (ValueError, IndexError) as error:
        raise BadInput(f"{option} {text!r} is not a point; give X,Y,+ or X,Y,- in pixels.") from error


def chosen_actions(names: str, customs: Sequence[str]) -> list[Action]:
    """Presets by name ("all" for every one), then custom ones; neither: the eight of the demo.

    Raises:
        UnknownName: a name that is no preset.
    """
    wanted = split(names)
    if "all" in wanted:
        wanted = list(PRESETS)
    elif not wanted and not customs:
        wanted = list(DEMO_ACTIONS)
    return [action(name) for name in wanted] + [custom(each) for each in customs]


def chosen(names: str, known: Sequence[str], kind: str) -> list[str]:
    """Return the names in a text, each once, if all are known and there is one.

    Raises:
        UnknownName: one is not known.
    """
    wanted = split(names)
    for name in wanted:
        if name not in known:
            raise UnknownName(kind, name, tuple(known))
    if not wanted:
        raise BadInput(f"Name at least one {kind}; choose from {', '.join(known)}.")
    return wanted


def split(names: str) -> list[str]:
    """Return the names in a text that separates them by commas, each once."""
    return list(dict.fromkeys(part.strip().lower() for part in names.split(",") if part.strip()))


def _checked(path: Path) -> bytes:
    from popcon.media.pictures.picture import CHECK_PX, read_picture

    read_picture(
        path, enough_px=CHECK_PX, draft=True
    )  # refuses what the character step would refuse, before anything is kept
    return path.read_bytes()
