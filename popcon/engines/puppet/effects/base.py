"""What an effect is: a pure function of the loop's phase and of where the character's parts are just then."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
"""(x, y) in frame pixels, origin at the top left."""

Layer = NDArray[np.float32]
"""(side, side, 4) float32, premultiplied sRGB + alpha, all 0-1."""


@dataclass(frozen=True)
class Anchors:
    """Where the character's parts are in this frame, after its motion. A guess from its outline, in frame pixels.

    Attributes:
        box: left, top, right, bottom of the character.
        crown: top of the head.
        face: centre of the face.
        eyes: left and right eye (as seen by the viewer).
        mouth: centre of the mouth.
        hands: left and right edge of the body at arm height.
        feet: middle of the ground contact.
        scale: height of the character in pixels: the size unit for effects.
        profile: -1 where it looks to the left and both eyes are the one that is seen, 1 to the right, else 0.
        facing: -1 where it goes to the left, 1 to the right, 0 where nobody knows.
        skin: sRGB colour of hands that are drawn for it; None: that of emoji.
    """

    box: tuple[float, float, float, float]
    crown: Point
    face: Point
    eyes: tuple[Point, Point]
    mouth: Point
    hands: tuple[Point, Point]
    feet: Point
    scale: float
    profile: int = 0
    facing: int = 0
    skin: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Layers:
    """What an effect adds to one frame; None where it adds nothing there."""

    behind: Layer | None = None
    front: Layer | None = None


@dataclass(frozen=True)
class Effect:
    """An effect that loops: `draw(t)` equals `draw(t + 1)`.

    Attributes:
        name: what presets and prompts call it ("hearts").
        words: words in a person's effect prompt that ask for it.
        colours: every sRGB colour it paints with, for choosing a backdrop far from all of them.
        draw: (t in [0, 1), anchors, side, seed) -> layers. Deterministic.
    """

    name: str
    words: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]
    draw: Callable[[float, Anchors, int, int], Layers]
