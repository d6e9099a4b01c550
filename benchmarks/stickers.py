"""What stickers cost and how true they are, at each platform's limits.

    python -m benchmarks.stickers [--platforms line-emoji,whatsapp] [--clips cat,fox] [--check] [--keep DIR]

Each clip of `sticker_clips` (24 frames, 2 s, 480x480 RGBA) becomes a sticker of each platform. Printed: bytes of the
limit; SSIM to all source frames at canvas size over three backdrops, on luma as the product reports it and as the mean
of R, G and B; CPU seconds of one core, place and encode; what the independent check says; and whether
other programs (ffmpeg, gifsicle, webpmux), where they are installed, read as many frames. --check exits 1 on a miss of
a target; clips whose softness one bit of alpha or 20 frames cannot show ("hard") are reported, not held to it.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

cv2.setNumThreads(1)

from benchmarks.sticker_clips import CLIPS, DURATIONS  # noqa: E402
from popcon.check.checker import check_bytes  # noqa: E402
from popcon.models.stage import standing  # noqa: E402
from popcon.pixels import Rgba  # noqa: E402
from popcon.platforms import PLATFORMS, SUFFIXES, Format, platform  # noqa: E402
from popcon.stickers.decode import decode  # noqa: E402
from popcon.stickers.fidelity import BACKDROPS, Original, middles, shown_at, similarity  # noqa: E402
from popcon.stickers.fit import encode_sticker  # noqa: E402
from popcon.stickers.place import place  # noqa: E402

CASES: list[tuple[str, Format | None]] = [
    *((name, None) for name in PLATFORMS),
    ("discord-emoji", "gif"),
    ("discord-sticker", "gif"),
    ("imessage", "gif"),
]
SSIM = {
    "line-emoji": 0.97, "line-sticker": 0.97, "telegram-sticker": 0.985, "telegram-emoji": 0.985, "whatsapp": 0.985,
    "discord-emoji": 0.985, "discord-emoji gif": 0.91, "slack": 0.91,
}  # fmt: skip
CPU = {
    "line-emoji": 1.5, "line-sticker": 1.5, "telegram-sticker": 4.1, "telegram-emoji": 4.1, "whatsapp": 2.35,
    "discord-emoji": 0.35, "discord-emoji gif": 0.35, "slack": 0.35,
}  # fmt: skip
"""A fifth of what a widely used converter takes (of one core), and for LINE at most 1.5 s."""
HARD = {"glow", "flame"}


def colour_similarity(original: list[Rgba], shown: list[Rgba], durations: list[int]) -> float:
    """SSIM as the mean over R, G and B of composites: stricter on chroma than the product's own measure."""
    scores = []
    for k, moment in zip(range(len(original)), middles(DURATIONS), strict=True):
        other = shown[shown_at(durations, [moment * sum(durations) / sum(DURATIONS)])[0]]
        for backdrop in BACKDROPS:
            a, b = (_over(frame, backdrop) for frame in (original[k], other))
            mean_a, mean_b = _blur(a), _blur(b)
            var_a, var_b = _blur(a * a) - mean_a**2, _blur(b * b) - mean_b**2
            both = _blur(a * b) - mean_a * mean_b
            top = (2 * mean_a * mean_b + 6.5025) * (2 * both + 58.5225)
            scores.append(float((top / ((mean_a**2 + mean_b**2 + 6.5025) * (var_a + var_b + 58.5225))).mean()))
    return float(np.mean(scores))


def _over(frame: Rgba, backdrop: tuple[int, int, int]) -> NDArray[np.float32]:
    alpha = frame[..., 3:].astype(np.float32) / 255
    return np.asarray(frame[..., :3] * alpha + np.array(backdrop, np.float32) * (1 - alpha), np.float32)


def _blur(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5), np.float32)


