"""The short form of the nightly suite of random faults."""

import subprocess
import sys


def test_twenty_runs_under_random_faults_lose_nothing() -> None:
    command = [sys.executable, "-m", "benchmarks.faults", "--runs", "20", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    counted = dict(reversed(line.split(None, 1)) for line in done.stdout.splitlines()[1:])
    assert int(counted["killed"]) >= 8
    assert int(counted["purchases"]) >= 20
