"""Workers that buy and die: randomised runs, a rush, and a budget that ends, against a double of DashScope."""

import itertools
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

# ruff: noqa: E402 (the double is among the tests, which are not installed)
import numpy as np
from dashscope_double.process import DoubleProcess as DoubleProcess  # type: ignore[import-not-found]

from popcon.engines.base import Shot
from popcon.engines.dashscope.choose import choose_clip
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.video.dashscope import DashScopeVideo
from popcon.errors import BudgetExceeded, Fault
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import Limits, MachineLimits, ProcessLimits
from popcon.ledger.purchase import read_record
from popcon.ledger.record import PaidStep, State
from popcon.ledger.settings import LedgerSettings
from popcon.storage.store import Store

JOB = "fox-1"
PRICE = Decimal("0.50")

SMALL_CLOCK = LedgerSettings(
    poll_every=0.1,
    poll_first=0.04,
    look_up_after=0.25,
    patience=20.0,
    unreachable=10.0,
    lease_term=1.5,
    backoff=0.03,
    backoff_most=0.3,
)

Fault_ = tuple[str, str, dict[str, Any]]
FAULTS: list[Fault_] = [
    ("create", "reset_before", {}),
    ("create", "reset_after", {}),
    ("create", "slow", {"seconds": 0.6}),
    ("create", "hang_after", {"seconds": 2.0}),
    ("create", "half_json", {}),
    ("create", "answer", {"status": 429, "code": "Throttling.RateQuota", "times": 6}),
    ("create", "answer", {"status": 429, "code": "Throttling.BurstRate", "times": 4}),
    ("create", "answer", {"status": 500, "code": "InternalError"}),
    ("create", "answer_after", {"status": 500, "code": "InternalError.Timeout"}),
    ("create", "answer_after", {"status": 503, "code": "ModelServingError"}),
    ("create", "page", {"status": 502}),
    ("poll", "reset_before", {"times": 3}),
    ("poll", "slow", {"seconds": 0.6}),
    ("poll", "answer", {"status": 429, "code": "Throttling.RateQuota", "times": 5}),
    ("poll", "page", {"status": 504, "times": 2}),
    ("list", "answer", {"status": 500, "code": "SystemError", "times": 2}),
    ("download", "truncate", {"part": 0.5}),
    ("download", "reset_before", {}),
    ("download", "lie", {"what": "half"}),
    ("download", "answer", {"status": 503, "code": "SlowDown", "times": 2}),
    ("refuse", "", {"seconds": 0.4}),
]


class Bench:
    """One double and one store; workers are forked so that starting them costs nothing."""

    def __init__(self, double: DoubleProcess, folder: Path, scale: LedgerSettings = SMALL_CLOCK) -> None:
        self.double, self.folder, self.how = double, folder, scale
        self.settings = DashScopeSettings.model_validate(
            {"api_key": double.key, "base_url": double.base_url, "look_every": 0.05, "create_timeout": 1.0}
        )
        self.frame = np.full((240, 240, 3), (0, 212, 90), np.uint8)
        self.frame[60:220, 80:160] = (250, 214, 90)

    def ledger(self, limits: Limits | None = None) -> Ledger:
        return Ledger(
            Store(str(self.folder / "store")), limits or ProcessLimits(self.settings.catalogue.allowance), self.how
        )

    def buy(self, ledger: Ledger, number: int, budget: Decimal | None = None) -> bytes:
        action = f"action-{number}"
        step = PaidStep(key=f"key-{number}", job=JOB, action=action, step="take", job_budget=budget)
        shot = Shot(action=action, motion=f"does number {number}", backdrop="#00d45a", seed=number, side=240)
        return DashScopeVideo(self.settings, ledger).for_step(step).animate(self.frame, self.frame, shot).data

    def work(self, numbers: range, limits: Limits | None = None, budget: Decimal | None = None) -> list[str]:
        """Buy all of `numbers` at once, going on after faults as a retried step does; returns what each came to."""
        ledger = self.ledger(limits)

        def one(number: int) -> str:
            for _ in range(8):
                try:
                    self.buy(ledger, number, budget)
                    return "bought"
                except BudgetExceeded:
                    return "over budget"
                except Fault as error:
                    trouble = f"{type(error).__name__}: {error}"
            return trouble

        with ThreadPoolExecutor(len(numbers)) as pool:
            return list(pool.map(one, numbers))

    def worker(self, numbers: range, limits: Limits | None = None) -> multiprocessing.process.BaseProcess:
        process = multiprocessing.get_context("fork").Process(target=self.work, args=(numbers, limits))
        process.start()
        return process


