"""The short form of the benchmark of killed jobs: one of them, whose command is killed."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.alone


def test_killed_jobs_end_with_the_same_bytes_and_buy_nothing_twice() -> None:
    command = [sys.executable, "-m", "benchmarks.killed_jobs", "--runs", "1", "--seed", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 jobs, all right" in done.stdout
    assert "commands killed" in done.stdout
