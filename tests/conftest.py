"""What all tests share."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# Beside other work a server takes longer to start than Prefect waits for by itself.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "300")
cv2.setNumThreads(1)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium, until the module's tests are over: its event loop would run in the thread of those that follow."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()
