"""Starts the double as a process of its own and scripts it."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dashscope_double.service import KEY
from popcon.settings import settings

TESTS = Path(__file__).resolve().parents[1]


class DoubleProcess:
    """A running double. Use it in a `with`.

    Attributes:
        base_url: for DASHSCOPE_HTTP_BASE_URL.
        key: the one that it accepts.
    """

    def __init__(self) -> None:
        self.key = KEY
        # A proxy of the environment would be asked for 127.0.0.1 as well.
        os.environ["NO_PROXY"] = ",".join({*os.environ.get("NO_PROXY", "").split(","), "127.0.0.1"} - {""})
        os.environ["POPCON_PRIVATE_ADDRESSES"] = "1"  # what it makes is downloaded from 127.0.0.1
        settings.cache_clear()  # read before, it would not know
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
            "OMP_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dashscope_double"],
            cwd=TESTS.parent,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.port, self._control = (int(word) for word in line.split())
        self.base_url = f"http://127.0.0.1:{self.port}/api/v1"

    def environment(self) -> dict[str, str]:
        """What a process needs to buy here, from models that tests know."""
        return {
            "DASHSCOPE_API_KEY": self.key,
            "DASHSCOPE_HTTP_BASE_URL": self.base_url,
            "POPCON_DASHSCOPE_PICTURE_SIDE": "512",
            "POPCON_DASHSCOPE_SHEET": "0",
            "POPCON_DASHSCOPE_VIDEO_MODEL": "wan2.2-i2v-flash",
            "POPCON_DASHSCOPE_EDIT_MODEL": "qwen-image-edit-plus",
        }

    def reset(self, **settings: Any) -> None:
        """Forget everything; see `service.Settings` for what can be set."""
        self._tell("/reset", settings)

    def play(self, call: str, kind: str, **details: Any) -> None:
        """Script the next call (or, with `times`, the next few) of a kind."""
        self._tell("/faults", {"call": call, "fault": {"kind": kind, **details}})

    def change(self, **settings: Any) -> None:
        """Change settings and keep everything else."""
        self._tell("/change", settings)

    def clear(self, call: str) -> None:
        """Forget what is scripted for a call."""
        self._tell("/clear", {"call": call})

    def put_task(self, model: str, prompt: str) -> None:
        """A finished task that another program ordered with the same account."""
        self._tell("/task", {"model": model, "prompt": prompt})

    def refuse(self, seconds: float) -> None:
        self._tell("/refuse", {"seconds": seconds})

    def forget(self, task_id: str) -> None:
        self._tell("/forget", {"task_id": task_id})

    def stats(self) -> dict[str, Any]:
        with _open(f"http://127.0.0.1:{self._control}/") as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _tell(self, path: str, value: dict[str, Any]) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self._control}{path}", json.dumps(value).encode())
        with _open(request) as answer:
            answer.read()


def _open(request: Any) -> Any:
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30)
