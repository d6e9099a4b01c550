"""`popcon`, run by a test that wants it to die: python -m tests.flows.runner STEP COUNT ARGUMENTS…

The process is killed (SIGKILL, by itself) when the work of STEP begins for the COUNT-th time.
"""

import itertools
import os
import signal
import sys
from typing import Any

TARGETS = {
    "character": ("popcon.pipeline.steps.character", "make_character"),
    "start_frame": ("popcon.pipeline.steps.start_frame", "encode_png"),
    "take": ("popcon.pipeline.steps.take", "with_box"),
    "frames": ("popcon.pipeline.steps.frames", "choose_slots"),
    "cutouts": ("popcon.pipeline.steps.cutouts", "encode_png"),
    "sticker": ("popcon.pipeline.steps.sticker", "encode_sticker"),
    "pack": ("popcon.pipeline.steps.pack", "build_pack"),
}


def arm(step: str, count: int) -> None:
    """Make the process kill itself within a step, after its work and before its result is kept."""
    module_name, name = TARGETS[step]
    module = __import__(module_name, fromlist=[name])
    work, calls = getattr(module, name), itertools.count(1)

    def dying(*args: Any, **kwargs: Any) -> Any:
        made = work(*args, **kwargs)
        if next(calls) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    setattr(module, name, dying)


if __name__ == "__main__":
    arm(sys.argv[1], int(sys.argv[2]))
    from ui.cli import main

    main(sys.argv[3:])
