"""Checks a generated clip as a person would before its frames are cut out: what is wrong with a take, and why.

Every check compares with the approved start frame, so a character with many colours or two heads is no fault by itself.
Cheap: frames are looked at in a small size, on one colour space, without a model.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.media.clips import clip
from popcon.media.pictures.backdrop import measure_border
from popcon.media.pictures.colour import oklab, parse_hex
from popcon.media.pictures.pose_sheet import palette, strangeness
from popcon.pixels import Rgb

_SIDE = 160
"""Frames are looked at in this width, px."""
_LOOKS = 24
"""How many frames of a clip are looked at, evenly spread."""
_SOLID = 10.0
"""Distance in OKLab (times 100) from the backdrop from which a pixel belongs to the figure or its effects."""
_STILL = 0.004
"""Share of the picture that has to change at some time; compression alone changes less."""
_OFTEN = 0.3
"""Share of the frames in which a fault has to be seen: effects and fast moves look like one for a moment."""


def check_take(data: bytes, start_frame: Rgb) -> tuple[str, ...]:
    """Check a clip against the start frame that it begins with.

    Arguments:
        data: the clip, MP4.
        start_frame: (h, w, 3) uint8, as it was approved.

    Returns:
        A sentence for each thing that is wrong; none: the take will do.
    """
    count = clip.probe(data).frames
    numbers = sorted({round(at) for at in np.linspace(0, max(0, count - 1), min(_LOOKS, count))})
    frames = [_small(frame) for frame in clip.frames_at(data, numbers)]
    first = _small(start_frame)
    border = measure_border(first)
    away = [_away(frame, border.colour) for frame in frames]
    solid = [np.asarray(each > max(border.reach, _SOLID)) for each in away]
    was = np.asarray(_away(first, border.colour) > max(border.reach, _SOLID))
    changed = [_backdrop_change(frame, border.colour) for frame in frames]
    said = [_motion(frames), _cut(frames, solid)]
    if _share(each > 15.0 for each in changed) > _OFTEN:
        said.append("The backdrop changes its colour; it cannot be cut out cleanly.")
    else:
        said += [_figures(solid, was), _border(solid, was), _identity(frames, solid, first, was), _overlay(solid, was)]
    return tuple(each for each in said if each)


def _motion(frames: Sequence[Rgb]) -> str:
    first = frames[0].astype(np.int16)
    moved = max((np.abs(frame - first).max(axis=-1) > 24).mean() for frame in frames)
    return "Nothing moves." if moved < _STILL else ""


def _cut(frames: Sequence[Rgb], solid: Sequence[NDArray[np.bool_]]) -> str:
    """Return a scene cut: nearly all of the figure changes from one look to the next, far more than it does
    elsewhere."""
    changes = []
    for number in range(1, len(frames)):
        figure = solid[number] | solid[number - 1]
        differs = np.abs(frames[number].astype(np.int16) - frames[number - 1]).max(axis=-1) > 40
        changes.append(float(differs[figure].mean()) if figure.any() else 0.0)
    if len(changes) < 4:
        return ""
    usual = sorted(changes)[len(changes) // 2]
    return "The scene is cut: the picture changes all at once." if max(changes) > max(0.75, 4 * usual) else ""


def _figures(solid: Sequence[NDArray[np.bool_]], was: NDArray[np.bool_]) -> str:
    there, now = _bodies(was), [_bodies(each) for each in solid]
    if _share(each == 0 for each in now) > _OFTEN:
        return "The character leaves the picture."
    more = [each for each in now if each > there]
    return f"There are {max(more)} figures instead of {there}." if len(more) > _OFTEN * len(now) else ""


def _bodies(solid: NDArray[np.bool_]) -> int:
    """Return how many blobs are as large as a character."""
    joined = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    areas = [int(each) for each in stats[1:, cv2.CC_STAT_AREA]]
    if not areas or max(areas) < 0.02 * solid.size:
        return 0
    return sum(area >= 0.4 * max(areas) for area in areas)


def _border(solid: Sequence[NDArray[np.bool_]], was: NDArray[np.bool_]) -> str:
    covered, before = [_covered(each) for each in solid], _covered(was)
    for name in before:
        if _share(each[name] > 0.06 for each in covered) > _OFTEN and before[name] <= 0.06:
            return f"The character is cut by the {name} border."
    return ""


def _covered(solid: NDArray[np.bool_]) -> dict[str, float]:
    """Measure how much of each border of the picture is covered, 0 to 1."""
    borders = {"left": solid[:, 0], "right": solid[:, -1], "upper": solid[0], "lower": solid[-1]}
    return {name: float(border.mean()) for name, border in borders.items()}


def _identity(frames: Sequence[Rgb], solid: Sequence[NDArray[np.bool_]], first: Rgb, was: NDArray[np.bool_]) -> str:
    """Colours that the start frame's figure does not have, on a large part of the figure."""
    if not was.any():
        return ""
    known = palette(first[was])
    usual = strangeness(first[was], known)
    strange = [strangeness(frame[each], known) for frame, each in zip(frames, solid, strict=True) if each.any()]
    if _share(each > usual + 0.35 for each in strange) > _OFTEN:
        return "The character loses its colours: it is not the one of the start frame."
    return ""


def _overlay(solid: Sequence[NDArray[np.bool_]], was: NDArray[np.bool_]) -> str:
    """Something small that stands still away from the figure and was not in the start frame: text or a watermark."""
    always = np.mean(solid, axis=0) > 0.85
    figure = was | ((np.mean(solid, axis=0) > 0.3) & _largest(solid))
    near = cv2.dilate(figure.astype(np.uint8), np.ones((9, 9), np.uint8))
    left = always & ~near.astype(bool)
    return "Something stands still beside the character: text or a watermark." if left.mean() > 0.002 else ""


def _largest(solid: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return where the largest blob of any look was: the figure, wherever it went."""
    seen = np.zeros(solid[0].shape, bool)
    for each in solid:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(each.astype(np.uint8))
        if len(stats) > 1:
            seen |= labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return seen


def _small(frame: Rgb) -> Rgb:
    height, width = frame.shape[:2]
    size = _SIDE, max(1, round(_SIDE * height / width))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _away(frame: Rgb, backdrop: str) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(oklab(frame) - oklab(parse_hex(backdrop)), axis=-1), np.float32)


def _backdrop_change(frame: Rgb, backdrop: str) -> float:
    found = measure_border(frame).colour
    return float(np.linalg.norm(oklab(parse_hex(found)) - oklab(parse_hex(backdrop))))


def _share(each: Iterable[bool]) -> float:
    found = [bool(one) for one in each]
    return sum(found) / max(1, len(found))
