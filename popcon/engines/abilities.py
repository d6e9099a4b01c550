"""What only some engines can do: protocols that are asked for with `isinstance`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from popcon.engines.base import GeneratedClip, PictureReport, Shot
from popcon.engines.offer import Offer
from popcon.models.action import Action
from popcon.models.refinement import Click
from popcon.models.rig import CharacterRig, LimbName, Point, RigLimb
from popcon.pixels import Mask, Rgb, Rgba


@runtime_checkable
class DrawsCharacter(Protocol):
    """An image engine that draws a character from words."""

    def draw_character(
        self, description: str, backdrop: str, seed: int = 0, reference: Rgba | None = None
    ) -> tuple[Rgb, PictureReport]:
        """Draw a whole character on a flat backdrop.

        Arguments:
            description: the character in words.
            backdrop: its colour as `#rrggbb`.
            reference: a picture whose character and style are followed.
        """
        ...


@runtime_checkable
class RedrawsFrame(Protocol):
    """An image engine that changes one frame as a prompt asks."""

    def redraw_frame(self, frame: Rgb, prompt: str, backdrop: str, seed: int = 0) -> tuple[Rgb, PictureReport]:
        """Draw the changed frame, as large as `frame`, on the same backdrop (`#rrggbb`)."""
        ...


@runtime_checkable
class PaintsEffects(Protocol):
    """An image engine that knows the colours in which it paints an action's effects."""

    def effect_colours(self, action: Action) -> tuple[tuple[int, int, int], ...]:
        """Return every sRGB colour of the action's effects, 0 to 255, each once."""
        ...


@runtime_checkable
class HoldsSheet(Protocol):
    """An image engine that tells how many start frames it draws in one picture."""

    def sheet_cells(self, side: int) -> int:
        """Return how many start frames of `side` px one picture may hold; below 2: each is drawn alone."""
        ...


@runtime_checkable
class DrawsSheet(Protocol):
    """An image engine that draws the start frames of several actions in one picture."""

    def draw_sheet(self, character: Rgba, shots: Sequence[Shot]) -> tuple[Rgb, PictureReport]:
        """Draw a grid of start frames, row by row, as `popcon.media.pictures.pose_sheet.Grid.of` lays it out.

        Arguments:
            character: trimmed.
            shots: of the actions; all with the same backdrop and side.
        """
        ...


@runtime_checkable
class Priced(Protocol):
    """An engine whose results cost money."""

    def price(self) -> Decimal:
        """CNY that one result (a start frame, a redrawn frame, a clip) costs at most."""
        ...


@runtime_checkable
class ListsOffers(Protocol):
    """An engine that knows several ways to buy its results."""

    def offers(self) -> tuple[Offer, ...]:
        """Return all of them, the cheapest first; the one that it uses is marked."""
        ...


@runtime_checkable
class PricesCharacter(Protocol):
    """An image engine whose characters from words cost money."""

    def price_of_character(self, reference: bool) -> Decimal:
        """CNY that one character costs at most; with `reference` one that follows a picture."""
        ...


@runtime_checkable
class ChecksReadiness(Protocol):
    """An engine that needs something before it can begin: a key, weights, packages."""

    def check_ready(self) -> None:
        """See that everything is here. Loads nothing and asks no service.

        Raises:
            BadInput: a setting or a key is missing or wrong.
            EngineUnavailable: a package or a file is missing or damaged.
        """
        ...


@runtime_checkable
class SlowOnCpu(Protocol):
    """An engine that is meant for a GPU, and slow where there is none."""

    def seconds_on_cpu(self) -> float | None:
        """Seconds that a frame takes where only a CPU computes; None: a GPU does. Loads the model.

        Raises:
            EngineUnavailable: the model cannot be loaded here.
        """
        ...


@runtime_checkable
class LoadsModel(Protocol):
    """An engine whose weights can be loaded ahead of the first use."""

    def model(self) -> object:
        """Load the weights now.

        Raises:
            EngineUnavailable: the model cannot be loaded here.
        """
        ...


@runtime_checkable
class TakesPrior(Protocol):
    """A segment engine that takes a hint where the character is: clicks then need to say less."""

    def encode_with_prior(self, picture: Rgb, likely: Mask | None) -> Any:
        """Prepare a picture for clicks, as `encode` does.

        Arguments:
            likely: (h, w), how likely each pixel belongs to the character, 0 to 255; None: nothing is known.
        """
        ...

    def encode(self, picture: Rgb) -> Any:
        """See `SegmentEngine.encode`."""
        ...

    def predict(self, embedding: Any, clicks: Sequence[Click], previous: Mask | None = None) -> tuple[Mask, float]:
        """See `SegmentEngine.predict`."""
        ...


@runtime_checkable
class ActsByRig(Protocol):
    """An engine that moves the parts of a character, finds them by itself, and takes a person's word for them."""

    def find_rig(self, character: Rgba, size: tuple[int, int], box: tuple[float, float, float, float]) -> CharacterRig:
        """Find a character's parts.

        Arguments:
            character: trimmed.
            size: width and height of the picture that the character was cut out of, px.
            box: left, top, right, bottom of the character in that picture, px.
        """
        ...

    def mark_limb(
        self,
        character: Rgba,
        box: tuple[float, float, float, float],
        name: LimbName,
        joint: Point,
        tip: Point,
        mask: Mask | None = None,
    ) -> RigLimb:
        """Find the outline of a limb by its joint and its tip, px of the picture.

        Arguments:
            mask: (h, w) uint8, as large as the character, where a segment engine has found the limb.

        Raises:
            BadInput: a point is not on the character, or no limb lies between them.
        """
        ...


@runtime_checkable
class DrawsFrames(Protocol):
    """A video engine that draws each frame by itself, with its alpha: only those that are shown, and none is keyed."""

    def preview(self, start_frame: Rgb, character: Rgba, shot: Shot, alone: Rgba | None = None) -> GeneratedClip:
        """Make a clip to watch, as `animate` does but smaller.

        Arguments:
            alone: the start frame without its backdrop, (side, side, 4), where its alpha is known.
        """
        ...

    def draw_frames(
        self, start_frame: Rgb, character: Rgba, shot: Shot, alone: Rgba | None, indices: Sequence[int]
    ) -> list[Rgba]:
        """Draw frames of the clip: (shot.side, shot.side, 4) uint8 each, straight alpha.

        Arguments:
            alone: as for `preview`.
            indices: their numbers, counted from 0.
        """
        ...
