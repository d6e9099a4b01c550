"""What the modules of a face share: a texture, and where a feature is in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Texture = NDArray[np.uint8]
"""(h, w, 4) uint8, premultiplied."""


@dataclass(frozen=True)
class Spot:
    """A feature of the face in a texture, px.

    Attributes:
        x, y, rx, ry: its middle and half-axes.
    """

    x: float
    y: float
    rx: float
    ry: float
