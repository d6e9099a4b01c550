"""Chooses the engines of an order: what draws and animates by one name, the others by theirs."""

import math
import os
from collections.abc import Sequence
from typing import Literal

from popcon.engines.engine_settings import variable
from popcon.errors import BadInput
from popcon.models.job import EngineChoice, Engines, Setting
from popcon.platforms import PLATFORMS
from popcon.platforms.model import LONGEST_PLAY_MS

EngineSet = Literal["embedded", "dashscope", "openai"]

ENGINE_SETS: dict[EngineSet, Engines] = {
    "embedded": Engines(),
    "dashscope": Engines(image=EngineChoice(name="dashscope"), video=EngineChoice(name="dashscope")),
    "openai": Engines(image=EngineChoice(name="openai")),
}
"""What draws and animates, by the name that an order gives it. With `openai` the puppet animates what was drawn."""


def chosen_engines(
    paid_or_not: EngineSet,
    matte: EngineChoice,
    segment: EngineChoice,
    fallback: bool = False,
    platforms: Sequence[str] = (),
) -> Engines:
    """Return the engines of an order.

    Arguments:
        paid_or_not: what draws and animates, one of `ENGINE_SETS`.
        matte, segment: with settings; without a name the usual segment engine of this machine.
        platforms: of the order: what they show and how long they play decides which clips are bought.

    Raises:
        UnknownName: there is no such engine.
        BadInput: one of them cannot be loaded here, and nothing may stand in for it.
    """
    from popcon.engines.readiness import refuse_unready

    if not segment.name:
        usual = "sam2" if os.environ.get(variable("sam2", "path")) else "graph"
        segment = segment.model_copy(update={"name": usual})
    made = ENGINE_SETS[paid_or_not]
    update = {"subject": chosen_subject(), "matte": matte, "segment": segment}
    if made.video.name == "dashscope" and platforms:
        update["video"] = made.video.model_copy(update={"settings": needed_of_clips(platforms)})
    engines = made.model_copy(update=update)
    refuse_unready(engines, fallback)
    return engines


def needed_of_clips(platforms: Sequence[str]) -> dict[str, Setting]:
    """Tell how wide clips have to be, px, and how many seconds of them play on platforms at most."""
    rules = [PLATFORMS[name] for name in platforms]
    moving = [each.timing for each in rules if each.timing.max_frames != 1]
    plays = min((timing.max_play_ms or LONGEST_PLAY_MS for timing in moving), default=LONGEST_PLAY_MS)
    return {
        "pixels": max(max(each.canvas.width, each.canvas.height) for each in rules),
        "plays": math.ceil(plays / 1000),
    }


def chosen_subject() -> EngineChoice | None:
    """Return the engine that finds characters in scenery, where one can be used here."""
    from popcon.engines.readiness import usable

    return next((EngineChoice(name=name) for name in usable("subject")), None)


def parsed_settings(texts: Sequence[str], flag: str) -> dict[str, Setting]:
    """Settings of an engine from `name=value`; the engine itself tells numbers and switches from words.

    Raises:
        BadInput: one has no name or no value.
    """
    settings: dict[str, Setting] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not name.strip() or not value.strip():
            raise BadInput(f"{flag} {text!r} is no setting; write it as name=value, such as path=models/BiRefNet.")
        settings[name.strip()] = value.strip()
    return settings


def with_settings(name: str, texts: Sequence[str], flag: str) -> EngineChoice:
    """Return an engine with settings from `name=value`."""
    return EngineChoice(name=name, settings=parsed_settings(texts, flag))


def with_shadow(texts: Sequence[str], shadow: str | None) -> tuple[str, ...]:
    """Add what becomes of soft shadows, remove or keep, to the settings of a matte engine; None: nothing is said."""
    return (*texts, *((f"shadow={shadow}",) if shadow else ()))
