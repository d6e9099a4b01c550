"""A deployed job on S3, behind a proxy that plays faults, with its process killed in every step."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deployments import control
from flows import runs
from popcon.jobs.archive import Job
from popcon.models.verdict import Status
from tests.deployments.stack import Stack, inline_pack
from tests.popcon.storage.s3.endpoint import KEY, SECRET, FaultProxy, rclone

pytestmark = pytest.mark.alone

ORDER = (Status.DRAWING, Status.ANIMATING, Status.CUTTING_OUT, Status.EXPORTING)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("s3")
    (folder / "buckets" / "team").mkdir(parents=True)
    with (
        rclone(folder / "buckets") as port,
        closing(FaultProxy(port)) as proxy,
        pytest.MonkeyPatch.context() as patch,
    ):
        proxy.share = 0.03
        keys = {"AWS_ENDPOINT_URL": proxy.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        for name, value in keys.items():
            patch.setenv(name, value)
        running = Stack(folder, "s3://team/popcon", keys)
        running.start()
        with running.client():
            yield running
        assert running.stop() == 0
        assert set(proxy.played) >= {"500", "503"}, "faults were played"


def kill_during(stack: Stack, job: Job, status: Status) -> None:
    """Kill the action's process once it has come to a status."""
    stack.wait(str(status), lambda: stack.status(job) is status and stack.flow_processes())
    for number in stack.flow_processes():
        os.kill(number, signal.SIGKILL)
    assert stack.status(job) is status, "killed within the step"


def test_killed_in_every_step_on_a_store_that_fails(stack: Stack, tmp_path: Path) -> None:
    job = stack.place()
    control.submit(stack.archive, job)
    for status in ORDER:
        kill_during(stack, job, status)
    stack.wait("the sticker", lambda: stack.status(job) is Status.DONE)
    stack.wait("a process", stack.flow_processes)
    for number in stack.flow_processes():  # what ends the action, or what puts the pack together
        os.kill(number, signal.SIGKILL)
    assert stack.wait_packed(job) == inline_pack(tmp_path)
    with runs.server() as client:
        found = runs.find(client, runs.MAKE_STICKER, job.id)
    assert sum(not runs.succeeded(run) for run in found) >= len(ORDER)
    assert not [path for path in stack.store.paths("artifacts") if "tmp" in path or path.endswith(".part")]
