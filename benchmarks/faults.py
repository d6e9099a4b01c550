"""Purchases and people's decisions under random faults: `python -m benchmarks.faults --runs 1000 [--seed N] [--s3]`.

A run is a store, a few purchases and a person who decides and paints. Two workers at a time do all of it, and are
killed: by a timer, or at a random file operation. Meanwhile the disk is full, reads deliver wrong bytes, the clock
jumps by up to half an hour, and the service refuses, answers nothing after it has accepted, fails tasks, and delivers
cut files. With `--s3` the store is an S3 endpoint behind a proxy that breaks, truncates and repeats. Then one worker
finishes in peace, and this has to hold:

- the same bytes as without faults, for every purchase;
- the service made as many tasks as were needed: one for each purchase, and one more for each that it failed itself;
- the journals say what the service charged, and nothing is set aside any more;
- every verdict and every stroke that a worker was told is kept is there;
- no process is left, and no temporary file that the sweep would not take.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.fault_injection import Faults, FaultyStore, Service, clip_of
from popcon import naming
from popcon.editing.refinements import FrameTarget, Refinements
from popcon.errors import PopconError
from popcon.jobs.archive import Archive
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import Allowance, ProcessLimits
from popcon.ledger.purchase import read_record
from popcon.ledger.record import PaidStep, State
from popcon.ledger.settings import LedgerSettings
from popcon.ledger.vendor import Order
from popcon.models.artifact import ArtifactRef
from popcon.models.refinement import Point, Refinement, Stroke
from popcon.models.timeline import FrameRef
from popcon.models.verdict import StartFrameVerdict
from popcon.pipeline import garbage
from popcon.storage.store import Access, Store, set_access

JOB, PRICE = "fox-1", Decimal(1)
SETTINGS = LedgerSettings(
    day_budget=Decimal(1000), look_up_after=0, poll_first=0.002, poll_every=0.01, patience=2, unreachable=0.3,
    lease_term=3, backoff=0.005, backoff_most=0.02,
)  # fmt: skip
FRAME = FrameTarget(frame=FrameRef(source=ArtifactRef(sha256="a" * 64, size=1, media_type="video/mp4"), index=0))
_time = time.time


def work(url: str, folder: Path, keys: list[str], seed: int | None) -> None:
    """Buy everything, decide, and paint; return when all is done."""
    faults = Faults(seed)
    jump = faults.clock_jump_s()
    time.time = lambda: _time() + jump
    store, service = FaultyStore(url, faults), Service(folder / "service", faults)
    ledger = Ledger(store, ProcessLimits(lambda model: Allowance(at_once=8, per_second=1000)), SETTINGS)
    log = os.open(folder / "told", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def buy(key: str) -> None:
        step = PaidStep(key=key, job=JOB, action="wave", step="take", job_budget=Decimal(100))
        order = Order(model="m", kind="clip", rate=PRICE, units=Decimal(1), send=service.send)
        _until_done(lambda: ledger.buy(step, order, service))

    def decide() -> None:
        archive = Archive(store)
        for number in range(3):
            question = naming.question("start_frame_review", 0, number)
            verdict = StartFrameVerdict(kind="approve")
            _until_done(partial(archive.decide, JOB, "wave", question, verdict))
            os.write(log, json.dumps({"question": question}).encode() + b"\n")

    def paint() -> None:
        kept = Refinements(store, JOB, "wave")
        for number in range(6):
            strokes = tuple(
                Stroke(points=(Point(x=n, y=1), Point(x=n, y=9)), radius=2, mode="erase") for n in range(number + 1)
            )
            _until_done(partial(_extend, kept, strokes))
            os.write(log, json.dumps({"strokes": number + 1}).encode() + b"\n")

    doing = [threading.Thread(target=buy, args=(key,), daemon=True) for key in keys]
    doing += [threading.Thread(target=each, daemon=True) for each in (decide, paint)]
    for each in doing:
        each.start()
    for each in doing:
        each.join()


def _extend(kept: Refinements, strokes: tuple[Stroke, ...]) -> None:
    """Save these strokes unless more of them are there."""

    def longer(now: Refinement) -> Refinement:
        return now if len(now.strokes) >= len(strokes) else now.model_copy(update={"strokes": strokes})

    kept.amend(FRAME, longer)


def _until_done(do: Any) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            do()
        except PopconError:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def _fork(folder: Path, do: Callable[[], None]) -> int:
    """Start a process that does something; what it fails with stands in `wrong`. This one opens no store: connections
    do not survive a fork."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            do()
            code = 0
        except (AssertionError, PopconError) as error:
            (folder / "wrong").write_text(f"{type(error).__name__}: {error}")
        finally:
            os._exit(code)
    return pid


