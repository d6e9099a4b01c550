"""Turns a folder of numbered RGBA frames into one sticker for one platform."""

from pathlib import Path

from popcon.check.checker import check_bytes
from popcon.check.report import CheckReport
from popcon.engines.base import Rgba
from popcon.errors import BadClip, BadInput
from popcon.images.picture import read_picture
from popcon.models.base import Model
from popcon.platforms import platform
from popcon.platforms.model import Format
from popcon.stickers.fit import encode_sticker
from popcon.stickers.place import fit_to_canvas
from popcon.stickers.report import StickerReport

MOST_FRAMES = 1800
"""A minute at 30 frames a second; stickers last seconds."""


class Exported(Model):
    """A sticker that was written, and how it stands with its platform's rules."""

    file: str
    sticker: StickerReport
    check: CheckReport


def export(
    folder: Path, platform_name: str, fps: float, out: Path, format: Format | None = None, matte: str | None = None
) -> Exported:
    """Encode the frames within the platform's limits, and check the file.

    Arguments:
        folder: RGBA pictures of one size, played in the order of their names.
        fps: frames a second of the source, over 0.
        format: one that the platform accepts; None: its default.
        matte: #rrggbb that the soft rims of a GIF are mixed with.

    Raises:
        BadInput: no frames, mixed sizes, a frame rate or platform that does not exist, an unwritable place.
        DoesNotFit: no permitted means brings the frames under a limit.
    """
    rules = platform(platform_name)
    if not 0 < fps <= 240:
        raise BadInput(f"--fps is {fps:g}; give the frames a second of the source, over 0 and at most 240.")
    frames = _read(folder)
    if rules.canvas.kind != "free":
        frames = fit_to_canvas(frames, rules.canvas.width, rules.canvas.height)
    ends = [round((at + 1) * 1000 / fps) for at in range(len(frames))]
    durations = [max(1, end - start) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    made = encode_sticker(frames, durations, rules, format=format, matte=matte)
    temporary = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(made.data)
        temporary.replace(out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written ({error.strerror}); give another place with --out.") from error
    return Exported(file=str(out), sticker=made.report, check=check_bytes(made.data, out.name, platform_name))


def _read(folder: Path) -> list[Rgba]:
    if not folder.is_dir():
        raise BadClip(f"{folder} is not a folder; export wants a folder of numbered RGBA PNG files.")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".png")
    if not files:
        raise BadClip(f"The folder {folder} holds no frames; export wants numbered RGBA PNG files.")
    if len(files) > MOST_FRAMES:
        raise BadClip(f"The folder {folder} holds {len(files)} frames; a sticker is made of at most {MOST_FRAMES}.")
    return [_frame(path) for path in files]


def _frame(path: Path) -> Rgba:
    return read_picture(path, is_frame=True)
