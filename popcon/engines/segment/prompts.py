"""Check what is to be carried through a clip before anything is computed."""

from collections.abc import Mapping, Sequence

import numpy as np

from popcon.engines.base import Click
from popcon.engines.segment.clicks import checked_clicks
from popcon.errors import BadInput
from popcon.pixels import Mask, Rgb

Prompts = dict[int, tuple[Click, ...] | Mask]


def checked_prompts(frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]) -> Prompts:
    """Prompts by frame, in order; clicks without repetitions.

    Raises:
        BadInput: no frames, frames of several sizes, no prompts, a prompt for a frame that there is not, a mask of
            another size, or clicks that `checked_clicks` refuses.
    """
    if not frames:
        raise BadInput("There are no frames to carry clicks to.")
    if not prompts:
        raise BadInput("No frame has clicks or a mask; click on at least one.")
    height, width = frames[0].shape[:2]
    for number, frame in enumerate(frames):
        if frame.shape[:2] != (height, width):
            raise BadInput(
                f"Frame {number} is {frame.shape[1]} x {frame.shape[0]} px, but frame 0 is {width} x {height} px."
            )
    checked: Prompts = {}
    for number, prompt in sorted(prompts.items()):
        if not 0 <= number < len(frames):
            raise BadInput(f"There is no frame {number}; the clip has frames 0 to {len(frames) - 1}.")
        if not isinstance(prompt, np.ndarray):
            checked[number] = checked_clicks(list(prompt), width, height)
        else:
            checked[number] = checked_mask(prompt, width, height, f"mask of frame {number}", "its frame")
    return checked


def checked_mask(mask: Mask, width: int, height: int, name: str, whole: str) -> Mask:
    """Return the mask itself.

    Arguments:
        name, whole: what the mask and the picture are called in the message.

    Raises:
        BadInput: it has not one 8-bit value for each pixel.
    """
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise BadInput(
            f"The {name} has to be one 8-bit value a pixel, 0 or 255; this one is {mask.shape} {mask.dtype}."
        )
    if mask.shape != (height, width):
        raise BadInput(f"The {name} is {mask.shape[1]} x {mask.shape[0]} px, but {whole} is {width} x {height} px.")
    return mask
