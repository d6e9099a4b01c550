"""Turns a folder of numbered RGBA frames into one sticker for one platform."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from popcon.check.checker import check_bytes
from popcon.check.report import CheckReport
from popcon.errors import BadClip, BadInput
from popcon.media.pictures.picture import read_picture
from popcon.models.base import Model
from popcon.pixels import Rgba
from popcon.platforms import SUFFIXES, platform
from popcon.platforms.model import Format, Platform
from popcon.stickers.fit import encode_sticker
from popcon.stickers.place import fit_to_canvas, visible_box
from popcon.stickers.report import StickerReport

MOST_FRAMES = 600
"""20 s at 30 frames a second; stickers last seconds."""
MOST_PIXELS = 400_000_000
"""Of all frames together, which are held at once: 1.6 GB."""
MIN_FPS, MAX_FPS = 0.1, 240.0

_ALSO: dict[Format, tuple[str, ...]] = {"apng": (".apng",)}


class Exported(Model):
    """A sticker that was written, and how it stands with its platform's rules."""

    file: str
    source_ms: int
    sticker: StickerReport
    check: CheckReport


def export(
    folder: Path, platform_name: str, fps: float, out: Path, format: Format | None = None, matte: str | None = None
) -> Exported:
    """Encode the frames within the platform's limits, and check the file. Nothing is written that fails the check.

    Where the platform has a canvas of its own, what shows in any frame is made as large as it can be on it, and
    centred; `gif`, `apng` and `webp` keep the frames' own size.

    Arguments:
        folder: RGBA pictures of one size, played in the order of their numbers.
        fps: frames a second of the source, 0.1 to 240.
        format: one that the platform accepts; None: its default.
        matte: #rrggbb that the soft rims of a GIF are mixed with.

    Raises:
        BadInput: no frames, mixed sizes, a frame rate or platform that does not exist, an unwritable place, frames
            of which no file can be made that the platform takes.
        DoesNotFit: no permitted means brings the frames under a limit.
    """
    rules = platform(platform_name)
    if not MIN_FPS <= fps <= MAX_FPS:
        raise BadInput(f"--fps is {fps:g}; give the frames a second of the source, {MIN_FPS:g} to {MAX_FPS:g}.")
    chosen = format or rules.default_format
    _refuse_format(rules, chosen, matte)
    _refuse_place(out, folder, rules, chosen)
    frames = _read(folder)
    if rules.needs_alpha and min(int(frame[..., 3].min()) for frame in frames) == 255:
        raise BadInput(
            f"The frames in {folder} are opaque, and {rules.title} asks for a transparent background; "
            "cut them out first with popcon cutout."
        )
    if rules.canvas.kind == "free":
        visible_box(frames)  # refuses frames that show nothing
    else:
        frames = fit_to_canvas(frames, rules.canvas.width, rules.canvas.height)
    ends = [round((at + 1) * 1000 / fps) for at in range(len(frames))]
    durations = [max(1, end - start) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    made = encode_sticker(frames, durations, rules, format=chosen, matte=matte)
    check = check_bytes(made.data, out.name, platform_name)
    if broken := check.failures:
        said = "; ".join(f"{each.says} (found: {each.found})" for each in broken)
        raise BadInput(f"A sticker of these frames breaks the rules of {rules.title}: {said}.")
    _write(made.data, out)
    return Exported(file=str(out), source_ms=sum(durations), sticker=made.report, check=check)


def _refuse_format(rules: Platform, format: Format, matte: str | None) -> None:
    if format not in rules.formats:
        raise BadInput(f"{rules.title} does not take {format}; choose from {', '.join(rules.formats)}.")
    if matte is not None and format != "gif":
        hint = "; ask for it with --format gif" if "gif" in rules.formats else ""
        raise BadInput(f"A matte colour is for GIF, and this {rules.title} becomes {format}{hint}.")


def _refuse_place(out: Path, folder: Path, rules: Platform, format: Format) -> None:
    """Say what is wrong with where the sticker shall go before any work is done for it."""
    suffixes = (SUFFIXES[format], *(_ALSO.get(format, ()) if rules.canvas.kind == "free" else ()))
    if out.suffix.lower() not in suffixes:
        raise BadInput(f"{out} is to be {format} for {rules.title}; give it a name that ends in {suffixes[0]}.")
    if out.is_dir():
        raise BadInput(f"{out} cannot be written (it is a folder); give the name of a file with --out.")
    above = next(parent for parent in out.absolute().parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        reason = "may not be written to" if above.is_dir() else "is not a folder"
        raise BadInput(f"{out} cannot be written ({above} {reason}); give another place with --out.")
    if out.suffix.lower() == ".png" and out.resolve().parent == folder.resolve():
        raise BadInput(f"{out} would lie among the frames in {folder}; give another place with --out.")


def _write(data: bytes, out: Path) -> None:
    temporary = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(data)
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"{out} cannot be written ({error.strerror}); give another place with --out.") from error


def _read(folder: Path) -> list[Rgba]:
    try:
        files = [path for path in folder.iterdir() if path.suffix.lower() == ".png"]
    except NotADirectoryError as error:
        raise BadClip(f"{folder} is not a folder; export wants a folder of numbered RGBA PNG files.") from error
    except FileNotFoundError as error:
        raise BadClip(f"There is no folder {folder}; export wants a folder of numbered RGBA PNG files.") from error
    except OSError as error:
        raise BadClip(f"The folder {folder} cannot be read ({error.strerror}); make it readable.") from error
    if not files:
        raise BadClip(f"The folder {folder} holds no frames; export wants numbered RGBA PNG files.")
    if len(files) > MOST_FRAMES:
        raise BadClip(f"The folder {folder} holds {len(files)} frames; a sticker is made of at most {MOST_FRAMES}.")
    return _frames(sorted(files, key=_in_number))


def _frames(files: Sequence[Path]) -> list[Rgba]:
    frames: list[Rgba] = []
    for path in files:
        frame = read_picture(path, is_frame=True)
        height, width = frame.shape[:2]
        if frames and frame.shape != frames[0].shape:
            raise BadClip(
                f"{path.name} is {width}x{height} px, {files[0].name} {frames[0].shape[1]}x{frames[0].shape[0]}; "
                "all frames of a sticker need one size."
            )
        if height * width * len(files) > MOST_PIXELS:
            raise BadClip(
                f"{len(files)} frames of {width}x{height} are {height * width * len(files) / 1e6:.0f} megapixels; "
                f"up to {MOST_PIXELS // 1_000_000} are accepted, so make them smaller or fewer."
            )
        frames.append(frame)
    return frames


def _in_number(path: Path) -> tuple[list[str | int], str]:
    """Frame 2 before frame 10, whether or not there are zeros in front."""
    # Split at groups of digits, so text and numbers alternate and never meet in a comparison.
    parts = re.split(r"([0-9]+)", path.stem)
    return [int(part) if at % 2 else part for at, part in enumerate(parts)], path.name
