"""The short form of the nightly suite of random faults."""

import subprocess
import sys

import pytest


@pytest.mark.timeout(1200)
def test_fifty_runs_under_random_faults_lose_nothing() -> None:
    command = [sys.executable, "-m", "benchmarks.faults", "--runs", "50", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1100)
    assert done.returncode == 0, done.stdout + done.stderr
    counted = dict(reversed(line.split(None, 1)) for line in done.stdout.splitlines()[1:])
    assert int(counted["killed"]) > 20
    assert int(counted["purchases"]) >= 50
