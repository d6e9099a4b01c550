"""The rim model: from what is seen around a 2x2 block to the alpha and the true colour of its four pixels.

A small perceptron, fitted to drawn shapes that went through H.264 (benchmarks/cutout_train.py). It stands in for
the inverse of "mix with the backdrop, smear colour over 2x2 pixels, quantise": where brightness separates the
character from its backdrop it reads brightness at full resolution, elsewhere it shares a block's colour out among
its pixels, and it knows how much of a thin line the codec swallows. Everything is relative to the backdrop, and
colour is turned so that the backdrop's lies along one axis: no backdrop is special.
"""

from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

OUTPUTS = 16
"""Alpha of the four pixels; how far their true Y, C1 and C2 lie from what was seen."""

Kind = Literal["saturated", "neutral", "blurred"]


@cache
def load(kind: Kind) -> tuple[FloatArray, ...]:
    """Return the layers' matrices, for backdrops with a colour or without, and for motion blur before a colour.

    The last row of all but the first is the bias.
    """
    with np.load(Path(__file__).with_name(f"rim_{kind}.npz")) as file:
        return tuple(file[f"layer{i}"].astype(np.float32) for i in range(len(file.files)))


_AT_ONCE = 512  # samples whose hidden values stay in the cache


def predict(features: FloatArray, layers: tuple[FloatArray, ...]) -> FloatArray:
    """(n, OUTPUTS) from (n, FEATURES), whose last column is 1."""
    result = np.empty((len(features), OUTPUTS), np.float32)
    for start in range(0, len(features), _AT_ONCE):
        x = features[start : start + _AT_ONCE] @ layers[0]
        np.maximum(x, 0, out=x)
        for w in layers[1:-1]:
            x = x @ w[:-1]
            x += w[-1]
            np.maximum(x, 0, out=x)
        np.matmul(x, layers[-1][:-1], out=result[start : start + _AT_ONCE])
    result += layers[-1][-1]
    return result
