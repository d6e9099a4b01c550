"""What whole jobs cost: wall time, memory, and the share of time that is not computing pixels.

    python -m benchmarks.jobs [--quick] [--check]

Runs `popcon demo` twice (the second time all is cached) and a job of all 24 actions, each in a process of its own with
a store of its own. The Prefect database is made before, as an installation does once. "not computing" is the share of
the wall time in which no step was at work on either core: start-up, orchestration, waiting. --quick leaves the 24
actions out; --check exits 1 when a figure is missed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIMITS = {"demo": 60.0, "demo again": 6.0, "24 actions": 150.0}
MOST_MEMORY_MB = 1000.0
MOST_IDLE = 0.25


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave the 24 actions out")
    parser.add_argument("--check", action="store_true", help="exit 1 when a figure is missed")
    parser.add_argument("--measured", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measured:
        _measured(Path(arguments.measured[0]), arguments.measured[1:])
        return
    with tempfile.TemporaryDirectory(prefix="popcon-bench-") as folder:
        rows = _rows(Path(folder), quick=arguments.quick)
    print(f"{'job':<12} {'wall s':>8} {'limit':>7} {'steps':>6} {'cached':>7} {'largest MB':>11} {'not computing':>14}")
    for row in rows:
        print(
            f"{row['name']:<12} {row['wall']:>8.1f} {LIMITS[row['name']]:>7.0f} {row['steps']:>6} {row['cached']:>7} "
            f"{row['memory_mb']:>11.0f} {row['idle']:>14.0%}"
        )
    missed = [
        row["name"]
        for row in rows
        if row["wall"] > LIMITS[row["name"]]
        or row["memory_mb"] > MOST_MEMORY_MB
        or (row["name"] == "24 actions" and row["idle"] > MOST_IDLE)
    ]
    if missed:
        print(f"missed: {', '.join(missed)}")
    if arguments.check and missed:
        sys.exit(1)


def _rows(folder: Path, quick: bool) -> list[dict[str, Any]]:
    from popcon.media.mascot import draw_mascot
    from popcon.media.pictures.png import encode_png

    picture = folder / "mascot.png"
    picture.write_bytes(encode_png(draw_mascot(768)))
    warm = folder / "warm"
    _run(folder, warm, ["make", str(picture), "--actions", "wave", "--out", str(folder / "warm-out"), "--json"])
    demo = ["demo", "--out", str(folder / "demo"), "--json"]
    store = folder / "demo-store"
    rows = [
        {"name": "demo"} | _run(folder, store, demo),
        {"name": "demo again"} | _run(folder, store, demo),
    ]
    if not quick:
        everything = ["make", str(picture), "--actions", "all", "--out", str(folder / "all"), "--json"]
        rows.append({"name": "24 actions"} | _run(folder, folder / "all-store", everything))
    return rows


def _run(folder: Path, store: Path, arguments: list[str]) -> dict[str, Any]:
    measures = folder / "measures.json"
    environment = os.environ | {"POPCON_HOME": str(folder / "home"), "POPCON_STORE": str(store)}
    environment.pop("PREFECT_API_URL", None)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs", "--measured", str(measures), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.monotonic() - began
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed: {done.stderr}")
    told, measured = json.loads(done.stdout), json.loads(measures.read_text())
    return {
        "wall": wall,
        "steps": told["steps"],
        "cached": told["cached"],
        "memory_mb": measured["memory_mb"],
        "idle": 1 - measured["busy_s"] / wall,
    }


def _measured(result: Path, arguments: list[str]) -> None:
    """Run `popcon` in this process and note when steps are at work."""
    from ui.cli import main as popcon

    spans: list[tuple[float, float]] = []
    _watch_steps(spans)
    try:
        popcon(arguments)
    finally:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        busy, until = 0.0, 0.0
        for start, stop in sorted(spans):
            busy += max(0.0, stop - max(start, until))
            until = max(until, stop)
        result.write_text(json.dumps({"memory_mb": max(own, children) / 1000, "busy_s": busy}))


def _watch_steps(spans: list[tuple[float, float]]) -> None:
    """Wrap the work of each step, before the tasks take hold of it."""
    import importlib

    for module, name in (
        ("character", "prepare_character"),
        ("start_frame", "draw_start_frame"),
        ("take", "make_take"),
        ("frames", "choose_frames"),
        ("cutouts", "study_clip"),
        ("cutouts", "cut_out_chunk"),
        ("sticker", "make_sticker_file"),
        ("pack", "build_pack_file"),
        ("pack", "draw_sheet"),
    ):
        place = importlib.import_module(f"popcon.pipeline.steps.{module}")
        setattr(place, name, _timed(getattr(place, name), spans))


def _timed(work: Any, spans: list[tuple[float, float]]) -> Any:
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        try:
            return work(*args, **kwargs)
        finally:
            spans.append((began, time.monotonic()))

    return timed


if __name__ == "__main__":
    main()
