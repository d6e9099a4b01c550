"""The protocol of each kind of engine. Arrays are C-contiguous numpy arrays, colours sRGB, 0-255 unless said.

An engine is a plain object: cheap to make (weights load on first use) and usable from several threads. What only
some engines can do is in `popcon.engines.abilities`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from pydantic import Field

from popcon.models.base import Model
from popcon.models.engine import EngineFingerprint
from popcon.models.refinement import Click as Click
from popcon.models.rig import CharacterRig
from popcon.models.stage import Body
from popcon.pixels import Mask as Mask
from popcon.pixels import Rgb as Rgb
from popcon.pixels import Rgba as Rgba


class Shot(Model):
    """What an image or video engine is asked to show: one action of one character."""

    action: str = Field(description="name of the action: a preset's, or the custom one's")
    motion: str = Field(description="motion prompt: body mechanics, in words")
    effect: str = Field(default="", description="effect prompt: sparks, tears, notes …; empty for none")
    backdrop: str = Field(pattern=r"^#[0-9a-f]{6}$", description="the flat colour behind the character")
    seed: int = Field(default=0, ge=0)
    side: int = Field(default=480, ge=64, le=2048, multiple_of=2, description="width and height of frames, px")
    rig: CharacterRig | None = Field(
        default=None,
        exclude_if=lambda rig: rig is None,  # so that what was made without one keeps its key
        description="the character's parts as a person corrected them; None: the engine finds them",
    )


class PictureReport(Model, arbitrary_types_allowed=True):
    """What an image engine reports about a picture that it drew, beside the pixels."""

    body: Body | None = Field(default=None, description="where the character stands; None: measure it")
    notes: tuple[str, ...] = Field(default=(), description="what a person should know, such as the motion chosen")
    problems: tuple[str, ...] = Field(default=(), description="what a check of the picture found wrong with it")
    alone: Rgba | None = Field(
        default=None, description="the same picture without its backdrop, where the engine knows its alpha"
    )
    price: Decimal = Field(default=Decimal(0), ge=0, description="what the vendor charged for the picture")
    currency: str = Field(default="CNY", description="of the price")


class GeneratedClip(Model):
    """A clip that a video engine made."""

    data: bytes = Field(description="an H.264 MP4 whose first frame is the start frame")
    price: Decimal = Field(default=Decimal(0), ge=0, description="what the vendor charged for the clip")
    currency: str = Field(default="CNY", description="of the price")


class ImageEngine(Protocol):
    """Draws stills."""

    fingerprint: EngineFingerprint

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        """Draw the still that the action begins from: (shot.side, shot.side, 3), on the shot's backdrop."""
        ...


class VideoEngine(Protocol):
    """Makes a clip from a start frame."""

    fingerprint: EngineFingerprint

    def animate(self, start_frame: Rgb, character: Rgba, shot: Shot) -> GeneratedClip:
        """Make a clip that begins with `start_frame`. `character` is the trimmed character alone."""
        ...


class MatteClip(Model):
    """What a matte engine learned from a whole clip and needs for each chunk of its frames. JSON, so that chunks
    may run on different machines."""

    backdrop: str = Field(pattern=r"^#[0-9a-f]{6}$", description="the backdrop as it was measured in the clip")
    details: Mapping[str, Any] = Field(default_factory=dict, description="engine-specific, JSON-able")


class Cutout(Model, arbitrary_types_allowed=True):
    """A frame without its backdrop."""

    rgba: Rgba = Field(description="(h, w, 4) uint8, straight alpha; colour is zero where alpha is zero")
    doubt: float = Field(ge=0, le=1, description="0: sure; 1: a person should look")
    reason: str = Field(default="", description="what the doubt is about, for a person")


class MatteEngine(Protocol):
    """Takes the backdrop away."""

    fingerprint: EngineFingerprint

    def study(self, frames: Iterable[Rgb], backdrop: str | None) -> MatteClip:
        """Learn from a clip what its chunks need. Streams: holds only a few frames.

        Arguments:
            frames: all frames of the clip, in order, or a sample of them.
            backdrop: the colour that the backdrop should have; None: find it.

        Raises:
            BackdropNotFlat: the engine needs a flat backdrop and there is none.
        """
        ...

    def cut_out(
        self,
        frames: Sequence[Rgb],
        clip: MatteClip,
        before: Rgb | None = None,
        after: Rgb | None = None,
    ) -> list[Cutout]:
        """Cut out a chunk of neighbouring frames.

        Arguments:
            frames: the chunk, in order; every frame (h, w, 3) uint8.
            clip: what `study` learned.
            before, after: the frames next to the chunk in the clip, so that chunks meet without a step;
                None at the clip's ends.
        """
        ...


class SubjectEngine(Protocol):
    """Finds the character in a picture with scenery."""

    @property
    def fingerprint(self) -> EngineFingerprint:
        """What identifies the engine; weights that are not here have a name that is no digest."""
        ...

    def find(self, picture: Rgb) -> Mask:
        """Return how likely each pixel belongs to the character, 0 to 255, (h, w) as the picture.

        Raises:
            EngineUnavailable: the weights are missing or damaged.
        """
        ...


class SegmentEngine(Protocol):
    """Turns clicks into masks."""

    fingerprint: EngineFingerprint

    def encode(self, picture: Rgb) -> Any:
        """Prepare a picture for clicks. The result is opaque and may be kept and used from several threads."""
        ...

    def predict(self, embedding: Any, clicks: Sequence[Click], previous: Mask | None = None) -> tuple[Mask, float]:
        """Return the mask that the clicks ask for, at the picture's size, and a score from 0 to 1.

        Raises:
            BadInput: no clicks, or a click outside the picture.
        """
        ...

    def track(
        self, frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]
    ) -> Iterator[tuple[int, Mask, float]]:
        """Carry clicks or corrected masks on some frames to all frames, both ways.

        Yields (frame number, mask, score) as they become known; closing the iterator cancels. A frame whose
        prompt is a mask is yielded exactly as given.
        """
        ...
