"""What all tests share."""

import os
from pathlib import Path

import cv2
import pytest

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
cv2.setNumThreads(1)

# These start servers, workers, browsers or many processes: they run by themselves, after the rest.
ALONE = (
    "deployments/test_end_to_end.py",
    "deployments/test_inference.py",
    "deployments/test_on_s3.py",
    "deployments/test_prefect_access.py",
    "deployments/test_supervise.py",
    "deployments/test_worker.py",
    "flows/test_fallback.py",
    "flows/test_gates.py",
    "flows/test_inline.py",
    "flows/test_paid_job.py",
    "flows/test_server_guard.py",
    "popcon/inference/test_process.py",
    "popcon/s3/test_object_store.py",
    "tasks/test_gpu_turn.py",
    "tasks/test_limits.py",
    "ui/web/test_web_board.py",
    "ui/web/test_web_browser.py",
    "ui/web/test_web_deployed.py",
    "ui/web/test_web_keyboard.py",
    "ui/web/test_web_refine.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the files above."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).as_posix() in ALONE:
            item.add_marker(pytest.mark.alone)
