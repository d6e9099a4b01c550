"""The web app: from a click to its mask on the screen, the first page, the archive of 2,000 jobs, memory.

    python -m benchmarks.web                 # over HTTP
    python -m benchmarks.web --browser       # and in /usr/bin/chromium: minutes
    python -m benchmarks.web --check         # exit code 1 if a figure is missed

Without --browser a click is measured up to the answer's last byte; with it, up to the frame that shows the mask. The
archive is measured in a folder and in S3 (rclone serves the same files): as the very first process finds it, without
an index, and as each later one does. Measured on this machine as it is: beside other work, wall times are that work's
too, so what the app itself computed is told with them.
"""

import argparse
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.web_served import NotThere, Served, bucket_of, fill, ordered
from popcon.jobs.archive import Archive
from popcon.storage.store import Store

JOBS, ACTIONS, CLICKS, FRAMES = 2000, 8, 60, 6
LATENCY_S = 0.2
FILL_S = 100.0
"""The most that is waited until an archive without an index is read."""


@dataclass(frozen=True)
class Row:
    """One figure.

    Arguments:
        limit: the most, or the least where `least` says so; None: it is only told.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    least: bool = False

    @property
    def missed(self) -> bool:
        return self.limit is not None and (self.value < self.limit if self.least else self.value > self.limit)

    def text(self) -> str:
        goal = "" if self.limit is None else f"{'>=' if self.least else '<='} {self.limit:g} {self.unit}"
        verdict = "MISSED" if self.missed else ""
        return f"| {self.name:<60} | {self.value:>8.0f} {self.unit:<3} | {goal:>10} | {verdict:6} |"


def p95(seconds: Sequence[float]) -> float:
    """The smallest value that 95 of 100 do not pass (nearest rank), in milliseconds."""
    return sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1] * 1000


def archive_rows(where: str, home: Path, store: str, more: dict[str, str]) -> list[Row]:
    """How soon an archive of many jobs answers: to the first process of all, to the next one, and from then on."""
    rows = []
    with Served(home, store, more) as app:
        rows.append(Row(f"archive, {where}: first answer, no index yet", app.seconds("/api/jobs") * 1000, "ms", 300))
        began, left = time.monotonic(), app.unread()
        while left and time.monotonic() - began < FILL_S:
            time.sleep(0.5)
            left = app.unread()
        rows.append(Row(f"archive, {where}: until all are read, once", time.monotonic() - began, "s"))
        if left:
            rows.append(Row(f"archive, {where}: jobs not read by then", left, ""))
    with Served(home, store, more) as app:
        rows.append(Row(f"archive, {where}: first answer of a new process", app.seconds("/api/jobs") * 1000, "ms", 300))
        before = app.cpu_s()
        later = []
        for number in range(20):
            time.sleep(0.11)
            later.append(app.seconds(f"/api/jobs?q=pack+{number}"))
        rows.append(Row(f"archive, {where}: then, p95 of 20 searches", p95(later), "ms", 300))
        cpu = (app.cpu_s() - before) / len(later) * 1000
        rows.append(Row(f"archive, {where}: CPU of one search", cpu, "ms"))
        rows.append(Row(f"process, {JOBS} jobs in {where}, no segment engine", app.memory_mb(), "MB", 250))
    return rows


def clicked(app: Served, job: str, busy: bool) -> tuple[list[float], list[float]]:
    """Seconds from clicks to their masks, on frames that were prepared ahead; and what the app computed for each, s.

    Arguments:
        busy: whether each click is saved as well, so that the sticker is made anew meanwhile, as in the browser.
    """
    base = f"/api/jobs/{job}/actions/wave"
    slots = app.client.get(f"{base}/edit-session").json()["slots"]
    draw, times, cpu = Random(2 if busy else 1), [], []
    for slot in slots[:FRAMES] if not busy else slots[FRAMES : 2 * FRAMES]:
        frame = slot["frame"]
        app.client.post(
            "/api/masks/prefetch", json={"job": job, "action": "wave", "frames": [frame]}
        ).raise_for_status()
        time.sleep(1.5)
        made: list[dict[str, Any]] = []
        for _ in range(CLICKS // FRAMES):
            made.append({"x": draw.uniform(140, 340), "y": draw.uniform(180, 420), "positive": draw.random() < 0.7})
            before, began = app.cpu_s(), time.perf_counter()
            body = {"job": job, "action": "wave", "frame": frame, "clicks": made}
            app.client.post("/api/masks/predict", json=body).raise_for_status()
            times.append(time.perf_counter() - began)
            cpu.append(app.cpu_s() - before)
            if busy:
                app.client.put(f"{base}/frames/{frame}/refinement", json={"clicks": made}).raise_for_status()
                app.client.get(f"{base}/refined/{frame}").raise_for_status()
                app.ask(f"{base}/preview/discord-emoji")
    return times, cpu


def click_rows(app: Served, job: str) -> list[Row]:
    """Clicks over HTTP, alone and while the sticker is made anew."""
    rows = []
    for name, busy in (("", False), (", a sticker made meanwhile", True)):
        times, cpu = clicked(app, job, busy)
        rows.append(Row(f"click to mask over HTTP, median{name}", statistics.median(times) * 1000, "ms"))
        rows.append(Row(f"click to mask over HTTP, p95{name}", p95(times), "ms", 150))
        if not busy:
            rows.append(Row("CPU of one click, all threads, median", statistics.median(cpu) * 1000, "ms"))
            rows.append(Row("CPU of one click, all threads, p95", p95(cpu), "ms"))
    rows.append(Row("process with the segment engine", app.memory_mb(), "MB"))
    return rows


def slow_rows(home: Path, store: str, more: dict[str, str], job: str) -> list[Row]:
    """The app with a store that takes LATENCY_S for each call."""
    base, far = f"/api/jobs/{job}", f"{LATENCY_S * 1000:.0f} ms a call"
    with Served(home, store, more) as app:
        page = app.seconds(base)
        pages = [app.seconds(base) for _ in range(5)]
        frame = app.client.get(f"{base}/actions/wave/edit-session").json()["slots"][0]["frame"]
        here = {"job": job, "action": "wave"}
        app.client.post("/api/masks/prefetch", json={**here, "frames": [frame]}).raise_for_status()
        time.sleep(2)
        for _ in range(6):  # pages that wait for the store, while somebody clicks
            app.ask(f"{base}/actions/wave/preview/discord-emoji/file")
            app.ask(f"{base}/plan")
        shells, masks = [], []
        for number in range(12):
            shells.append(app.seconds("/"))
            clicks = [{"x": 120 + 15 * number, "y": 300}]
            began = time.perf_counter()
            app.client.post("/api/masks/predict", json={**here, "frame": frame, "clicks": clicks}).raise_for_status()
            masks.append(time.perf_counter() - began)
        archive = [app.seconds("/api/jobs") for _ in range(5)]
    return [
        Row(f"store of {far}: a job's page, at first", page * 1000, "ms"),
        Row(f"store of {far}: a job's page, then (median)", statistics.median(pages) * 1000, "ms"),
        Row(f"store of {far}: the first page's shell, p95", p95(shells), "ms"),
        Row(f"store of {far}: click to mask over HTTP, p95", p95(masks), "ms", 150),
        Row(f"store of {far}: the archive, most of 5", max(archive) * 1000, "ms", 300),
    ]


def browser_rows(url: str, job: str) -> list[Row]:
    """What a person notices."""
    from benchmarks.web_browser import in_browser

    seen = in_browser(url, job)
    return [
        Row("first page can be used", seen.usable_s * 1000, "ms", 1000),
        Row("click to mask on the screen, median", statistics.median(seen.clicks_s) * 1000, "ms"),
        Row("click to mask on the screen, p95", p95(seen.clicks_s), "ms", 150),
        Row("scrolling past 24 playing tiles", seen.fps, "fps", 59, least=True),
        Row("main thread for one frame of it", seen.frame_ms, "ms", 16.7),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--browser", action="store_true", help="measure in a browser, too")
    parser.add_argument("--check", action="store_true", help="exit code 1 if a figure is missed")
    parser.add_argument("--only", choices=["archive", "clicks"], help="one part")
    options = parser.parse_args(arguments)
    rows: list[Row] = []

    def tell(more: list[Row]) -> None:
        rows.extend(more)
        for each in more:
            print(each.text(), flush=True)

    with tempfile.TemporaryDirectory() as folder:
        home, store = Path(folder) / "home", Path(folder) / "buckets" / "team" / "store"
        try:
            if options.only != "clicks":
                fill(Archive(Store(str(store))), JOBS, ACTIONS)
                tell(archive_rows("a folder", home, str(store), {}))
                with bucket_of(Path(folder) / "buckets") as reached:
                    tell(archive_rows("S3", home, "s3://team/store", reached))
            if options.only != "archive":
                own = Path(folder) / "buckets" / "team" / "own"
                with Served(home, str(own)) as app:
                    job = ordered(app)
                    tell(click_rows(app, job))
                    if options.browser:
                        tell(browser_rows(app.url, job))
                with bucket_of(Path(folder) / "buckets", LATENCY_S) as reached:
                    tell(slow_rows(home, "s3://team/own", reached, job))
        except NotThere as error:
            print(f"not measured: {error}")
            return 1
    missed = [each.name for each in rows if each.missed]
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
