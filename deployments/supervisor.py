"""Keeps child processes running: started again when they die, stopped together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

_STEADY_S = 60.0
"""A process that lived so long is started again at once when it dies; one that did not waits longer each time."""

_LONGEST_WAIT_S = 30.0
_PATIENCE_S = 15.0
_PDEATHSIG = 1


class SupervisedProcess:
    """A process that should run.

    Arguments:
        name: for people and for the log file.
        command: what to start.
        environment: all of its variables.
        log: file for its output.
        umask: of the process; -1: this process's.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path, umask: int = -1
    ) -> None:
        self.name, self._command, self._environment, self._log = name, list(command), dict(environment), log
        self._umask = umask
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self._began = self._again_at = 0.0

    def start(self) -> None:
        self._began = time.monotonic()
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                umask=self._umask,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops them in order
                preexec_fn=partial(die_with_parent, signal.SIGTERM) if sys.platform == "linux" else None,
            )

    def restart_if_dead(self, tell: Callable[[str], None]) -> bool:
        """Start the process again if it has died and its turn has come; whether it has died just now."""
        died = False
        if self.process is not None and self.process.poll() is not None:
            code, self.process, died = self.process.returncode, None, True
            lived = time.monotonic() - self._began
            self.deaths = 1 if lived > _STEADY_S else self.deaths + 1
            wait = 0.0 if self.deaths == 1 else min(2.0 ** (self.deaths - 1), _LONGEST_WAIT_S)
            self._again_at = time.monotonic() + wait
            tell(f"{self.name} ended ({code}); it is started again. Its output is in {self._log}.")
        if self.process is None and time.monotonic() >= self._again_at:
            self.start()
        return died

    def stop(self) -> None:
        """End the process and all that it started."""
        if self.process is None:
            return
        group = self.process.pid
        _signal(group, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_PATIENCE_S)
        _signal(group, signal.SIGKILL)
        self.process.wait()
        self.process = None


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def die_with_parent(number: signal.Signals) -> None:
    """Have Linux send this process a signal when its parent dies: one that is killed can stop nobody."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, number)