def run(number: int, seed: int, url: str, folder: Path) -> Counter[str]:
    """One run; what happened, counted.

    Raises:
        AssertionError: something was lost, bought twice, or left behind.
    """
    chance = random.Random(seed * 100_003 + number)
    keys = [f"key-{index}" for index in range(chance.randint(1, 3))]
    (folder / "service").mkdir(parents=True)
    counted: Counter[str] = Counter()
    for _ in range(chance.randint(1, 4)):
        seeds = [chance.randrange(2**32) for _ in range(chance.randint(1, 2))]
        pids = [_fork(folder, partial(work, url, folder, keys, each)) for each in seeds]
        time.sleep(chance.uniform(0.01, 0.6))
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            counted["killed" if os.WIFSIGNALED(status) else "finished"] += 1
    for last in (partial(work, url, folder, keys, None), partial(_check, url, folder, keys)):
        (folder / "wrong").unlink(missing_ok=True)
        _, status = os.waitpid(_fork(folder, last), 0)
        wrong = folder / "wrong"
        assert status == 0, wrong.read_text() if wrong.exists() else "the last worker did not finish"
    counted["purchases"] += len(keys)
    counted["tasks failed by the service"] += len(list((folder / "service").glob("*.failed")))
    return counted


def _check(url: str, folder: Path, keys: list[str]) -> None:
    store = Store(url)
    ledger = Ledger(store, ProcessLimits(lambda model: Allowance(at_once=1, per_second=1)), SETTINGS)
    done = list((folder / "service").glob("*.done"))
    assert len(done) == len(keys), f"{len(done)} tasks for {len(keys)} purchases"
    for key in keys:
        record = read_record(store, key)
        assert record is not None
        assert record.state is State.SETTLED, record
        assert record.artifact is not None
        assert store.get(record.artifact) == clip_of(str(record.task_id).split("-")[0]), "other bytes"
    spent = ledger.spending(JOB)
    assert spent.spent == PRICE * len(keys), spent
    assert not spent.open, spent
    assert not store.paths(naming.PAID_OPEN)
    told = [json.loads(line) for line in (folder / "told").read_bytes().splitlines() if line.endswith(b"}")]
    painted = max(each.get("strokes", 0) for each in told)
    assert len(Refinements(store, JOB, "wave").current()[0].refinement.strokes) >= painted == 6
    for each in told:
        if "question" in each:
            assert Archive(store).verdict(JOB, "wave", each["question"]) is not None, each
    if not store.remote:
        for path in Path(url).rglob("*.tmp"):
            os.utime(path, (0, 0))
        garbage.sweep(Archive(store), timedelta(days=30), dry_run=False)
        assert not list(Path(url).rglob("*.tmp"))


@contextlib.contextmanager
def _stores(s3: bool, folder: Path) -> Iterator[Any]:
    """Gives a function that makes the address of a new store for a run's number."""
    if not s3:
        yield lambda number: str(folder / str(number) / "store")
        return
    from tests.popcon.storage.s3.endpoint import KEY, SECRET, FaultProxy, rclone

    (folder / "buckets" / "team").mkdir(parents=True)
    with rclone(folder / "buckets") as port:
        proxy = FaultProxy(port)
        proxy.share = 0.03

        def made(number: int) -> str:
            url = f"s3://team/{number}"
            set_access(url, Access(endpoint_url=proxy.url, key=KEY, secret=SECRET))
            return url

        yield made
        proxy.close()


def main(arguments: list[str] | None = None) -> None:
    """Run, and print what happened; exit 1 at the first run that ends wrong, whose seed is told."""
    parser = argparse.ArgumentParser(description="Purchases and decisions under random faults.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first run, to repeat one")
    parser.add_argument("--s3", action="store_true", help="an S3 endpoint instead of a folder")
    chosen = parser.parse_args(arguments)
    counted: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="popcon-faults-") as made, _stores(chosen.s3, Path(made)) as url_of:
        for number in range(chosen.first, chosen.first + chosen.runs):
            try:
                counted += run(number, chosen.seed, url_of(number), Path(made) / str(number))
            except (AssertionError, PopconError) as error:
                sys.exit(f"run {number} of seed {chosen.seed}: {type(error).__name__}: {error}")
    with contextlib.suppress(ChildProcessError):
        assert os.waitpid(-1, os.WNOHANG)[0] == 0, "a process is left"
    print(f"{chosen.runs} runs ({'S3' if chosen.s3 else 'folder'}) in {time.monotonic() - begun:.0f} s, all right:")
    for what, count in sorted(counted.items()):
        print(f"  {count:6d} {what}")


if __name__ == "__main__":
    main()
