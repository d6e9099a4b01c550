"""The catalogue of actions, platforms and engines."""

from typing import get_args

from fastapi import APIRouter
from pydantic import Field

from popcon.actions import PRESETS
from popcon.check.review.measures import GROUNDS
from popcon.engines import registry
from popcon.engines.readiness import usable
from popcon.jobs.engine_sets import ENGINE_SETS, EngineSet
from popcon.jobs.spec_builder import DEMO_ACTIONS
from popcon.locales.catalogs import LANGUAGES, Translator, translator
from popcon.locales.sentences import say
from popcon.media.captions import phrases
from popcon.media.pictures.picture import ACCEPTED, MAX_BYTES
from popcon.models.base import Model
from popcon.models.caption import CaptionMotion
from popcon.models.job import Engines
from popcon.platforms import PLATFORMS
from ui.web.language import TranslatorDep
from ui.web.shapes import Ground, grounds_view
from ui.web.state import StateDep
from ui.web.threads import in_thread

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
        accepted=say(ACCEPTED, t.language),
        max_bytes=MAX_BYTES,
        runner=state.runner.kind,
        backdrops=grounds_view(GROUNDS),
        languages=tuple(
            Language(tag=tag, name=name, phrases=phrases.phrases(tag)) for tag, name in phrases.LANGUAGES.items()
        ),
        motions=get_args(CaptionMotion),
    )


def warm() -> None:
    """Import what the first catalogue needs."""
    _engines(translator(next(iter(LANGUAGES))))
    usable("matte")


def _engines(t: Translator) -> tuple[EngineView, ...]:
    """List the engine sets, and why one cannot be used here."""
    return tuple(_engine(name, t) for name in ENGINE_SETS)


def _engine(name: EngineSet, t: Translator) -> EngineView:
    title, about = t(f"engine.{name}"), t(f"engine.{name}_about")
    image = ENGINE_SETS[name].image
    view = EngineView(name=name, title=title, about=about, draws=image.name != Engines().image.name)
    try:
        registry.fingerprint("image", image)
        return view.model_copy(update={"currency": registry.currency("image", image)})
    except Exception as error:  # a vendor's library may raise anything when it is imported
        return view.model_copy(update={"why_not": say(str(error), t.language)[:300]})
