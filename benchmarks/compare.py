"""Stickers of PopCon beside those of a widely used converter, measured on the same clips at the same limits.

    python -m benchmarks.compare [--converter PATH] [--clips cat,fox,panda,plush] [--platforms line-sticker,…]

PATH is the program `sticker-convert` (of the package of that name), best in a virtual environment of its own. Without
it only PopCon's rows are printed; nothing is quoted from elsewhere. The converter is given each clip as a lossless
APNG and its own preset for the platform, once for all clips, in one process. Both are compared with the source: bytes,
SSIM as the product reports it (luma, three backdrops), seconds of one core (the converter's start included), and what
`popcon check` says. SSIM is taken at the platform's canvas: that is the size at which a smaller file would be shown.
"""

import argparse
import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import cv2
from PIL import Image, ImageSequence

cv2.setNumThreads(1)

from benchmarks.sticker_clips import CLIPS, DURATIONS  # noqa: E402
from popcon.check.checker import check_bytes  # noqa: E402
from popcon.pixels import Rgba  # noqa: E402
from popcon.platforms import SUFFIXES, Format, platform  # noqa: E402
from popcon.stickers import apng, webm  # noqa: E402
from popcon.stickers.decode import decode  # noqa: E402
from popcon.stickers.fidelity import similarity  # noqa: E402
from popcon.stickers.fit import encode_sticker  # noqa: E402
from popcon.stickers.place import resample  # noqa: E402

PRESETS: dict[str, tuple[str, Format]] = {
    "line-sticker": ("line", "apng"),
    "telegram-sticker": ("telegram", "webm"),
    "whatsapp": ("whatsapp", "webp"),
    "discord-emoji": ("discord_emoji", "gif"),
}
"""The converter's preset for a platform, and the format that both make."""
ORDINARY = ("cat", "fox", "panda", "plush")


class Row(NamedTuple):
    """One file."""

    bytes: int
    ssim: float
    frames: int
    verdict: str


def row(data: bytes, format: Format, name: str, source: list[Rgba]) -> Row:
    """Measure a file against the source, both as large as the canvas."""
    shown, durations = read(data, format)
    canvas = platform(name).canvas
    seen = [framed(frames, canvas.width, canvas.height) for frames in (source, shown)]
    broken = check_bytes(data, f"01{SUFFIXES[format]}", name).failures
    said = f"no: {', '.join(sorted({each.rule for each in broken}))}" if broken else "yes"
    return Row(len(data), similarity(seen[0], DURATIONS, seen[1], durations), len(shown), said)


def read(data: bytes, format: Format) -> tuple[list[Rgba], list[int]]:
    """A file's frames and how long each shows, ms."""
    if format == "webm":
        shown, starts = webm.decode(data)
        ends = [*starts[1:], starts[-1] + round(starts[-1] / max(1, len(starts) - 1))]
        return shown, [end - start for start, end in zip(starts, ends, strict=True)]
    with Image.open(io.BytesIO(data)) as picture:
        durations = []
        for frame in ImageSequence.Iterator(picture):
            frame.load()
            durations.append(round(frame.info.get("duration", 100)))
    shown = decode(data, format)
    return shown, durations[-len(shown) :]


def framed(source: list[Rgba], width: int, height: int) -> list[Rgba]:
    """All of the frames, as large as they fit, in the middle."""
    down, across = source[0].shape[:2]
    scale = min(width / across, height / down)
    x, y = (across - width / scale) / 2, (down - height / scale) / 2
    return resample(source, (x, y, x + width / scale, y + height / scale), width, height)


def ours(name: str, format: Format, clips: dict[str, list[Rgba]]) -> tuple[dict[str, Row], float]:
    """Rows by clip, and seconds of one core."""
    rules = platform(name)
    made, start = {}, time.process_time()
    for clip, source in clips.items():
        placed = framed(source, rules.canvas.width, rules.canvas.height)
        made[clip] = encode_sticker(placed, DURATIONS, rules, format=format).data
    seconds = time.process_time() - start
    return {clip: row(data, format, name, clips[clip]) for clip, data in made.items()}, seconds


def theirs(converter: Path, name: str, clips: dict[str, list[Rgba]], scratch: Path) -> tuple[dict[str, Row], float]:
    """Rows by clip, and seconds of one core; the program's own start counts little against what it does."""
    preset, format = PRESETS[name]
    into = scratch / name
    into.mkdir()
    asked = ["--no-confirm", "--no-progress", "--processes", "1", "--preset", preset]
    command = [str(converter), *asked, "--input-dir", str(scratch / "in"), "--output-dir", str(into)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = {}
    for clip, source in clips.items():
        found = [path for path in sorted(into.rglob(f"{clip}.*")) if path.suffix != ".txt"]
        if not found:
            print(f"{converter.name} made no {name} of {clip} (exit code {done.returncode})", file=sys.stderr)
            continue
        rows[clip] = row(found[0].read_bytes(), format, name, source)
    return rows, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--converter", type=Path, help="path of the program sticker-convert")
    parser.add_argument("--clips", default=",".join(ORDINARY), help=f"of {', '.join(CLIPS)}")
    parser.add_argument("--platforms", default=",".join(PRESETS), help="names, with commas")
    asked = parser.parse_args()
    if asked.converter and not asked.converter.is_file():
        parser.error(f"there is no program at {asked.converter}")
    clips = {name: CLIPS[name]() for name in asked.clips.split(",")}
    print("| platform | by | kB | SSIM | frames | CPU s a file | accepted |\n|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        (scratch / "in").mkdir()
        for clip, source in clips.items():
            (scratch / "in" / f"{clip}.png").write_bytes(apng.encode_truecolour(source, DURATIONS, 0))
        for name in asked.platforms.split(","):
            sides = {"PopCon": ours(name, PRESETS[name][1], clips)}
            if asked.converter:
                sides[asked.converter.name] = theirs(asked.converter, name, clips, scratch)
            for by, (rows, seconds) in sides.items():
                if rows:
                    report(name, by, list(rows.values()), seconds / len(rows))
    return 0


def report(name: str, by: str, rows: list[Row], seconds: float) -> None:
    """One line of the table: the range over all clips."""
    limit = platform(name).max_bytes or 0
    kilobytes = [each.bytes / 1000 for each in rows]
    scores = [each.ssim for each in rows]
    frames = sorted({each.frames for each in rows})
    verdicts = sorted({each.verdict for each in rows})
    print(
        f"| {name} {PRESETS[name][1]} | {by} | {min(kilobytes):.0f}–{max(kilobytes):.0f} of {limit / 1000:.0f} | "
        f"{min(scores):.4f}–{max(scores):.4f} | {', '.join(map(str, frames))} | {seconds:.2f} | "
        f"{'; '.join(verdicts)} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
