"""What commands cost in CPU seconds of all their processes, which a busy machine changes less than wall time.

    python -m benchmarks.speed [--quick]

Start-up of commands that compute nothing; `popcon export` of one LINE sticker beside a plain converter in the same run;
a frame through the keyed matte; `popcon demo` with a fresh home, and again when all is found, with the requests and
Prefect task runs that it makes; what the same pixels cost in one plain loop; 24 actions for two platforms.
--quick leaves the demo and all after it out. All of it takes about four minutes of CPU time.
docs/performance.md keeps the history.
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

PLAIN_SAVE = """
import io
from PIL import Image
def saved(frames):
    for colours in (256, 192, 128, 96, 64, 48, 32):
        shown = [frame.quantize(colours, Image.Quantize.FASTOCTREE).convert("RGBA") for frame in frames]
        out = io.BytesIO()
        shown[0].save(out, "PNG", save_all=True, append_images=shown[1:], duration=100, loop=2, optimize=True)
        if out.tell() <= 300_000:
            break
    return out.getvalue()
"""
"""Reduces colours and compresses as well as zlib can, with fewer colours until 300 KB are kept."""

PLAIN_CONVERTER = (
    PLAIN_SAVE
    + """
import sys
from pathlib import Path
frames = [Image.open(path).convert("RGBA").resize((270, 270)) for path in sorted(Path(sys.argv[1]).glob("*.png"))][:20]
Path(sys.argv[2]).write_bytes(saved(frames))
"""
)
"""Resizes the frames of a folder and saves them."""

PLAIN_DEMO = (
    PLAIN_SAVE
    + """
from popcon.actions.presets import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.engine import perform
from popcon.engines.puppet.render import Painter
from popcon.media.mascot import draw_mascot
character = draw_mascot()
for name in ("wave", "laugh", "cry", "love", "angry", "jump", "sleep", "cheer"):
    preset = PRESETS[name]
    shot = Shot(action=name, motion=preset.motion, effect=preset.effect, backdrop="#00d45a")
    painter = Painter(*perform(character, shot), shot.backdrop)
    frames = [Image.fromarray(painter.paint_alone(n)).resize((180, 180)) for n in range(0, 60, 3)]
    saved(frames)
"""
)
"""Draws what the demo shows, and saves it: no store, no choice of frames, no search for the truest file, no check."""

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


def _cutout() -> None:
    """A frame through the keyed matte, the clip's study included, as `popcon cutout` has it."""
    from popcon.actions.presets import PRESETS
    from popcon.engines import registry
    from popcon.engines.base import Shot
    from popcon.engines.puppet.engine import PuppetImage, frames
    from popcon.media.mascot import draw_mascot
    from popcon.models.job import EngineChoice

    preset, character = PRESETS["cry"], draw_mascot()
    shot = Shot(action="cry", motion=preset.motion, effect=preset.effect, backdrop="#00d45a")
    clip = list(frames(PuppetImage().draw_start_frame(character, shot)[0], character, shot))[::3]
    engine = registry.matte(EngineChoice(name="keyed"))
    began = time.process_time()
    engine.cut_out(clip, engine.study(clip, shot.backdrop))
    each = (time.process_time() - began) / len(clip)
    _row("a frame of 480x480 through the keyed matte, CPU ms", f"{each * 1000:.1f}", "at most 12")


def _demo(folder: Path, environment: dict[str, str]) -> None:
    demo = ["demo", "--out", str(folder / "demo"), "--json"]
    cost = measured([sys.executable, "-c", COUNTED, *demo], environment)
    requests, runs = cost.said.rsplit("counted ", 1)[1].split()
    _row("popcon demo, CPU s", f"{cost.cpu:.1f}", "at most 45")
    _row("popcon demo, wall s", f"{cost.wall:.1f}", "at most 30")
    _row("popcon demo, requests and task runs", f"{requests}, {runs}")
    again = [measured([sys.executable, "-m", "ui.cli", *demo], environment) for _ in range(3)]
    _row("popcon demo again, all found, CPU s", f"{min(cost.cpu for cost in again):.1f}")
    _row("popcon demo again, all found, wall s", f"{min(cost.wall for cost in again):.1f}", "at most 2")
    plain = measured([sys.executable, "-c", PLAIN_DEMO], environment)
    _row("the limit: the demo's pixels in one plain loop, CPU s", f"{plain.cpu:.1f}")


def _all_actions(folder: Path, environment: dict[str, str]) -> None:
    from popcon.media.mascot import draw_mascot
    from popcon.media.pictures.png import encode_png

    picture = folder / "mascot.png"
    picture.write_bytes(encode_png(draw_mascot()))
    make = [sys.executable, "-m", "ui.cli", "make", str(picture), "--actions", "all", "--platforms"]
    cost = measured([*make, "line-emoji,telegram-sticker", "--out", str(folder / "all"), "--json"], environment)
    _row("24 actions for LINE emoji and Telegram, CPU s", f"{cost.cpu:.1f}")
    _row("24 actions for LINE emoji and Telegram, wall s", f"{cost.wall:.1f}", "at most 75")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave the demo and what follows out")
    options = parser.parse_args()
    _row("load of the machine at the start (1 min), cores", f"{os.getloadavg()[0]:.1f}, {os.cpu_count()}")
    with tempfile.TemporaryDirectory(prefix="popcon-speed-") as name:
        folder = Path(name)
        environment = os.environ | {"POPCON_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
        environment.pop("PREFECT_API_URL", None)
        # As after an installation, modules are compiled once.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
        _start_up(environment)
        _export(folder, environment)
        _cutout()
        if not options.quick:
            _demo(folder, environment)
            _all_actions(folder, environment)


if __name__ == "__main__":
    main()
