"""What all tests share: settings, a browser, one `popcon up`, and the order in which files are handed to processes."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import cv2
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.deployments.stack import Stack

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# Beside other work a server takes longer to start than Prefect waits for by itself.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "300")
cv2.setNumThreads(1)

STACK_SHARERS = (
    "tests/ui/web/test_resume_form.py",
    "tests/ui/web/test_web_deployed.py",
    "tests/deployments/test_prefect_access.py",
)
"""Files that ask for the fixture `stack` of this module: they run one after the other in one process."""

ORDER_SHARERS = ("tests/ui/web/test_web_browser.py", "tests/ui/web/test_web_keyboard.py")
"""Files that order the same pack from the app of the fixture `fresh`: the second finds what the first has made."""

LONGEST_FIRST = (
    # Before all others: Prefect's test server ends in seconds only where the process had no other server before.
    "tests/tasks/test_gpu_turn.py",
    *STACK_SHARERS,
    "tests/deployments/test_end_to_end.py",
    "tests/flows/test_inline.py",
    *ORDER_SHARERS,
    "tests/flows/test_paid_job.py",
    "tests/deployments/test_on_s3.py",
    "tests/flows/test_server_guard.py",
    "tests/ui/web/test_web_refine.py",
    "tests/ui/web/test_web_finish.py",
    "tests/ui/web/test_web_access.py",
    "tests/flows/test_killed_jobs.py",
    "tests/flows/test_fallback.py",
    "tests/deployments/test_inference.py",
    "tests/deployments/test_worker.py",
    "tests/deployments/test_wheel.py",
    "tests/popcon/inference/test_process.py",
    "tests/tasks/test_limits.py",
    # Of the quick ones:
    "tests/ui/web/test_web_schema.py",
    "tests/ui/web/test_web_api.py",
    "tests/ui/web/test_web_examples.py",
    "tests/popcon/publish/test_publish.py",
    "tests/popcon/engines/dashscope/test_start_frame_sheet.py",
    "tests/popcon/engines/dashscope/test_paid_runs.py",
    "tests/popcon/pipeline/test_garbage.py",
    "tests/popcon/pipeline/test_drivers_agree.py",
    "tests/popcon/ledger/test_faults.py",
    "tests/popcon/ledger/test_power_cut.py",
    "tests/popcon/standalone/test_cutout.py",
    "tests/flows/test_same_order_twice.py",
    "tests/test_hostile.py",
)
"""Files that take long: processes that share the tests then end at about the same time."""

_stacks: "list[Stack]" = []


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # else xdist sorts files by their number of tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(_file(item.nodeid), len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        """A file a process; files that share something are one."""

        def _split_scope(self, nodeid: str) -> str:
            file = _file(nodeid)
            return next((files[0] for files in (STACK_SHARERS, ORDER_SHARERS) if file in files), file)

    return Scheduling(config, log)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium, until the module's tests are over: its event loop would run in the thread of those that follow."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Stack"]:
    """`popcon up`, which goes on from file to file; Prefect's clients in this process ask its server meanwhile."""
    from tests.deployments.stack import Stack

    if not _stacks:
        made = Stack(tmp_path_factory.mktemp("stack"))
        made.start()
        _stacks.append(made)
    with _stacks[0].client():
        yield _stacks[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Stop the shared stack after the last file that asks for it."""
    try:
        return (yield)
    finally:
        if _stacks and (nextitem is None or _file(nextitem.nodeid) not in STACK_SHARERS):
            stopped = _stacks.pop()
            assert stopped.stop() == 0
            assert stopped.processes("") == [], "Ctrl-C stops everything"
