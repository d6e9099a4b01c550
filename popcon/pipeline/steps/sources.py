"""Reads the frames of a source: a picture, a clip, or a clip whose engine draws each frame where it is shown.

PyAV is imported where a clip is decoded: what only looks results up starts without it.
"""

from collections.abc import Iterable, Sequence

from popcon.engines import registry
from popcon.engines.abilities import DrawsFrames
from popcon.engines.base import Shot
from popcon.errors import BadClip
from popcon.media.clips.exact import DRAWING, FRAMES, box_of, exact_frames_at
from popcon.media.pictures.png import decode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.job import EngineChoice
from popcon.models.results import Box
from popcon.pixels import Rgb, Rgba
from popcon.stickers.pixels import on_colour, parse_colour
from popcon.storage.store import Store

_AT_ONCE = 8
"""Frames that are drawn before the first is handed on, where all are wanted."""


class Drawing(Model):
    """What the frames of a clip are drawn from; the clip carries it."""

    engine: EngineChoice
    start_frame: ArtifactRef
    alone: ArtifactRef | None
    character: ArtifactRef
    body: Box
    shot: Shot

    def frames(self, indices: Sequence[int], store: Store) -> list[Rgba]:
        """Draw frames without their backdrop, in the order asked for.

        Raises:
            BadClip: the engine draws no single frames.
        """
        engine = registry.video(self.engine, None)
        if not isinstance(engine, DrawsFrames):
            raise BadClip(f"The engine {self.engine.name} draws no single frames; make the take again.")
        picture = decode_png(store.get(self.character), 4)
        character = picture[self.body.top : self.body.bottom, self.body.left : self.body.right].copy()
        alone = None if self.alone is None else decode_png(store.get(self.alone), 4)
        start_frame = decode_png(store.get(self.start_frame), 3)
        return engine.draw_frames(start_frame, character, self.shot, alone, indices)


def drawing_in(data: bytes) -> Drawing | None:
    """Return what the frames of a clip are drawn from; None: they are in the clip."""
    box = box_of(data, DRAWING)
    return None if box is None else Drawing.model_validate_json(box)


def is_picture(source: ArtifactRef) -> bool:
    return source.media_type.startswith("image/")


def is_drawn(source: ArtifactRef, store: Store) -> bool:
    """Return whether the frames of a source are drawn one by one."""
    return not is_picture(source) and drawing_in(store.get(source)) is not None


def knows_alpha(source: ArtifactRef, store: Store) -> bool:
    """Return whether the frames of a source are known with their alpha, so that none has to be cut out."""
    if is_picture(source):
        return False
    data = store.get(source)
    return box_of(data, DRAWING) is not None or box_of(data, FRAMES) is not None


def exact_frames(source: ArtifactRef, indices: Sequence[int], store: Store) -> list[Rgba]:
    """Return frames of a clip that knows their alpha, (h, w, 4), in the order asked for.

    Raises:
        BadClip: it does not, or has no such frame.
    """
    data = store.get(source)
    drawing = drawing_in(data)
    return exact_frames_at(data, indices) if drawing is None else drawing.frames(_within(data, indices), store)


def frames_at(source: ArtifactRef, indices: Sequence[int], store: Store) -> list[Rgb]:
    """Return frames of a source on their backdrop, (h, w, 3), in the order asked for; a picture has frame 0 alone.

    Raises:
        BadClip: it has no such frame.
    """
    data = store.get(source)
    if is_picture(source):
        return [decode_png(data, 3)] * len(indices)
    drawing = drawing_in(data)
    if drawing is None:
        from popcon.media.clips import clip

        return clip.frames_at(data, indices)
    made = drawing.frames(_within(data, indices), store)
    return [on_colour(frame, parse_colour(drawing.shot.backdrop)) for frame in made]


def all_frames(source: ArtifactRef, store: Store) -> Iterable[Rgb]:
    """Yield all frames of a source on their backdrop, (h, w, 3)."""
    from popcon.media.clips import clip

    if is_picture(source):
        yield from frames_at(source, [0], store)
    elif not is_drawn(source, store):
        yield from clip.frames(store.get(source))
    else:
        count = clip.probe(store.get(source)).frames
        for first in range(0, count, _AT_ONCE):
            yield from frames_at(source, range(first, min(count, first + _AT_ONCE)), store)


def _within(data: bytes, indices: Sequence[int]) -> Sequence[int]:
    from popcon.media.clips import clip

    count = clip.probe(data).frames
    for index in indices:
        if not 0 <= index < count:
            raise BadClip(f"The clip has no frame {index}; it has {count}, numbered from 0.")
    return indices
