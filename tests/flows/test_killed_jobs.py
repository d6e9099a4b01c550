"""The short form of the benchmark of killed jobs: two of them, whose commands are killed."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.alone


@pytest.mark.timeout(1800)
def test_killed_jobs_end_with_the_same_bytes_and_buy_nothing_twice() -> None:
    command = [sys.executable, "-m", "benchmarks.killed_jobs", "--runs", "2", "--seed", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1700, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 jobs, all right" in done.stdout
    assert "commands killed" in done.stdout
