"""A vendor's limits at a Prefect server: no number of workers passes them together."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from blocks.without_server import NOWHERE
from popcon.ledger.limits import Allowance, given_limits, limited_by
from tasks.limits import PrefectLimits, shared_limits
from tests.prefect_server import server, wait_until_healthy

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]

WORKER = """
import json, sys, threading, time
from popcon.ledger.limits import Allowance
from tasks.limits import PrefectLimits

limits = PrefectLimits("double", lambda model: Allowance(at_once=2, per_second=2))
done = []

def work():
    with limits.slot("wan"):
        begun = time.time()
        limits.submit("wan")
        sent = time.time()
        time.sleep(0.4)
        done.append((begun, sent, time.time()))

crowd = [threading.Thread(target=work) for _ in range(3)]
for each in crowd: each.start()
for each in crowd: each.join()
print(json.dumps(done))
"""


@pytest.fixture(scope="module")
def api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("prefect")) as url:
        wait_until_healthy(url)
        yield url


def test_workers_of_several_processes_keep_the_limits_together(api_url: str) -> None:
    environment = os.environ | {"PREFECT_API_URL": api_url, "PREFECT_LOGGING_LEVEL": "CRITICAL"}
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    done = [tuple(each) for lines in told for each in json.loads(lines)]
    assert len(done) == 6, "nobody waits for ever"
    for begun, _, _ in done:
        assert sum(other <= begun < end for other, _, end in done) <= 2, "two at once"
    sent = sorted(moment for _, moment, _ in done)
    assert all(later - first >= 1.0 for first, later in zip(sent, sent[2:], strict=False)), "two a second"
    user, password = os.environ["PREFECT_API_AUTH_STRING"].split(":")
    with httpx.Client(trust_env=False, auth=(user, password)) as client:
        found = client.post(f"{api_url}/v2/concurrency_limits/filter", json={}).json()
    limits = {each["name"]: each for each in found}
    assert limits["popcon-double-wan-at-once"]["limit"] == 2
    assert limits["popcon-double-wan-at-once"]["active_slots"] == 0, "all slots came back"
    assert limits["popcon-double-wan-a-second"]["slot_decay_per_second"] == pytest.approx(1.6)


def test_a_run_with_a_server_of_its_own_waits_with_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def allowance(model: str) -> Allowance:
        return Allowance(at_once=1, per_second=1)

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert shared_limits("double", allowance) is None
    monkeypatch.setenv("PREFECT_API_URL", NOWHERE)
    assert shared_limits("double", allowance) is None
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert given_limits("double", allowance) is None
    with limited_by(shared_limits):
        assert isinstance(given_limits("double", allowance), PrefectLimits)
    assert given_limits("double", allowance) is None
