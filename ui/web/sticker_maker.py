"""Encodes stickers for previews in a child process, so that clicks do not share an interpreter with an encoder.

    python -m ui.web.sticker_maker STORE

reads one request per line (the inputs of the sticker step as JSON) and answers each with one line. It exits when its
standard input closes, and after `IDLE_S` without a request, since it holds as much memory as the app.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from popcon.errors import BadInput, DoesNotFit, Fault, PopconError
from popcon.models.results import Sticker
from popcon.pipeline.steps.sticker import StickerInputs, make_sticker_file
from popcon.storage.store import Store, open_store

IDLE_S = 120.0
LONGEST_S = 180.0
"""Seconds after which an encoder counts as hung."""
NICER = 10


class StickerMaker:
    """A client of the child process, which it starts on first use and again after it has exited; one sticker at a time.

    Arguments:
        store_url: the store from which cutouts are read and into which stickers are written.
    """

    def __init__(self, store_url: str) -> None:
        self._store_url = store_url
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def warm(self) -> None:
        """Start the child process without waiting for it. A failure to start is raised by the next `make`."""
        if self._lock.acquire(blocking=False):
            try:
                with contextlib.suppress(Fault):
                    self._ensure_process()
            finally:
                self._lock.release()

    def make(self, inputs: StickerInputs, store: Store) -> Sticker:
        """Encode one sticker: `make_sticker_file` in the child process.

        Raises:
            DoesNotFit: no permitted means brings the sticker under a limit.
            Fault: the process died twice, or took too long.
        """
        request = inputs.model_dump_json().encode() + b"\n"
        with self._lock:
            for _ in range(2):  # it may have exited just now, after having been idle
                answer = self._exchange(self._ensure_process(), request)
                if answer is not None:
                    return _parse(answer)
        raise Fault("The sticker could not be made: the process that makes it ended twice. Try again.")

    def close(self) -> None:
        """End the process; a sticker that is being encoded is lost."""
        self._closed = True
        process = self._process
        if process is not None:
            _end(process)

    def _ensure_process(self) -> "subprocess.Popen[bytes]":
        if self._closed:
            raise Fault("The app is being closed.")
        if self._process is None or self._process.poll() is not None:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "ui.web.sticker_maker", self._store_url],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=Path(__file__).parents[2],
                )
            except OSError as error:
                raise Fault(f"The process that makes stickers could not be started: {error.strerror}.") from error
        return self._process

    def _exchange(self, process: "subprocess.Popen[bytes]", request: bytes) -> bytes | None:
        """Send a request and read its answer; None if the process has exited."""
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(LONGEST_S, kill)
        timer.daemon = True
        timer.start()  # before writing: a hung process does not read either
        answer = b""
        with contextlib.suppress(OSError):
            process.stdin.write(request)
            process.stdin.flush()
            answer = process.stdout.readline()
        timer.cancel()
        if late.is_set():
            _end(process)
            raise Fault(f"The sticker took longer than {LONGEST_S:.0f} s and was given up.")
        if not answer.endswith(b"\n"):
            _end(process)
            return None
        return answer


def _parse(answer: bytes) -> Sticker:
    value: dict[str, Any] = json.loads(answer)
    if "sticker" in value:
        return Sticker.model_validate(value["sticker"])
    if "does_not_fit" in value:
        raise DoesNotFit(value["does_not_fit"])
    if "refused" in value:
        raise BadInput(value["refused"])
    raise Fault(value["fault"])


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def answer(request: bytes, store: Store) -> dict[str, Any]:
    """Encode the sticker that a request describes; return the answer as JSON values, errors included."""
    try:
        made = make_sticker_file(StickerInputs.model_validate_json(request), store)
    except DoesNotFit as error:
        return {"does_not_fit": str(error)}
    except BadInput as error:
        return {"refused": str(error)}
    except PopconError as error:
        return {"fault": str(error)}
    except Exception as error:  # an encoder's library may raise anything; the process goes on
        return {"fault": f"The sticker could not be made: {type(error).__name__}: {error}."}
    return {"sticker": made.model_dump(mode="json")}


def main(store_url: str) -> None:
    """Answer requests until the input closes or stays idle."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up among the answers
    if hasattr(os, "nice"):
        os.nice(NICER)
    store = open_store(store_url)
    while select.select([0], [], [], IDLE_S)[0]:
        # Requests come one at a time, so the buffer never holds a part of the next one while `select` waits.
        request = sys.stdin.buffer.readline()
        if not request.endswith(b"\n"):
            return
        output.write(json.dumps(answer(request, store)).encode() + b"\n")
        output.flush()


if __name__ == "__main__":
    main(sys.argv[1])
