"""Check what is to be carried through a clip before anything is computed."""

from collections.abc import Mapping, Sequence

import numpy as np

from popcon.engines.base import Click, Mask, Rgb
from popcon.engines.segment.clicks import checked_clicks
from popcon.errors import BadInput

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
        elif prompt.shape != (height, width):
            raise BadInput(
                f"The mask of frame {number} is {prompt.shape[1]} x {prompt.shape[0]} px, "
                f"but its frame is {width} x {height} px."
            )
        else:
            checked[number] = prompt
    return checked
