"""Runs on the pool `gpu` take turns at a machine's GPU."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.testing.utilities import prefect_test_harness
from pydantic import SecretStr

from blocks.access import DashScope, dashscope_accounts
from flows import driver as module
from popcon.jobs.archive import Archive
from popcon.jobs.spec_builder import chosen_actions
from popcon.models.artifact import ArtifactRef
from popcon.models.job import EngineChoice, Engines, JobSpec
from popcon.models.results import Cutouts
from popcon.pipeline.lookup import Incomplete, Lookup
from popcon.storage.store import open_store
from tasks import limits
from tasks.limits import gpu_limit, gpu_slot, set_gpu_limit

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_PAUSE_S", (0.05, 0.1))


def _limit(name: str) -> tuple[int, int]:
    with get_client(sync_client=True) as client:
        found = client.read_global_concurrency_limit_by_name(name)
    return found.limit, found.active_slots


def _most_at_once(runs: int) -> int:
    """How many of some runs had their turn at the same moment."""
    inside, most, lock = 0, 0, threading.Lock()

    def run() -> None:
        nonlocal inside, most
        with gpu_slot():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.6)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=run) for _ in range(runs)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert inside == 0
    return most


def test_the_first_run_makes_the_limit_and_runs_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_GPU_HOST", "box-1")
    assert gpu_limit() == "gpu:box-1"
    assert _most_at_once(2) == 1
    assert _limit("gpu:box-1") == (1, 0)
    seen = []

    def fail() -> None:
        with gpu_slot():
            seen.append(_limit("gpu:box-1"))
            raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        fail()
    assert seen == [(1, 1)]
    assert _limit("gpu:box-1") == (1, 0)


def test_a_container_with_a_gpu_of_its_own_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_GPU_HOST", "-")
    assert _most_at_once(3) == 3
    with pytest.raises(ObjectNotFound):
        _limit("gpu:-")


def test_a_limit_that_somebody_set_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_GPU_HOST", "box-2")
    set_gpu_limit(2)
    set_gpu_limit(2)
    monkeypatch.setenv("POPCON_GPU_SLOTS", "1")
    assert _most_at_once(3) == 2
    assert _limit("gpu:box-2") == (2, 0)


@pytest.mark.parametrize(
    ("engine", "deployed", "held"), [("birefnet", True, 1), ("birefnet", False, 0), ("keyed", True, 0)]
)
def test_cut_out_holds_a_turn_on_the_pool_if_its_engine_wants_a_gpu(
    engine: str, deployed: bool, held: int, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = f"box-{engine}-{deployed}"
    monkeypatch.setenv("POPCON_GPU_HOST", host)
    set_gpu_limit(1)
    monkeypatch.setattr(module.JobContext, "deployed", property(lambda self: deployed))
    monkeypatch.setattr("flows.context.use_accounts", lambda name: None)
    spec = JobSpec(
        title="x",
        picture=ArtifactRef(sha256="0" * 64, size=1, media_type="image/png"),
        actions=tuple(chosen_actions("wave", ())),
        platforms=("line-emoji",),
        engines=Engines(matte=EngineChoice(name=engine)),
    )
    job = Archive(open_store(str(tmp_path))).place(spec)
    seen = []

    def cut_out(runner: Any) -> Cutouts:
        if isinstance(runner, Lookup):
            raise Incomplete
        seen.append(_limit(f"gpu:{host}")[1])
        return Cutouts(cutouts=())

    monkeypatch.setattr(module, "record_weights", lambda context: None)
    module.CutOutDriver(module.JobContext(job.id, str(tmp_path)), "wave").cut_out([], cut_out)
    assert seen == [held]
    assert _limit(f"gpu:{host}") == (1, 0)


def test_upkeep_knows_every_account_that_has_a_block() -> None:
    """Here because a server is running."""
    assert dashscope_accounts() == []
    DashScope(api_key=SecretStr("sk-a"), settings={"region": "ap-southeast-1"}).save("team")
    DashScope(api_key=SecretStr("sk-b")).save("default")
    found = {each["DASHSCOPE_API_KEY"]: each.get("POPCON_DASHSCOPE_REGION") for each in dashscope_accounts()}
    assert found == {"sk-a": "ap-southeast-1", "sk-b": None}