def kill(process: multiprocessing.process.BaseProcess) -> None:
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def random_run(bench: Bench, dice: random.Random, faults: Iterator[Fault_]) -> tuple[str, list[str]]:
    """One randomised run; returns what was done to it, and every way in which it went wrong.

    The service takes its time to answer a create, so that many deaths fall between its taking a task and its name
    being written down.
    """
    double = bench.double
    double.reset(task_seconds=0.25, pending_seconds=0.05, answer_seconds=0.15, frames=4, clip_side=64, limits=False)
    numbers = range(dice.randint(1, 3))
    if dice.random() < 0.6:
        what = "killed"
        for _ in range(dice.randint(1, 3)):
            crowd = [bench.worker(numbers) for _ in range(dice.randint(1, 2))]
            time.sleep(dice.uniform(0.0, 1.0))
            for process in crowd:
                kill(process)
    else:
        call, kind, details = next(faults)
        what = f"{call} {kind}".strip()
        if call == "list":
            double.play("create", "reset_after")
        if call == "refuse":
            threading.Timer(dice.uniform(0.0, 0.5), double.refuse, args=(details["seconds"],)).start()
        else:
            double.play(call, kind, **dict(details))
    outcome = bench.work(numbers)
    return what, [*wrong(bench, numbers), *(text for text in outcome if text != "bought")]


def wrong(bench: Bench, numbers: range) -> list[str]:
    """Compare what the double sold with what was needed, and the ledger with both."""
    found, ledger = [], bench.ledger()
    creates = Counter(create["prompt"].split("number ")[1].split(".")[0] for create in bench.double.stats()["creates"])
    for number in numbers:
        if creates[str(number)] != 1:
            found.append(f"action {number} was bought {creates[str(number)]} times")
        record = read_record(ledger.store, f"key-{number}")
        if record is None or record.state is not State.SETTLED or record.artifact is None:
            found.append(f"action {number} is not settled")
        elif ledger.store.get(record.artifact)[4:8] != b"ftyp" or record.losses:
            found.append(f"action {number} was lost")
    spending = ledger.spending(JOB)
    if spending.spent != PRICE * len(numbers) or spending.open or ledger.spending_of_day() != spending:
        found.append(f"the journals say {spending} and {ledger.spending_of_day()}")
    if left := ledger.store.paths("paid-open"):
        found.append(f"still open: {left}")
    return found


@contextmanager
def scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="popcon-paid-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def random_runs(double: DoubleProcess, runs: int, seed: int, say: Callable[[str], None]) -> dict[str, int]:
    """Counts of `runs` randomised runs. Faults of the table come up in turn."""
    counts: Counter[str] = Counter()
    faults = itertools.cycle(random.Random(seed).sample(FAULTS, len(FAULTS)))
    for number in range(runs):
        with scratch() as folder:
            what, problems = random_run(Bench(double, folder), random.Random(seed * 100_000 + number), faults)
        counts["runs"] += 1
        counts["looked up"] += any(call["call"] == "list" for call in double.stats()["calls"])
        counts["killed" if what == "killed" else "faults"] += 1
        if problems:
            counts["wrong"] += 1
            say(f"run {number} ({what}): {'; '.join(problems)}")
    return dict(counts)


def rush(double: DoubleProcess, actions: int, scale: float, processes: int = 1) -> dict[str, float]:
    """`actions` at once, with tasks of 30 s on a clock `scale` times as fast."""
    task = 30 * scale
    double.reset(task_seconds=task * 0.9, pending_seconds=task * 0.1, frames=4, clip_side=64, limits=True)
    how = SMALL_CLOCK.model_copy(
        update={"poll_every": 15 * scale, "poll_first": 2 * scale, "patience": 600.0, "lease_term": 10.0}
    )
    with scratch() as folder:
        bench = Bench(double, folder, how)
        limits: Limits = ProcessLimits(bench.settings.catalogue.allowance)
        if processes > 1:
            limits = MachineLimits(folder / "limits", bench.settings.catalogue.allowance)
        share = actions // processes
        begun = time.monotonic()
        workers = [bench.worker(range(n * share, (n + 1) * share), limits) for n in range(processes)]
        for worker in workers:
            worker.join()
        wall = time.monotonic() - begun
        problems = wrong(bench, range(share * processes))
    stats, model = double.stats(), choose_clip(bench.settings).model
    allowed = bench.settings.catalogue.allowance(model)
    best = -(-share * processes // allowed.at_once) * task
    return {
        "wrong": len(problems),
        "at once": stats["most_open"][model],
        "submits a second": stats["most_submits_a_second"][model],
        "wall": wall,
        "best": best,
        "ratio": wall / best,
    }


def short_money(double: DoubleProcess, actions: int, budget: Decimal) -> dict[str, Any]:
    """A budget that ends in the middle of a job that two workers are at, and is then raised."""
    double.reset(task_seconds=0.25, pending_seconds=0.05, frames=4, clip_side=64, limits=False)
    with scratch() as folder:
        bench, context = Bench(double, folder), multiprocessing.get_context("fork")
        crowd = [context.Process(target=bench.work, args=(range(actions), None, budget)) for _ in range(2)]
        for process in crowd:
            process.start()
        for process in crowd:
            process.join()
        spent = bench.ledger().spending(JOB).total
        bought = len(double.stats()["creates"])
        bench.work(range(actions), None, PRICE * actions)
        problems = wrong(bench, range(actions))
    return {"budget": budget, "spent": spent, "bought": bought, "after raising it": len(double.stats()["creates"]),
            "wrong": len(problems)}  # fmt: skip
