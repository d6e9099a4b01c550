"""`popcon` in a process that is forked from one which has imported everything, and that may have to die in a step."""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deployments.worker.flow_process import CONTEXT, start_forkserver

PATIENCE_S = 300.0

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


def run_forked(
    arguments: Sequence[str], environment: Mapping[str, str], die: tuple[str, int] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a `popcon` command in a fork: what it imports takes 4 s of CPU otherwise, each time.

    Arguments:
        environment: all variables.
        die: a step and a count: the process is killed (SIGKILL, by itself) when the work of the step is done for the
            count-th time.
    """
    start_forkserver()
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "stdout"), Path(folder, "stderr")
        process = CONTEXT.Process(target=_command, args=(list(arguments), dict(environment), die, output, errors))
        process.start()
        process.join(PATIENCE_S)
        if process.exitcode is None:
            process.kill()
            raise AssertionError(f"{arguments}: nothing for {PATIENCE_S:.0f} s")
        return subprocess.CompletedProcess(arguments, process.exitcode, output.read_text(), errors.read_text())


def _command(
    arguments: list[str], environment: dict[str, str], die: tuple[str, int] | None, output: Path, errors: Path
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    from popcon.settings import settings
    from ui.cli import main

    settings.cache_clear()
    if die is not None:
        arm(*die)
    sys.argv = ["popcon", *arguments]
    main(arguments)
