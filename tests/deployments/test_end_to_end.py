"""Deployed jobs on a real server with real worker processes: gates, kills, a lost database."""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.sorting import AutomationSort, DeploymentSort, FlowRunSort

from blocks.access import ArtifactStore
from deployments import control
from deployments.pools import QUEUES
from flows import runs
from popcon.editing.edits import selectable_frames
from popcon.editing.refinements import Refinements, SlotTarget
from popcon.errors import BadInput, Fault
from popcon.jobs.archive import Job
from popcon.models.refinement import Refinement
from popcon.models.results import Cutouts, Frames
from popcon.models.step import Step
from popcon.models.verdict import Status
from tests.deployments.stack import Stack, inline_pack, verdict_record

pytestmark = pytest.mark.alone

START, REFINE = "start_frame_review-r00-a000", "refinement-r00-a000"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return inline_pack(tmp_path_factory.mktemp("inline"))


@pytest.fixture(scope="module")
def heard() -> list[dict[str, Any]]:
    """What the webhook was told."""
    return []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, heard: list[dict[str, Any]]) -> Iterator[Stack]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=hook.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{hook.server_port}/jobs"
    running = Stack(
        tmp_path_factory.mktemp("stack"), options=("--webhook", address), settings={"POPCON_PRIVATE_ADDRESSES": "1"}
    )
    running.start()
    with running.client():
        yield running
    assert running.stop() == 0
    assert running.processes("") == [], "Ctrl-C stops everything"
    hook.shutdown()


def resume(stack: Stack, run: Any, **said: object) -> str:
    """Answer in Prefect's own form, as its UI does; returns the server's status."""

    def answer() -> Any:
        # A run waits a moment before its form can be answered, and a busy SQLite refuses: the UI is clicked again.
        with contextlib.suppress(Fault), runs.server() as client:
            place = {"id": run.id}
            given = client.request("POST", "/flow_runs/{id}/resume", path_params=place, json={"run_input": said})
            return None if "schema not found" in given.text else given.json()["status"]
        return None

    return str(stack.wait("an answer of the server", answer))


def waiting_run(stack: Stack, job: Job) -> Any:
    def find() -> Any:
        with runs.server() as client:
            found = [run for run in runs.find(client, runs.MAKE_STICKER, job.id) if runs.waits(run)]
        return found[0] if found else None

    return stack.wait("a waiting run", find)


def test_what_is_registered(stack: Stack) -> None:
    with runs.server() as client:
        found = {each.name: each for each in client.read_deployments(limit=100, sort=DeploymentSort.NAME_ASC)}
        deployments = {f"{each.work_pool_name}/{each.work_queue_name}/{each.name}" for each in found.values()}
        limits = {pool.name: pool.concurrency_limit for pool in client.read_work_pools(limit=20)}
        gpu_queues = {name: client.read_work_queue_by_name(name, work_pool_name="gpu").priority for name in QUEUES}
        automations = [each.name for each in client.read_automations(limit=20, sort=AutomationSort.UPDATED_DESC)]
    assert deployments == {
        *(f"cpu/interactive/{name}" for name in ("make-pack", "make-sticker", "assemble-pack", "upkeep")),
        "gpu/interactive/cut-out",
        "cpu/batch/order-pack",
    }
    upkeep = found["upkeep"]
    assert (upkeep.entrypoint, upkeep.parameters) == ("flows.upkeep.upkeep", {"store_url": "block:default"})
    assert {each.slug: each.parameters for each in upkeep.schedules} == {"often": {}, "thorough": {"thorough": True}}
    assert limits["gpu"] == 1
    assert gpu_queues["interactive"] < gpu_queues["batch"]
    assert sorted(automations) == [
        "popcon: jobs go on after a crash",
        "popcon: runs without a process have crashed",
        "popcon: tell a webhook when a job waits for a person",
    ]
    block = ArtifactStore.named("default")
    assert block is not None
    assert block.open().url == stack.store.url
    assert ArtifactStore.named("nobody") is None


def test_upkeep_comes_back_at_a_deadline(stack: Stack) -> None:
    job = stack.place(review="ask", batch="late", deadline_s=3600, deadline_verdict="skip")
    control.submit(stack.archive, job)
    waiting_run(stack, job)
    with runs.server() as client:
        by_name = FlowRunFilter(name=FlowRunFilterName(any_=[f"deadline of wave for {job.id}"]))
        [later] = client.read_flow_runs(flow_run_filter=by_name, sort=FlowRunSort.ID_DESC)
    asked_at = datetime.fromisoformat(stack.archive.summary(job.id, "wave").asked_at)
    assert later.expected_start_time is not None
    assert 3600 <= (later.expected_start_time - asked_at).total_seconds() < 3605
    assert later.parameters["job_ids"] == [job.id]


