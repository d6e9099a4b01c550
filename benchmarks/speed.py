"""What commands cost in CPU seconds of all their processes, which a busy machine changes less than wall time.

    python -m benchmarks.speed [--quick]

Start-up of commands that compute nothing; `popcon export` of one LINE sticker beside a plain converter in the same run;
`popcon demo` with a fresh home, and again when all is found, with the requests and Prefect task runs that it makes.
--quick leaves the demo out. docs/performance.md keeps the history.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

STARTED = (("--help",), ("jobs",), ("platforms",), ("models", "list"), ("export", "--help"))
START_LIMIT_S = 0.6

PLAIN_CONVERTER = """
import io, sys
from pathlib import Path
from PIL import Image
frames = [Image.open(path).convert("RGBA").resize((270, 270)) for path in sorted(Path(sys.argv[1]).glob("*.png"))][:20]
for colours in (256, 192, 128, 96, 64, 48, 32):
    shown = [frame.quantize(colours, Image.Quantize.FASTOCTREE).convert("RGBA") for frame in frames]
    out = io.BytesIO()
    shown[0].save(out, "PNG", save_all=True, append_images=shown[1:], duration=100, loop=2, optimize=True)
    if out.tell() <= 300_000:
        break
Path(sys.argv[2]).write_bytes(out.getvalue())
"""
"""Resizes, reduces colours and compresses as well as zlib can, with fewer colours until 300 KB are kept."""

COUNTED = """
import sys, httpx
from ui.cli import main
counted = {"requests": 0, "task runs": 0}
def count(place, name, what):
    work = getattr(place, name)
    def wrapped(*given, **more):
        counted[what] += 1
        return work(*given, **more)
    setattr(place, name, wrapped)
count(httpx.Client, "send", "requests")
count(httpx.AsyncClient, "send", "requests")
import prefect.task_engine as engine
count(engine.SyncTaskRunEngine, "call_task_fn", "task runs")
try:
    main(sys.argv[1:])
finally:
    sys.stderr.write(f"counted {counted['requests']} {counted['task runs']}\\n")
"""


class Cost(NamedTuple):
    """What a command took.

    Attributes:
        cpu: seconds, user and system, of the process and all that it waited for.
        wall: seconds.
        said: its stderr.
    """

    cpu: float
    wall: float
    said: str


def measured(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a command, which has to succeed."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if process.returncode:
        sys.exit(f"{' '.join(command[2:5])} failed: {text[-600:]}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, text)


def _row(what: str, value: str, limit: str = "") -> None:
    print(f"{what:<58} {value:>14} {limit}", flush=True)


def _start_up(environment: dict[str, str]) -> None:
    for arguments in STARTED:
        command = [sys.executable, "-m", "ui.cli", *arguments]
        least = min(measured(command, environment).cpu for _ in range(3))
        _row(f"popcon {' '.join(arguments)}, CPU s", f"{least:.2f}", f"at most {START_LIMIT_S}")


def _export(folder: Path, environment: dict[str, str]) -> None:
    from benchmarks.sticker_clips import CLIPS
    from popcon.media.pictures.png import encode_png

    frames = folder / "frames"
    frames.mkdir()
    for number, frame in enumerate(CLIPS["cat"]()):
        (frames / f"{number:03}.png").write_bytes(encode_png(frame))
    export = [sys.executable, "-m", "ui.cli", "export", str(frames), "--platform", "line-sticker", "--fps", "12"]
    ours = min(measured([*export, "--out", str(folder / "ours.png")], environment).cpu for _ in range(3))
    plain = [sys.executable, "-c", PLAIN_CONVERTER, str(frames), str(folder / "plain.png")]
    theirs = min(measured(plain, environment).cpu for _ in range(3))
    _row("popcon export, one LINE sticker, CPU s", f"{ours:.2f}")
    _row("a plain converter of the same frames, CPU s", f"{theirs:.2f}")
    _row("ours to theirs", f"{ours / theirs:.2f}")


def _demo(folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", COUNTED, "demo", "--out", str(folder / "demo"), "--json"]
    for what in ("popcon demo", "popcon demo again, all found"):
        cost = measured(command, environment)
        requests, runs = cost.said.rsplit("counted ", 1)[1].split()
        _row(f"{what}, CPU s", f"{cost.cpu:.1f}")
        _row(f"{what}, wall s", f"{cost.wall:.1f}")
        _row(f"{what}, requests and task runs", f"{requests}, {runs}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave the demo out")
    options = parser.parse_args()
    _row("load of the machine at the start (1 min), cores", f"{os.getloadavg()[0]:.1f}, {os.cpu_count()}")
    with tempfile.TemporaryDirectory(prefix="popcon-speed-") as name:
        folder = Path(name)
        environment = os.environ | {"POPCON_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
        environment.pop("PREFECT_API_URL", None)
        _start_up(environment)
        _export(folder, environment)
        if not options.quick:
            _demo(folder, environment)


if __name__ == "__main__":
    main()
