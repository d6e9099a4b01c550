"""Cuts a loose clip, or a folder of frames, out of its backdrop: every frame to a numbered RGBA PNG.

Streams: whatever the clip's length, a dozen frames are held at a time.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import Field

from popcon.engines import registry
from popcon.engines.base import Cutout, MatteClip, MatteEngine
from popcon.errors import BadClip, BadInput
from popcon.media.clips import clip
from popcon.media.pictures.picture import read_picture
from popcon.media.pictures.png import encode_png
from popcon.models.base import Model
from popcon.models.job import EngineChoice
from popcon.models.results import DOUBTFUL
from popcon.pixels import Rgb

CHUNK = 8
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

Frames = Callable[[], Iterator[Rgb]]
"""The frames from the start, each time it is called."""


class CutFrame(Model):
    """What is known of one frame that was cut out."""

    file: str
    doubt: float = Field(description="0: sure; 1: a person should look")
    reason: str = ""

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""
        return self.doubt >= DOUBTFUL


class CutClip(Model):
    """A clip that was cut out."""

    folder: str
    engine: str
    backdrop: str = Field(description="as measured, #rrggbb")
    frames: tuple[CutFrame, ...]
    notes: tuple[str, ...] = Field(default=(), description="what was missing or wrong in the clip's file")

    @property
    def doubtful(self) -> int:
        """Frames that a person should look at."""
        return sum(frame.doubtful for frame in self.frames)


def cut_out(
    source: Path,
    folder: Path,
    engine: EngineChoice,
    backdrop: str | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> CutClip:
    """Cut every frame out.

    Arguments:
        source: a clip, or a folder of pictures of one size that play in the order of their names.
        folder: gets 0001.png, 0002.png … and cutout.json, which holds the returned record.
        backdrop: #rrggbb; None: found in the frames.
        tell: called with the number of frames done so far.

    Raises:
        BadClip: there are no frames, or they cannot be read.
        BackdropNotFlat: the engine needs a flat backdrop; the message says what to use instead.
        BadInput: the folder cannot be written.
    """
    matte = registry.matte(engine)
    frames, notes = _frames_of(source)
    learned = matte.study(frames(), backdrop)
    made: list[CutFrame] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for cutout in _cutouts(matte, frames(), learned):
            name = f"{len(made) + 1:04d}.png"
            (folder / name).write_bytes(encode_png(cutout.rgba))
            made.append(CutFrame(file=name, doubt=cutout.doubt, reason=cutout.reason))
            tell(len(made))
        record = CutClip(
            folder=str(folder), engine=engine.name, backdrop=learned.backdrop, frames=tuple(made), notes=notes
        )
        (folder / "cutout.json").write_text(json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=1))
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror}); give another folder with --out.") from error
    return record


def _cutouts(matte: MatteEngine, frames: Iterator[Rgb], learned: MatteClip) -> Iterator[Cutout]:
    """Chunk by chunk, each with the frame before and the frame after it."""
    waiting: deque[Rgb] = deque()
    before: Rgb | None = None
    for frame in frames:
        waiting.append(frame)
        if len(waiting) > CHUNK:
            chunk = [waiting.popleft() for _ in range(CHUNK)]
            yield from matte.cut_out(chunk, learned, before, waiting[0])
            before = chunk[-1]
    if waiting:
        yield from matte.cut_out(list(waiting), learned, before, None)


def _frames_of(source: Path) -> tuple[Frames, tuple[str, ...]]:
    """Return the frames of a clip or folder, and what is wrong with the file."""
    if not source.exists():
        raise BadClip(f"There is no clip at {source}; give a video file, or a folder of frames.")
    if source.is_dir():
        files = sorted(path for path in source.iterdir() if path.suffix.lower() in PICTURES)
        if not files:
            raise BadClip(f"The folder {source} holds no frames; it needs numbered PNG files.")
        return (lambda: _pictures(files)), ()
    notes = clip.probe(source).notes
    return (lambda: clip.frames(source)), notes


def _pictures(files: list[Path]) -> Iterator[Rgb]:
    size: tuple[int, ...] | None = None
    for path in files:
        frame = read_picture(path, is_frame=True)[..., :3].copy()
        size = size or frame.shape
        if frame.shape != size:
            raise BadClip(
                f"{path.name} is {frame.shape[1]}x{frame.shape[0]} px, the first frame {size[1]}x{size[0]}; "
                "all frames need one size."
            )
        yield frame
