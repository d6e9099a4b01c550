"""Places frames on a canvas as a person adjusted them: moved, turned, scaled, outlined."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from popcon.editing.outline import outlined
from popcon.models.adjustment import Nudge, Outline
from popcon.models.stage import Body
from popcon.pixels import Rgba
from popcon.stickers.place import place, resample, stage_box

Nudges = Sequence[Nudge]
"""One after the other."""


def place_adjusted(
    frames: Sequence[Rgba], body: Body, width: int, height: int, nudges: Sequence[Nudges], outline: Outline
) -> list[Rgba]:
    """Bring frames to a canvas as `place` does, nudged and outlined.

    An outline makes the stage larger by its width on every side, and the character by as much smaller: what was within
    the canvas before is so with its outline too, and all stickers with one outline keep one scale.

    Arguments:
        frames, body, width, height: as for `place`.
        nudges: of each frame.

    Returns:
        as many frames, (height, width, 4) uint8 straight alpha.
    """
    moved = [any(not each.empty for each in nudge) for nudge in nudges]
    if not outline.width and not any(moved):
        return place(frames, body, width, height)
    frame_height, frame_width = frames[0].shape[:2]
    left, top, right, bottom = stage_box(frame_width, frame_height, body, width, height, rim=outline.width)
    pad = outline.width + 1
    if any(moved):  # all that the canvas can see, and no more
        pad += max(0, math.ceil(max(-left, -top, right - frame_width, bottom - frame_height)))
    wide = [np.pad(frame, ((pad, pad), (pad, pad), (0, 0))) for frame in frames]
    middle = (
        pad + (body.left + body.right) / 2 * frame_width,
        pad + (body.top + body.bottom) / 2 * frame_height,
    )
    wide = [nudged(frame, nudge, middle) for frame, nudge in zip(wide, nudges, strict=True)]
    lined = [outlined(frame, outline) for frame in wide]
    return resample(lined, (left + pad, top + pad, right + pad, bottom + pad), width, height)


def nudged(frame: Rgba, nudges: Nudges, middle: tuple[float, float]) -> Rgba:
    """Move, scale and turn what a frame shows about a place: bicubic, in premultiplied colour, within the frame.

    Arguments:
        nudges: the first one is applied first.
        middle: x, y in px of the frame.
    """
    if all(each.empty for each in nudges):
        return frame
    turn = np.eye(3)
    for each in nudges:
        turn = _matrix(each, middle) @ turn
    back = np.linalg.inv(turn)[:2].reshape(-1)
    picture = Image.fromarray(np.ascontiguousarray(frame), "RGBA")
    size = (frame.shape[1], frame.shape[0])
    made = np.array(picture.transform(size, Image.Transform.AFFINE, tuple(back), Image.Resampling.BICUBIC))
    made[made[..., 3] == 0] = 0
    return made


def _matrix(nudge: Nudge, middle: tuple[float, float]) -> NDArray[np.float64]:
    """Return the homogeneous matrix of a nudge."""
    angle = math.radians(nudge.angle)
    cos, sin = nudge.scale * math.cos(angle), nudge.scale * math.sin(angle)
    x, y = middle
    return np.array(
        [[cos, -sin, x + nudge.x - cos * x + sin * y], [sin, cos, y + nudge.y - sin * x - cos * y], [0, 0, 1]]
    )
