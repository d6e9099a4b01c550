"""Makes stickers for previews in a process of its own, so that clicks do not share an interpreter with an encoder.

    python -m ui.web.sticker_maker STORE

reads an order a line (a step's inputs as JSON) and answers each with a line. It leaves when its standard input closes,
and after a while without orders, since it holds as much memory as the app.
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
"""An encoder that takes longer hangs."""
NICER = 10


class StickerMaker:
    """The process, started when it is first needed and again when it is gone. Makes one sticker at a time.

    Arguments:
        store_url: where cutouts are read and stickers put.
    """

    def __init__(self, store_url: str) -> None:
        self._store_url = store_url
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def warm(self) -> None:
        """Start the process now, since it will soon be needed; returns at once. Where that fails, `make` says so."""
        if self._lock.acquire(blocking=False):
            try:
                with contextlib.suppress(Fault):
                    self._running()
            finally:
                self._lock.release()

    def make(self, inputs: StickerInputs, store: Store) -> Sticker:
        """What `make_sticker_file` gives.

        Raises:
            DoesNotFit: no permitted means brings the sticker under a limit.
            Fault: the process died twice, or took too long.
        """
        order = inputs.model_dump_json().encode() + b"\n"
        with self._lock:
            for _ in range(2):  # it may have left just now, having had nothing to do
                answer = self._asked(self._running(), order)
                if answer is not None:
                    return _read(answer)
        raise Fault("The sticker could not be made: the process that makes it ended twice. Try again.")

    def close(self) -> None:
        """End the process; what it makes just now is lost."""
        self._closed = True
        process = self._process
        if process is not None:
            _end(process)

    def _running(self) -> "subprocess.Popen[bytes]":
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

    def _asked(self, process: "subprocess.Popen[bytes]", order: bytes) -> bytes | None:
        """The answer to an order; None if the process is gone."""
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(LONGEST_S, give_up)
        timer.daemon = True
        timer.start()  # before writing: one that hangs does not read either
        answer = b""
        with contextlib.suppress(OSError):
            process.stdin.write(order)
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


def _read(answer: bytes) -> Sticker:
    told: dict[str, Any] = json.loads(answer)
    if "sticker" in told:
        return Sticker.model_validate(told["sticker"])
    if "does_not_fit" in told:
        raise DoesNotFit(told["does_not_fit"])
    if "refused" in told:
        raise BadInput(told["refused"])
    raise Fault(told["fault"])


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def answered(order: bytes, store: Store) -> dict[str, Any]:
    """What the process says to an order."""
    try:
        made = make_sticker_file(StickerInputs.model_validate_json(order), store)
    except DoesNotFit as error:
        return {"does_not_fit": str(error)}
    except BadInput as error:
        return {"refused": str(error)}
    except PopconError as error:
        return {"fault": str(error)}
    except Exception as error:  # whatever an encoder's library raises is told, and the process lives on
        return {"fault": f"The sticker could not be made: {type(error).__name__}: {error}."}
    return {"sticker": made.model_dump(mode="json")}


def main(store_url: str) -> None:
    """Answer orders until there are none."""
    said = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    if hasattr(os, "nice"):
        os.nice(NICER)
    store = open_store(store_url)
    while select.select([0], [], [], IDLE_S)[0]:
        # Orders come one at a time, so nothing of the next one is in the buffer while this one waits.
        order = sys.stdin.buffer.readline()
        if not order.endswith(b"\n"):
            return
        said.write(json.dumps(answered(order, store)).encode() + b"\n")
        said.flush()


if __name__ == "__main__":
    main(sys.argv[1])