def others_count(path: Path, kind: Format) -> int | None:
    """How many frames another program finds; None where it is not installed."""
    if kind == "gif" and shutil.which("gifsicle"):
        text = subprocess.run(["gifsicle", "--info", str(path)], capture_output=True, text=True, check=True).stdout
        return text.count("+ image #")
    if kind == "webp" and shutil.which("webpmux"):
        text = subprocess.run(["webpmux", "-info", str(path)], capture_output=True, text=True, check=True).stdout
        return int(text.split("Number of frames:")[1].split()[0])
    if kind in ("apng", "webm") and shutil.which("ffprobe"):
        asked = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "json"]
        text = subprocess.run([*asked, str(path)], capture_output=True, text=True, check=True).stdout
        return int(json.loads(text)["streams"][0]["nb_read_frames"])
    return None


def others_alpha(path: Path, size: tuple[int, int], shown: list[Rgba]) -> float | None:
    """The largest difference of alpha to what ffmpeg's libvpx reads from a WebM; None where there is no ffmpeg."""
    if not shutil.which("ffmpeg"):
        return None
    asked = ["ffmpeg", "-v", "error", "-c:v", "libvpx-vp9", "-i", str(path), "-vf", "alphaextract", "-pix_fmt", "gray"]
    raw = subprocess.run([*asked, "-f", "rawvideo", "-"], capture_output=True, check=True).stdout
    planes = np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0])
    return float(max(np.abs(a.astype(int) - b[..., 3]).max() for a, b in zip(planes, shown, strict=False)))


def measure(name: str, kind: Format | None, clip: str, frames: list[Rgba], folder: Path) -> tuple[str, list[str]]:
    """One line of the table, and what it misses."""
    asked = platform(name)
    label = f"{name} {kind}" if kind else name
    start = time.process_time()
    placed = place(frames, standing(300, 340), asked.canvas.width, asked.canvas.height)
    encoded = encode_sticker(placed, DURATIONS, asked, format=kind)
    seconds = time.process_time() - start
    report = encoded.report
    path = folder / f"{name}-{clip}{SUFFIXES[report.format]}"
    path.write_bytes(encoded.data)
    shown = decode(encoded.data, report.format)
    luma = similarity(Original(placed), DURATIONS, shown, report.durations_ms)
    colour = colour_similarity(placed, shown, list(report.durations_ms))
    checked = check_bytes(encoded.data, path.name, name)
    misses = [f"{each.rule}: {each.found}" for each in checked.failures]
    if (count := others_count(path, report.format)) not in (None, report.frames):
        misses.append(f"another program reads {count} frames of {report.frames}")
    if report.format == "webm" and (others_alpha(path, (report.width, report.height), shown) or 0) > 2:
        misses.append("another program reads a different alpha")
    if clip not in HARD and luma < SSIM.get(label, 0):
        misses.append(f"SSIM {luma:.4f} under {SSIM[label]}")
    if clip not in HARD and seconds > CPU.get(label, 99):
        misses.append(f"{seconds:.2f} s over {CPU[label]}")
    limit = f"{report.limit / 1000:.0f}" if report.limit else "-"
    line = (
        f"| {label} | {clip}{' (hard)' if clip in HARD else ''} | {report.width}x{report.height} | {report.frames} in "
        f"{report.play_ms} ms x{report.plays or '∞'} | {report.setting} | {report.bytes / 1000:.0f}/{limit} | "
        f"{luma:.4f} | {colour:.4f} | {seconds:.2f} | {len(report.trials)} | {'; '.join(misses) or 'yes'} |"
    )
    return line, misses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platforms", help="names, with commas; all by default")
    parser.add_argument("--clips", help=f"of {', '.join(CLIPS)}; all by default")
    parser.add_argument("--check", action="store_true", help="exit 1 if a target is missed")
    parser.add_argument("--keep", type=Path, help="leave the stickers in this folder")
    asked = parser.parse_args()
    wanted = set(asked.platforms.split(",")) if asked.platforms else set(PLATFORMS)
    clips = {name: CLIPS[name]() for name in (asked.clips.split(",") if asked.clips else CLIPS)}
    print(
        "| platform | clip | canvas | frames | setting | kB | SSIM | SSIM RGB | CPU s | codings | accepted, on target |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    missed = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name, kind in CASES:
            if name in wanted:
                for clip, frames in clips.items():
                    line, misses = measure(name, kind, clip, frames, folder)
                    print(line, flush=True)
                    missed += bool(misses)
    print(f"\n{missed} missed" if missed else "\nnothing missed")
    return 1 if asked.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
