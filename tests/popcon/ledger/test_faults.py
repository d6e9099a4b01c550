"""The short form of the nightly suite of random faults."""

import pytest

from benchmarks import faults


@pytest.mark.timeout(900)
def test_fifty_runs_under_random_faults_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    faults.main(["--runs", "50", "--seed", "7"])
    counted = dict(reversed(line.split(None, 1)) for line in capsys.readouterr().out.splitlines()[1:])
    assert int(counted["killed"]) > 20
    assert int(counted["purchases"]) >= 50
