"""Flows for the tests of the forkserver worker."""

import json
import os
import sys
import time
from pathlib import Path

from prefect import flow, runtime
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY


@flow(name="tell")
def tell(path: str) -> None:
    """Write down what this process has."""
    print(f"output of {runtime.flow_run.id}", flush=True)
    told = {
        "pid": os.getpid(),
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "api": PREFECT_API_URL.value(),
        "heartbeats": PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value(),
        "preloaded": "deployments.worker.preload" in sys.modules and "flows.make_sticker" in sys.modules,
    }
    Path(path).write_text(json.dumps(told))


@flow(name="fail")
def fail() -> None:
    raise ValueError("on purpose")


@flow(name="leave")
def leave() -> None:
    os._exit(7)


@flow(name="stay")
def stay() -> None:
    time.sleep(3600)
