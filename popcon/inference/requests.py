"""Reads requests of the compact protocol; whatever is wrong with one is a BadInput."""

from typing import Any

from pydantic import ValidationError

from popcon.engines.base import Click
from popcon.engines.remote.wire import unpack
from popcon.errors import BadInput
from popcon.models.job import EngineChoice
from popcon.pixels import Mask


def message_of(body: bytes, count: int | None) -> tuple[dict[str, Any], list[Any]]:
    """Return the head and the arrays of a message, which has to have `count` arrays; None: any number."""
    head, arrays = unpack(body)
    if count is not None and len(arrays) != count:
        raise BadInput(f"The message has {len(arrays)} arrays; {count} is expected.")
    return head, arrays


def engine_of(head: dict[str, Any]) -> EngineChoice:
    """Return the engine that a message names."""
    try:
        return EngineChoice.model_validate(head.get("engine"))
    except ValidationError as error:
        raise BadInput("The message names no engine with settings.") from error


def clicks_of(given: Any) -> list[Click]:
    """Clicks from JSON."""
    try:
        return [Click.model_validate(each) for each in given or []]
    except (ValidationError, TypeError) as error:
        raise BadInput("Clicks are objects with x, y and positive.") from error


def prompts_of(head: dict[str, Any], arrays: list[Any]) -> dict[int, list[Click] | Mask]:
    """Clicks and masks by frame number, as `track` takes them; a mask is named by its place among the arrays."""
    prompts: dict[int, list[Click] | Mask] = {}
    try:
        prompts.update({int(number): clicks_of(clicks) for number, clicks in head.get("clicks", {}).items()})
        prompts.update({int(number): arrays[place] for number, place in head.get("masks", {}).items()})
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise BadInput("Prompts are clicks or masks by frame number.") from error
    return prompts


def check_pixels(pixels: Any, dimensions: int) -> None:
    """See that an array is RGB pixels: (height, width, 3), or several such with `dimensions` 4."""
    if pixels.ndim != dimensions or pixels.shape[-1] != 3 or 0 in pixels.shape:
        raise BadInput(f"Pixels have the shape {pixels.shape}; expected RGB, {dimensions} dimensions.")