def test_gates_in_the_form_and_over_the_api(stack: Stack, undisturbed: bytes, heard: list[dict[str, Any]]) -> None:
    job = stack.place(review="ask", batch="gates")
    first = control.submit(stack.archive, job)
    assert control.submit(stack.archive, job).run == first.run, "handing in twice is one run"
    run = waiting_run(stack, job)
    assert stack.status(job) is Status.AWAITING_START_FRAME
    stack.wait("no process", lambda: not stack.flow_processes())

    with pytest.raises(BadInput, match="action"):
        control.answer(stack.archive, job.id, "fly", "start_frame_review", {"kind": "approve"}, by="test")
    outside = {"kind": "replace", "picture": {"sha256": "../../etc/passwd", "size": 1, "media_type": "image/png"}}
    with pytest.raises(BadInput, match="picture"):
        control.answer(stack.archive, job.id, "wave", "start_frame_review", outside, by="test")
    assert resume(stack, run, decision="maybe") == "REJECT"
    assert resume(stack, run, decision="regenerate", prompt="x" * 801) == "REJECT"
    assert runs.waits(waiting_run(stack, job))

    assert resume(stack, run, decision="replace", picture="0" * 64) == "ACCEPT"  # fits the form; not in the store

    def asked_again() -> bool:
        found = waiting_run(stack, job)
        return bool(found.state.id != run.state.id)

    stack.wait("the question again", asked_again)
    assert stack.archive.verdict(job.id, "wave", START) is None

    said = control.answer(stack.archive, job.id, "wave", "start_frame_review", {"kind": "approve"}, by="a window")
    assert (said.stored, said.resumed) == (True, True)
    late = control.answer(
        stack.archive, job.id, "wave", "start_frame_review", {"kind": "skip"}, by="another", question=START
    )
    assert (late.stored, late.verdict and late.verdict["kind"]) == (False, "approve")
    assert verdict_record(stack, job, START)["by"] == "a window"

    stack.wait("the cutouts", lambda: stack.status(job) is Status.AWAITING_REFINEMENT)
    assert resume(stack, waiting_run(stack, job), decision="approve") == "ACCEPT"
    assert stack.wait_packed(job) == undisturbed
    assert verdict_record(stack, job, REFINE)["by"] == "prefect"
    moved_on = control.answer(stack.archive, job.id, "wave", "refinement", {"kind": "skip"}, by="late")
    assert not moved_on.stored
    assert "does not wait" in moved_on.message
    stack.wait("the webhook", lambda: any(f"job:{job.id}" in each["tags"] for each in heard))


def test_killed_runs_worker_and_server(stack: Stack, undisturbed: bytes) -> None:
    job = stack.place(batch="kills")
    control.submit(stack.archive, job)
    stack.wait("a start", lambda: stack.status(job) is not Status.QUEUED)
    for number in stack.flow_processes():
        os.kill(number, signal.SIGKILL)
    finished = {path.name for path in (stack.store_path / "steps").glob("*.json")}
    stack.wait("the run after the kill", lambda: stack.flow_processes())
    stack.kill("deployments.worker")
    stack.kill("deployments.server")
    assert stack.wait_packed(job) == undisturbed
    assert finished <= {path.name for path in (stack.store_path / "steps").glob("*.json")}


def test_prefects_database_is_lost_while_a_job_waits(stack: Stack, undisturbed: bytes) -> None:
    job = stack.place(review="ask", batch="lost")
    control.submit(stack.archive, job)
    waiting_run(stack, job)
    stack.wait("the gate", lambda: stack.status(job) is Status.AWAITING_START_FRAME)
    assert stack.stop() == 0
    shutil.rmtree(stack.home / "up")
    stack.settings["POPCON_CUT_OUT_ON_GPU"] = "1"  # and from here on cut-outs are runs on the pool gpu
    for summary in (stack.store_path / "jobs" / job.id).rglob("summary.json"):
        summary.unlink()
    stack.start(fresh=True)
    with stack.client():  # the new server has another password
        assert job.id in [each.id for each in stack.archive.jobs()]
        control.redo(stack.archive, job.id, Step.CUTOUTS)  # other jobs of this store have cut the same frames out
        stack.wait("the gate again", lambda: stack.status(job) is Status.AWAITING_START_FRAME)
        control.answer(stack.archive, job.id, "wave", "start_frame_review", {"kind": "approve"}, by="test")
        stack.wait("the cutouts", lambda: stack.status(job) is Status.AWAITING_REFINEMENT)
        control.answer(stack.archive, job.id, "wave", "refinement", {"kind": "approve"}, by="test")
        assert stack.wait_packed(job) == undisturbed
        with runs.server() as client:
            [cut_out] = runs.find(client, runs.CUT_OUT, job.id)
        assert cut_out.work_pool_name == "gpu"
        assert runs.succeeded(cut_out)
        assert {f"job:{job.id}", "action:wave"} <= set(cut_out.tags)

        # A frame that a person picks afterwards, and that the machine had no use for, is cut out there too.
        results = stack.archive.summary(job.id, "wave").results
        frames, cutouts = (
            kind.model_validate(results[step]) for kind, step in ((Frames, "frames"), (Cutouts, "cutouts"))
        )
        known = {each.frame for each in cutouts.cutouts}
        slot, picked = next(
            (number, frame)
            for number in range(len(frames.timeline.slots))
            for frame in selectable_frames(frames, number)
            if frame not in known
        )
        target = SlotTarget(slot=slot, chosen=frames.timeline.slots[slot].frame)
        Refinements(stack.store, job.id, "wave").save(target, Refinement(candidate=picked), base=None)
        control.submit(stack.archive, job)
        with runs.server() as client:
            stack.wait("a second cut-out", lambda: len(runs.find(client, runs.CUT_OUT, job.id)) == 2)
            stack.wait("another pack", lambda: stack.wait_packed(job) != undisturbed)
            assert [each.work_pool_name for each in runs.find(client, runs.CUT_OUT, job.id)] == ["gpu", "gpu"]
