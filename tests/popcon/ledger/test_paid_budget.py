"""Journals of spending: exact, idempotent, and not to be overrun by any number of writers."""

import multiprocessing
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from popcon import naming
from popcon.errors import BudgetExceeded
from popcon.ledger.budget import Journal
from popcon.ledger.claim import claim
from popcon.storage.store import Store

HALF = Decimal("0.50")


def journal(folder: Path, scope: str = "job-fox") -> Journal:
    return Journal(Store(str(folder)), scope)


def test_money_is_set_aside_then_spent_and_adds_up_exactly(tmp_path: Path) -> None:
    book = journal(tmp_path)
    for number in range(3):
        book.reserve(f"key-{number}#1", Decimal("0.1"), None, "the job's")
    assert book.state().total == Decimal("0.3")
    book.close("key-0#1", Decimal("0.1"))
    book.close("key-1#1", Decimal(0))
    state = journal(tmp_path).state()
    assert (state.spent, dict(state.open)) == (Decimal("0.1"), {"key-2#1": Decimal("0.1")})


def test_doing_it_again_changes_nothing(tmp_path: Path) -> None:
    book = journal(tmp_path)
    for _ in range(2):
        book.reserve("key#1", HALF, HALF, "the job's")
    for _ in range(2):
        book.close("key#1", HALF)
    assert len(Store(str(tmp_path)).paths(naming.spend_entries("job-fox"))) == 2
    assert book.state().total == HALF
    assert book.purchases() == ["key"]


def test_a_budget_is_kept_to_the_last_cent(tmp_path: Path) -> None:
    book = journal(tmp_path)
    book.reserve("a#1", Decimal("0.70"), Decimal("1.00"), "the job's")
    with pytest.raises(
        BudgetExceeded, match=r"up to 0\.31 CNY and would pass the job's budget of 1\.00 CNY: 0\.70 CNY"
    ):
        book.reserve("b#1", Decimal("0.31"), Decimal("1.00"), "the job's")
    book.reserve("b#1", Decimal("0.30"), Decimal("1.00"), "the job's")
    assert book.state().total == Decimal("1.00")


def _spend(folder: str, name: str, bought: "multiprocessing.Queue[int]") -> None:
    book, count = Journal(Store(folder), "job-fox"), 0
    for number in range(12):
        try:
            book.reserve(f"{name}-{number}#1", HALF, Decimal("7.30"), "the job's")
            count += 1
        except BudgetExceeded:
            pass
    bought.put(count)


def test_processes_together_cannot_pass_a_budget(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    bought: multiprocessing.Queue[int] = context.Queue()
    crowd = [context.Process(target=_spend, args=(str(tmp_path), f"p{number}", bought)) for number in range(3)]
    for process in crowd:
        process.start()
    counts = [bought.get(timeout=60) for _ in crowd]
    for process in crowd:
        process.join()
    assert sum(counts) == 14  # 7.30 / 0.50, whole ones
    state = journal(tmp_path).state()
    assert state.total == Decimal("7.00")
    assert len(state.open) == 14


def test_half_an_entry_left_by_a_power_cut_does_not_stop_the_journal(tmp_path: Path) -> None:
    book = journal(tmp_path)
    book.reserve("a#1", HALF, None, "the job's")
    (tmp_path / naming.spend_entry("job-fox", 2)).write_bytes(b'{"state": {"spe')
    for reader in (book, journal(tmp_path)):
        assert reader.state().total == HALF
    book.reserve("b#1", HALF, Decimal("1.00"), "the job's")
    assert journal(tmp_path).state().total == Decimal("1.00")


class _Forgetful(Store):
    """A store without conditional puts: it looks, and a moment later it writes."""

    barrier = threading.Barrier(2)

    def create_json(self, path: str, value: object) -> bool:
        if self.exists(path):
            return False
        self.barrier.wait(timeout=5)
        self.write_json(path, value)
        return True


def test_two_that_both_created_a_record_agree_on_one(tmp_path: Path) -> None:
    store, won = _Forgetful(str(tmp_path)), []
    store.url = "s3://without-conditional-puts"  # what `claim` goes by

    def run(name: str) -> None:
        if claim(store, "spending/x/000001.json", {"who": name}):
            won.append(name)

    crowd = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert len(won) == 1
    assert store.read_json("spending/x/000001.json")["who"] == won[0]


def test_an_amount_that_comes_while_the_journal_is_read_is_not_passed_over(tmp_path: Path) -> None:
    """Another process writes the next entry after this one found none, and before it looks again."""
    other = journal(tmp_path)

    class Interrupted(Store):
        def read_json(self, path: str) -> Any | None:
            found = super().read_json(path)
            if found is None and not other.state().open:
                other.reserve("theirs#1", HALF, None, "the job's")
            return found

        def exists(self, path: str) -> bool:
            found = super().exists(path)
            if not found and not other.state().open:
                other.reserve("theirs#1", HALF, None, "the job's")
            return found

    Journal(Interrupted(str(tmp_path)), "job-fox").reserve("ours#1", HALF, None, "the job's")
    assert journal(tmp_path).state().total == 2 * HALF
