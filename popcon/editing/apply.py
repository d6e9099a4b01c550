"""Applies what a person changed to one frame, or propagates it to all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from popcon.editing.floating import remove_clicked, remove_floating
from popcon.editing.mask import apply_mask, check_sizes
from popcon.editing.strokes import apply_strokes
from popcon.engines.base import SegmentEngine
from popcon.errors import BadInput
from popcon.models.refinement import Click, Refinement
from popcon.pixels import Mask, Rgb, Rgba


def clicked_mask(
    engine: SegmentEngine, embedding: Any, cutout: Rgba | None, clicks: Sequence[Click], mask: Mask | None = None
) -> tuple[Mask, float]:
    """Return the mask that clicks ask for: they mend `mask`, or what the cutout shows; without either they choose anew.

    Raises:
        BadInput: as `SegmentEngine.predict` does.
    """
    if mask is None and cutout is not None and (cutout[..., 3] > 127).any():
        mask = np.where(cutout[..., 3] > 127, 255, 0).astype(np.uint8)
    made, score = engine.predict(embedding, clicks, mask)
    return (made if mask is None else remove_clicked(mask, made, clicks)), score


def apply_refinement(
    frame: Rgb,
    cutout: Rgba,
    refinement: Refinement,
    engine: SegmentEngine,
    backdrop: str | None,
    mask: Mask | None = None,
) -> Rgba:
    """Apply a refinement to a cutout: the mask and the clicks, then what floats is dropped, then the strokes.

    Always from the machine's cutout, never from an earlier result: the same refinement gives the same picture.

    Arguments:
        frame: (h, w, 3), the frame as it was.
        cutout: (h, w, 4), as the machine cut it out.
        refinement: what was changed. Its candidate has been picked already: `frame` and `cutout` are the candidate's.
        engine: turns clicks into a mask.
        backdrop: the flat colour behind the character; None: not known, or not flat.
        mask: the pixels of `refinement.mask`.

    Raises:
        BadInput: sizes differ, clicks are outside or contradict each other, or a mask is named but not given.
    """
    check_sizes(frame, cutout, mask)
    if refinement.mask is not None and mask is None:
        raise BadInput("The refinement names a mask, but its pixels were not given.")
    result = cutout
    if refinement.clicks:
        mask, _ = clicked_mask(engine, engine.encode(frame), cutout, refinement.clicks, mask)
    if mask is not None:
        result = apply_mask(frame, cutout, mask, backdrop)
    if not refinement.effects:
        result = remove_floating(result, [click for click in refinement.clicks if click.positive])
    return apply_strokes(frame, result, refinement.strokes)


def propagate_masks(
    frames: Sequence[Rgb],
    cutouts: Sequence[Rgba],
    prompts: Mapping[int, Sequence[Click] | Mask],
    engine: SegmentEngine,
    backdrop: str | None,
) -> Iterator[tuple[int, Rgba, Mask, float]]:
    """Propagate clicks or masks from some frames to all, and cut each out by its mask.

    Clicks choose on their frame what `clicked_mask` would: they mend that frame's cutout.

    Yields:
        (frame number, cutout, mask, score), as they become known; closing the iterator cancels.

    Raises:
        BadInput: there are not as many cutouts as frames, or as `SegmentEngine.track` does.
    """
    if len(frames) != len(cutouts):
        raise BadInput(f"There are {len(frames)} frames but {len(cutouts)} cutouts; each frame needs its own.")
    given: dict[int, Sequence[Click] | Mask] = {}
    scores: dict[int, float] = {}
    for number, prompt in prompts.items():
        if isinstance(prompt, np.ndarray) or not 0 <= number < len(frames):
            given[number] = prompt
        else:
            embedding = engine.encode(frames[number])
            given[number], scores[number] = clicked_mask(engine, embedding, cutouts[number], prompt)
    tracks = engine.track(frames, given)
    try:
        for number, mask, score in tracks:
            yield number, apply_mask(frames[number], cutouts[number], mask, backdrop), mask, scores.get(number, score)
    finally:
        close = getattr(tracks, "close", None)
        if close is not None:
            close()


def changed_kinds(masks: Mapping[int, Mask], cutouts: Sequence[Rgba]) -> tuple[bool, bool]:
    """Return whether masks add to the machine's cutouts, and whether they take away; a rim does not count."""
    added = removed = False
    for number, mask in masks.items():
        wanted, own = mask > 127, cutouts[number][..., 3] > 127
        for kind, changed in (("added", wanted & ~own), ("removed", own & ~wanted)):
            if cv2.erode(changed.astype(np.uint8), np.ones((3, 3), np.uint8)).any():
                added, removed = added or kind == "added", removed or kind == "removed"
    return added, removed
