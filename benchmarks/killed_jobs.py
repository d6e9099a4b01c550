"""Whole jobs whose processes are killed: `python -m benchmarks.killed_jobs --runs 20 [--seed N]`.

Each run orders a pack with the paid engines from a double of the service. The command is killed (SIGKILL) when the
store holds a random number of files, one to three times. Then the same command runs in peace, and this has to hold:

- the same bytes as of a run that nothing disturbed, and every step that was finished is found;
- the service made as many clips as were needed, and no more pictures than were needed and told as lost (it answers
  with a picture at once and keeps no list of them, so an answer that was lost cannot be looked up);
- the bill says what it charged, and nothing is set aside any more;
- no temporary file is left that the sweep would not take.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from popcon import naming
from popcon.jobs.archive import Archive
from popcon.ledger.bill import job_bill
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.pipeline import garbage
from popcon.storage.store import Store
from tests.paid_runs import DoubleProcess

ROOT = Path(__file__).parents[1]
PATIENCE_S = 900.0
PICTURE_PRICE, CLIP_PRICE = Decimal("0.20"), Decimal("0.50")


@dataclass
class Shell:
    """A person's shell: where they keep things, and the account that they pay with."""

    double: DoubleProcess
    home: Path
    counted: Counter[str] = field(default_factory=Counter)

    def start(self, folder: Path) -> "subprocess.Popen[str]":
        """Start the order whose store and packs are in `folder`."""
        given = {
            "POPCON_HOME": str(self.home),
            "POPCON_STORE": str(folder / "store"),
            **self.double.environment(),
        }
        kept = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
        order = ["make", str(self.home / "puff.png"), "--actions", "wave,cry", "--engine", "dashscope"]
        return subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *order, "--out", str(folder / "out"), "--json"],
            env=kept | given,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def finish(self, running: "subprocess.Popen[str]") -> None:
        _, said = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 0, f"the command ended with {running.returncode}: {said.strip()[-600:]}"


def files(folder: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(folder / "store"))


def disturb(shell: Shell, folder: Path, chance: random.Random, most: int) -> None:
    """Run the command until it is killed."""
    at = chance.randint(0, most)
    running = shell.start(folder)
    until = time.monotonic() + PATIENCE_S
    while running.poll() is None and files(folder) < at:
        assert time.monotonic() < until, "the command stands still"
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.3))
    running.kill()
    running.communicate()
    shell.counted["commands killed" if running.returncode < 0 else "commands finished before"] += 1


@dataclass
class Undisturbed:
    """What a run that nothing disturbed made and bought."""

    packs: dict[str, bytes]
    files: int
    clips: int
    pictures: int

    @property
    def price(self) -> Decimal:
        return PICTURE_PRICE * self.pictures + CLIP_PRICE * self.clips


def packs_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "out").glob("*.zip"))}


def undisturbed(shell: Shell, folder: Path) -> Undisturbed:
    """Make the order once in peace."""
    shell.double.reset(task_seconds=0.5, pending_seconds=0.1, frames=24, clip_side=240, limits=True)
    shell.finish(shell.start(folder))
    stats = shell.double.stats()
    return Undisturbed(packs_of(folder), files(folder), len(stats["creates"]), len(stats["conversations"]))


def run(shell: Shell, folder: Path, chance: random.Random, whole: Undisturbed) -> None:
    """One run.

    Raises:
        AssertionError: something was lost, bought twice, or left behind.
    """
    shell.double.reset(task_seconds=0.5, pending_seconds=0.1, frames=24, clip_side=240, limits=True)
    for _ in range(chance.randint(1, 3)):
        disturb(shell, folder, chance, whole.files)
    finished = set(Store(str(folder / "store")).paths(naming.STEPS))
    shell.finish(shell.start(folder))
    store = Store(str(folder / "store"))
    assert packs_of(folder) == whole.packs, "other bytes"
    assert finished <= set(store.paths(naming.STEPS)), "a finished step is gone"
    (job,) = Archive(store).ids()
    bill, stats = job_bill(store, job), shell.double.stats()
    records = [store.read_json(path) for path in store.paths(naming.PAID)]
    lost = sum(len(record["losses"]) for record in records if record is not None)
    shell.counted["pictures lost, and told"] += lost
    assert len(stats["creates"]) == whole.clips, f"{len(stats['creates'])} clips for {whole.clips}"
    assert len(stats["conversations"]) <= whole.pictures + lost, f"{len(stats['conversations'])} pictures, {lost} lost"
    charged = PICTURE_PRICE * len(stats["conversations"]) + CLIP_PRICE * len(stats["creates"])
    assert charged <= bill.spent <= whole.price + PICTURE_PRICE * lost, f"{bill.spent} told, {charged} charged"
    assert not bill.open, bill
    assert not store.paths(naming.PAID_OPEN)
    for path in (folder / "store").rglob("*.tmp"):
        os.utime(path, (0, 0))
    garbage.sweep(Archive(store), timedelta(days=30), dry_run=False)
    assert not list((folder / "store").rglob("*.tmp"))


def main(arguments: list[str] | None = None) -> None:
    """Run, and print what happened; exit 1 at the first run that ends wrong, whose seed is told."""
    parser = argparse.ArgumentParser(description="Whole jobs whose processes are killed.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first run, to repeat one")
    chosen = parser.parse_args(arguments)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="popcon-killed-") as made, DoubleProcess() as double:
        shell = Shell(double, Path(made) / "home")
        shell.home.mkdir()
        (shell.home / "puff.png").write_bytes(encode_png(draw_mascot(300)))
        whole = undisturbed(shell, Path(made) / "whole")
        for number in range(chosen.first, chosen.first + chosen.runs):
            chance = random.Random(chosen.seed * 100_003 + number)
            try:
                run(shell, Path(made) / str(number), chance, whole)
            except AssertionError as error:
                sys.exit(f"run {number} of seed {chosen.seed}: {error}")
            print(f"run {number}: all right, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{chosen.runs} jobs, all right:")
    for what, count in sorted(shell.counted.items()):
        print(f"  {count:6d} {what}")


if __name__ == "__main__":
    main()
