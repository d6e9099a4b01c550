"""Cuts given pictures free for the character page as the character step will, and applies a person's touch-up.

Pictures are looked at with at most `MAX_SIDE` px a side; the step itself looks at more.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from PIL import Image

from popcon import naming
from popcon.editing.apply import apply_refinement
from popcon.editing.refinements import check_limits
from popcon.editing.strokes import apply_strokes
from popcon.editing.verdicts import stored_picture
from popcon.engines import registry
from popcon.engines.abilities import TakesPrior
from popcon.errors import BadInput
from popcon.jobs.engine_sets import chosen_subject
from popcon.jobs.rigs import parsed_rig, picture_size
from popcon.media.pictures.character import drawn_squares
from popcon.media.pictures.cut_free import Asked, Freed, cut_free
from popcon.media.pictures.picture import load_picture, reduction
from popcon.media.pictures.pixel_art import enlarged, is_pixel_art, on_squares
from popcon.models.job import EngineChoice
from popcon.models.refinement import Click, Refinement, Stroke
from popcon.models.rig import CharacterRig
from popcon.pipeline.in_process import LockedCache, SingleFlightCache
from popcon.pixels import Mask, Rgb, Rgba
from popcon.storage.store import Store
from ui.web.uploads import put_picture

MAX_SIDE = 1024
"""Largest side in pixels at which a picture is touched up; a character is never larger."""

Background = Literal["auto", "keep", "remove", "clicks"]
"""How a picture is cut free: by the first way that applies, not at all, off its flat colour, or by clicks alone."""

_KEEP: dict[str, bool | None] = {"auto": None, "keep": True, "remove": False, "clicks": None}


class Cutting(NamedTuple):
    """How a picture is to be cut free.

    Attributes:
        whiten: whether the paper within a drawing becomes white.
    """

    background: Background = "auto"
    whiten: bool = False


class _Decoded(NamedTuple):
    """A picture as it is touched up.

    Attributes:
        pixels: (h, w, 4), at most `MAX_SIDE` px a side; of enlarged pixel art one px for each of its squares.
        scale: px of the picture as it was given for one px of `pixels`.
    """

    pixels: Rgba
    scale: float


def _decode(data: bytes) -> _Decoded:
    pixels = load_picture(data, "The picture", enough_px=MAX_SIDE)
    longest = max(pixels.shape[:2])
    square = drawn_squares(pixels)
    if square > 1:
        pixels = np.ascontiguousarray(pixels[::square, ::square])
    elif longest > MAX_SIDE:
        small = Image.fromarray(pixels)
        small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
        pixels = np.ascontiguousarray(np.array(small))
    return _Decoded(pixels, float(reduction(data, MAX_SIDE) * longest / max(pixels.shape[:2])))


class Characters:
    """The pictures that orders are about just now: pixels, masks and embeddings are computed once.

    Arguments:
        store: holds the pictures.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pictures, self._cuts = LockedCache(16), LockedCache(16)  # up to 4 MB each
        self._likely, self._embeddings = SingleFlightCache(16), SingleFlightCache(6)
        self._sizes = LockedCache(64)
        self._engine = registry.segment(EngineChoice(name="graph"))

    def pixels(self, picture: str) -> Rgba:
        """Return a picture by its hash, (h, w, 4) with at most `MAX_SIDE` px a side.

        Raises:
            BadInput: the store holds no such picture.
        """
        return self._decoded(picture).pixels

    def add(self, data: bytes) -> str:
        """Store an uploaded picture and return its hash. It is decoded once: to check it, and to show it.

        Raises:
            BadPicture: it is none.
        """
        decoded = _decode(data)
        kept = put_picture(self._store, data).sha256
        self._pictures.get(kept, lambda: decoded)
        return kept

    def clicks_as_given(self, picture: str, clicks: Sequence[Click]) -> tuple[Click, ...]:
        """Clicks on `pixels` as clicks on the picture as it was given.

        Raises:
            BadInput: one is outside, or all say what does not belong to the character.
        """
        height, width = self.pixels(picture).shape[:2]
        for click in clicks:
            if not (0 <= click.x < width and 0 <= click.y < height):
                raise BadInput(f"clicks: {click.x:g}, {click.y:g} is outside of the picture, {width}x{height} px.")
        if clicks and not any(click.positive for click in clicks):
            raise BadInput("clicks: at least one has to be on the character.")
        scale = self.scale(picture)
        return tuple(each.model_copy(update={"x": each.x * scale, "y": each.y * scale}) for each in clicks)

    def scale(self, picture: str) -> float:
        """Return how many px of the picture as it was given one px of `pixels` stands for."""
        return self._decoded(picture).scale

    def size(self, picture: str) -> tuple[int, int]:
        """Width and height of the picture as it was given, px."""
        found: tuple[int, int] = self._sizes.get(picture, lambda: picture_size(self._data(picture), "The picture"))
        return found

    def rig(self, picture: str, rig: str) -> CharacterRig:
        """Return a kept rig by its hash.

        Raises:
            BadInput: the store holds no such rig, or it is of another picture.
        """
        data = self._store.read(naming.artifact(rig))
        if data is None:
            raise BadInput("The rig is not there; POST /api/pictures/{picture}/rig keeps one.")
        return parsed_rig(data, self.size(picture))

    def _decoded(self, picture: str) -> "_Decoded":
        found: _Decoded = self._pictures.get(picture, lambda: _decode(self._data(picture)))
        return found

    def cut(self, picture: str, cutting: Cutting, clicks: tuple[Click, ...] = ()) -> Freed:
        """Return the character of a picture, as large as `pixels`.

        Arguments:
            clicks: what it is, where it is cut free by clicks alone; before the first one all of it is shown.

        Raises:
            BadPicture: the picture shows nothing but its background.
        """
        if cutting.background == "clicks":
            return self._by_clicks(picture, clicks)

        def free() -> Freed:
            pixels = self.pixels(picture)
            large, side = enlarged(pixels) if is_pixel_art(pixels) else (pixels, 1)
            asked = Asked(keep=_KEEP[cutting.background], whiten=cutting.whiten)
            subject = chosen_subject()
            made = cut_free(large, asked, _Found(self, picture, subject) if subject else None)
            whole = on_squares(made.rgba, side) if side > 1 else made.rgba
            return made._replace(rgba=np.ascontiguousarray(whole[::side, ::side]))

        found: Freed = self._cuts.get((picture, cutting), free)
        return found

    def touched_up(
        self, picture: str, cutting: Cutting, clicks: tuple[Click, ...], strokes: tuple[Stroke, ...]
    ) -> Rgba:
        """Return the character with what a person changed, as large as `pixels`.

        Clicks mend what the machine cut out; where it kept all, they choose the character.
        """
        check_limits(Refinement(clicks=clicks, strokes=strokes))
        pixels = self.pixels(picture)
        rgb = np.ascontiguousarray(pixels[..., :3])
        base = self.cut(picture, cutting)
        if clicks and base.way == "kept":
            made = apply_strokes(rgb, self._by_clicks(picture, clicks).rgba, strokes)
        else:
            engine: Any = _Encoded(self, picture)
            made = apply_refinement(rgb, base.rgba, Refinement(clicks=clicks, strokes=strokes), engine, None)
        # Half transparent pixels would make pixel art a picture that is too small.
        return on_squares(made, 1) if is_pixel_art(pixels) else made

    def predict(self, picture: str, clicks: Sequence[Click], previous: Mask | None = None) -> tuple[Mask, float]:
        """Return the mask that clicks ask for; the first one selects what stands out, see `TakesPrior`."""
        return self._engine.predict(self.embedding(picture), clicks, previous)

    def embedding(self, picture: str) -> Any:
        """Return a picture prepared for clicks."""

        def encode() -> Any:
            rgb = np.ascontiguousarray(self.pixels(picture)[..., :3])
            if isinstance(self._engine, TakesPrior):
                subject = chosen_subject()
                return self._engine.encode_with_prior(rgb, self.likely(picture, rgb, subject) if subject else None)
            return self._engine.encode(rgb)

        return self._embeddings.get(picture, encode)

    def likely(self, picture: str, rgb: Rgb, subject: EngineChoice) -> Mask:
        """Return where a subject engine sees a character, (h, w) as large as `rgb`."""
        found: Mask = self._likely.get((picture, rgb.shape), lambda: registry.subject(subject).find(rgb))
        return found

    def _by_clicks(self, picture: str, clicks: tuple[Click, ...]) -> Freed:
        pixels = self.pixels(picture)
        if not clicks:
            return Freed(pixels, "kept", ("Click on the character.",))
        return cut_free(pixels, Asked(clicks=clicks), None, lambda *_: self.predict(picture, clicks)[0])

    def _data(self, picture: str) -> bytes:
        return self._store.get(stored_picture(self._store, picture))


class _Found(NamedTuple):
    """The subject engine, asked once for each picture. See `FindsSubject`."""

    characters: Characters
    picture: str
    subject: EngineChoice

    def find(self, picture: Rgb) -> Mask:
        return self.characters.likely(self.picture, picture, self.subject)


class _Encoded(NamedTuple):
    """A segment engine that has seen the picture already. See `SegmentEngine`."""

    characters: Characters
    picture: str

    def encode(self, picture: Rgb) -> Any:
        return None

    def predict(self, embedding: Any, clicks: Sequence[Click], previous: Mask | None = None) -> tuple[Mask, float]:
        return self.characters.predict(self.picture, clicks, previous)
