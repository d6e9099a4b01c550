"""Where a character stands on a sticker's canvas.

Every sticker of a pack maps the same stage onto the same canvas, so a character has one size and one ground line in
all of them, whichever engine drew them. All frames of a sticker are resampled by one and the same map: nothing
jitters.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from popcon.errors import BadInput
from popcon.models.stage import Body, standing
from popcon.pixels import Rgba
from popcon.stickers.whole_steps import in_whole_steps

Box = tuple[float, float, float, float]
"""left, top, right, bottom in source pixels; may reach beyond the source."""


def place(frames: Sequence[Rgba], body: Body, width: int, height: int) -> list[Rgba]:
    """Bring frames to a canvas so that the body stands where bodies of its shape stand on the standard stage.

    The stage is the largest square in the canvas: centred sideways and resting on the bottom edge, so that what
    a wide canvas adds is room for effects at the sides. A frame drawn on the standard stage fills the stage exactly.

    Arguments:
        frames: all of one size; (h, w, 4) uint8 straight alpha.
        body: where the character rests, as fractions of the frames.
        width, height: of the canvas, px.

    Returns:
        as many frames, (height, width, 4) uint8 straight alpha, colour zero where alpha is zero.

    Raises:
        BadInput: no frames, or frames of different sizes.
    """
    frame_height, frame_width = _common_size(frames)
    return resample(frames, stage_box(frame_width, frame_height, body, width, height), width, height)


def stage_box(frame_width: int, frame_height: int, body: Body, width: int, height: int, rim: float = 0) -> Box:
    """Return the part of a frame that `place` brings to a canvas, in px of the frame.

    Arguments:
        frame_width, frame_height: px.
        body, width, height: as for `place`.
        rim: px of the frame that are added on every side of the stage: room for an outline.
    """
    body_width, body_height = body.width * frame_width, body.height * frame_height
    target = standing(max(1, round(body_width)), max(1, round(body_height)))
    side = min(width, height)
    scale = target.height * side / body_height
    if abs(scale * frame_height / side - 1) < 0.004 and abs(scale * frame_width / side - 1) < 0.004:
        scale = side / frame_height  # the standard stage; what differs is the rounding of the body's box
    ground = height - side + target.bottom * side
    if rim:
        larger = side / (side / scale + 2 * rim)
        # The bottom of the stage, with the rim below it, rests on the bottom of the canvas.
        ground = height - ((side - target.bottom * side) / scale + rim) * larger
        scale = larger
    left = (body.left + body.right) / 2 * frame_width - width / 2 / scale
    top = body.bottom * frame_height - ground / scale
    return left, top, left + width / scale, top + height / scale


def fit_to_canvas(frames: Sequence[Rgba], width: int, height: int, margin: float = 0.02) -> list[Rgba]:
    """Bring loose frames to a canvas: the box around everything that shows in any frame is made as large as it
    can be, and centred.

    Arguments:
        margin: left free on every side, as a fraction of the canvas' shorter side.

    Raises:
        BadInput: no frames, frames of different sizes, or nothing in any of them.
    """
    left, top, right, bottom = visible_box(frames)
    free = margin * min(width, height)
    scale = min((width - 2 * free) / (right - left), (height - 2 * free) / (bottom - top))
    across, down = width / scale, height / scale
    x, y = (left + right - across) / 2, (top + bottom - down) / 2
    return resample(frames, (x, y, x + across, y + down), width, height)


def visible_box(frames: Sequence[Rgba], least_alpha: int = 8) -> tuple[int, int, int, int]:
    """left, top, right, bottom (px, the latter two exclusive) around all that shows in any frame.

    Raises:
        BadInput: no frames, frames of different sizes, or nothing in any of them.
    """
    _common_size(frames)
    seen = np.maximum.reduce([frame[..., 3] for frame in frames])
    rows, columns = np.flatnonzero((seen >= least_alpha).any(axis=1)), np.flatnonzero((seen >= least_alpha).any(axis=0))
    if not len(rows):
        raise BadInput("All frames are fully transparent; a sticker has to show something.")
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def resample(frames: Sequence[Rgba], box: Box, width: int, height: int) -> list[Rgba]:
    """Map a box of every frame onto width x height px: bicubic, widened to the target's pixels where it shrinks, in
    premultiplied colour; pixel art by whole steps. Outside the frames there is nothing. Integer arithmetic, so alike
    on every machine."""
    frame_height, frame_width = _common_size(frames)
    left, top, right, bottom = box
    if (width, height) == (frame_width, frame_height) and np.allclose(box, (0, 0, width, height), atol=1e-6):
        return [_clean(frame) for frame in frames]
    if (sharp := in_whole_steps(frames, box, width, height)) is not None:
        return sharp
    # Rows and columns of nothing around the frame, only as many as the box and the kernel can see.
    pad_left, pad_top = max(0, math.ceil(-left)), max(0, math.ceil(-top))
    pad_right, pad_bottom = max(0, math.ceil(right - frame_width)), max(0, math.ceil(bottom - frame_height))
    size = (frame_width + pad_left + pad_right, frame_height + pad_top + pad_bottom)
    seen = (left + pad_left, top + pad_top, min(right + pad_left, size[0]), min(bottom + pad_top, size[1]))
    placed = []
    for frame in frames:
        picture = Image.fromarray(np.ascontiguousarray(frame), "RGBA")
        if size != (frame_width, frame_height):
            wider = Image.new("RGBA", size)
            wider.paste(picture, (pad_left, pad_top))
            picture = wider
        placed.append(_clean(np.array(picture.resize((width, height), Image.Resampling.BICUBIC, box=seen))))
    return placed


def _clean(frame: Rgba) -> Rgba:
    frame = np.array(frame, np.uint8)
    frame[frame[..., 3] == 0] = 0
    return frame


def _common_size(frames: Sequence[Rgba]) -> tuple[int, int]:
    if not frames:
        raise BadInput("There are no frames; a sticker needs at least one.")
    for number, frame in enumerate(frames):
        if frame.ndim != 3 or frame.shape[2] != 4 or frame.dtype != np.uint8:
            raise BadInput(f"Frame {number} is not 8-bit RGBA but {frame.dtype} of shape {frame.shape}.")
    sizes = sorted({frame.shape[:2] for frame in frames})
    if len(sizes) > 1:
        listed = ", ".join(f"{w}x{h}" for h, w in sizes[:4])
        raise BadInput(f"The frames have different sizes ({listed}); all frames of a sticker have to be alike.")
    return sizes[0][0], sizes[0][1]
