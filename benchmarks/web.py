"""The web app: from a click to its mask on the screen, the first page, the archive of 2,000 jobs, memory.

    python -m benchmarks.web [--browser]

Without --browser the click is measured up to the answer's last byte; with it, up to the frame that shows the mask, in
/usr/bin/chromium.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from popcon.archive import ActionSummary, Archive, StepLog
from popcon.images.png import encode_png
from popcon.keys import Step
from popcon.mascot import draw_mascot
from popcon.models.job import JobSpec
from popcon.models.verdict import Status
from popcon.order import chosen_actions
from popcon.store import Store

JOBS, ACTIONS = 2000, 8
CLICKS = 60
PORT = 4391
ROOT = Path(__file__).parents[1]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def serve(home: Path, store: Path) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"POPCON_HOME": str(home), "POPCON_STORE": str(store)}
    environment.pop("PREFECT_API_URL", None)
    process = subprocess.Popen([sys.executable, "-m", "ui.cli", "web", "--port", str(PORT)], cwd=ROOT, env=environment)
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{PORT}/openapi.json", trust_env=False, timeout=60)
            return process
        except httpx.TransportError:
            time.sleep(0.1)


def memory_mb(process: "subprocess.Popen[bytes]") -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def fill(archive: Archive) -> None:
    """Many settled jobs of several actions."""
    picture = archive.store.put(encode_png(draw_mascot(128)), "image/png")
    actions = tuple(chosen_actions("wave,laugh,cry,angry,love,wink,jump,dance", ())[:ACTIONS])
    log = StepLog(step=Step.STICKER, label="sticker", seconds=1, cached=False)
    for number in range(JOBS):
        spec = JobSpec(title=f"Pack {number}", picture=picture, actions=actions, platforms=("line-emoji",), seed=number)
        job = archive.place(spec)
        for action in actions:
            status = Status.FAILED if number % 50 == 0 and action.name == "cry" else Status.DONE
            archive.summarise(job.id, ActionSummary(action=action.name, status=status, steps=(log,)))


def order(client: httpx.Client) -> str:
    """One real job, finished."""
    form = {"actions": "wave", "platforms": "discord-emoji", "review": "auto", "title": "Bench"}
    files = {"picture": ("mascot.png", encode_png(draw_mascot(400)))}
    job = str(client.post("/api/jobs", data=form, files=files).json()["card"]["id"])
    while client.get(f"/api/jobs/{job}").json()["card"]["status"] != "done":
        time.sleep(1)
    return job


def clicks(client: httpx.Client, job: str) -> list[float]:
    """Seconds from a click to its mask, on frames that were prepared ahead."""
    bench = client.get(f"/api/jobs/{job}/actions/wave/bench").json()
    draw, times = random.Random(1), []
    for slot in bench["slots"][:6]:
        client.post("/api/sam/ahead", json={"job": job, "action": "wave", "frames": [slot["frame"]]})
        client.get(f"/api/jobs/{job}/actions/wave/cutouts/{slot['frame']}")
        time.sleep(1.5)
        made: list[dict[str, Any]] = []
        for _ in range(CLICKS // 6):
            made.append({"x": draw.uniform(140, 340), "y": draw.uniform(180, 420), "positive": draw.random() < 0.7})
            began = time.perf_counter()
            body = {"job": job, "action": "wave", "frame": slot["frame"], "clicks": made}
            client.post("/api/sam/predict", json=body).raise_for_status()
            times.append(time.perf_counter() - began)
    return times


def in_browser(job: str) -> tuple[float, list[float], float]:
    """Seconds until the first page can be used, seconds from clicks to masks, frames a second of scrolling."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 860})
        page.goto(f"http://127.0.0.1:{PORT}/archive")
        began = time.perf_counter()
        page.goto(f"http://127.0.0.1:{PORT}/")
        page.get_by_role("button", name="Choose a file").wait_for()
        usable = time.perf_counter() - began
        page.goto(f"http://127.0.0.1:{PORT}/jobs/{job}/refine/wave")
        page.locator(".strip .slot").first.wait_for()
        page.wait_for_timeout(6000)
        times = []
        for number in range(20):
            place = {"x": 150 + 9 * number, "y": 330}
            at = page.locator("pc-editor").evaluate("(e, p) => e.spot(p)", place)
            page.evaluate("document.querySelector('pc-refine').lastClickMs = 0")
            page.mouse.click(at["x"], at["y"])
            while not (spent := page.evaluate("document.querySelector('pc-refine').lastClickMs")):
                page.wait_for_timeout(10)
            times.append(spent / 1000)
            page.wait_for_timeout(600)
        page.goto(f"http://127.0.0.1:{PORT}/")
        page.get_by_role("button", name="Choose a file").wait_for()
        page.wait_for_timeout(12_000)
        shown = page.evaluate(
            """() => new Promise((done) => {
              let frames = 0; const began = performance.now();
              const step = () => {
                frames += 1; scrollBy(0, frames % 240 < 120 ? 6 : -6);
                if (performance.now() - began < 3000) requestAnimationFrame(step);
                else done(frames / 3);
              };
              requestAnimationFrame(step);
            })"""
        )
        browser.close()
    return usable, times, float(shown)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        archive = Archive(Store(str(home / "store")))
        fill(archive)
        process = serve(home, home / "store")
        try:
            client = httpx.Client(base_url=f"http://127.0.0.1:{PORT}", trust_env=False, timeout=300)
            began = time.perf_counter()
            client.get("/api/jobs")
            first = time.perf_counter() - began
            later = []
            for _ in range(20):
                began = time.perf_counter()
                client.get("/api/jobs?q=pack+19").raise_for_status()
                later.append(time.perf_counter() - began)
            size = memory_mb(process)
            job = order(client)
            times = clicks(client, job)
            rows = [
                ("archive of 2,000 jobs, first answer after the start", f"{first * 1000:.0f} ms"),
                ("archive of 2,000 jobs, then (median of 20)", f"{statistics.median(later) * 1000:.0f} ms"),
                ("process without a segment engine", f"{size:.0f} MB"),
                ("click to mask over HTTP, median", f"{statistics.median(times) * 1000:.0f} ms"),
                ("click to mask over HTTP, p95", f"{percentile(times, 0.95) * 1000:.0f} ms"),
                ("process with the segment engine", f"{memory_mb(process):.0f} MB"),
            ]
            if "--browser" in sys.argv:
                usable, shown, fps = in_browser(job)
                rows += [
                    ("first page can be used", f"{usable * 1000:.0f} ms"),
                    ("click to mask on the screen, p95", f"{percentile(shown, 0.95) * 1000:.0f} ms"),
                    ("scrolling past 24 playing tiles", f"{fps:.0f} fps"),
                ]
            for name, value in rows:
                print(f"{name:<55}{value:>12}")
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
