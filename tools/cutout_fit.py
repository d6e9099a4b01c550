"""The fitting of the rim model: a perceptron with two hidden layers, by Adam, in numpy alone.

It is told the eight symmetries of a block and its surroundings, so that up is not down's opposite by chance.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Indices = NDArray[np.intp]

LUMA_COLUMNS = [27, 28, 35, 36]
CHROMA_COLUMNS = [88, 89]
HUBER_DELTA = 0.03
"""Errors under this count by their square, larger ones by their size."""


def symmetries() -> list[tuple[Indices, Indices]]:
    """Return for each of the eight symmetries the order of the features, and of the block's pixels."""
    luma, chroma = np.arange(64).reshape(8, 8), 64 + np.arange(50).reshape(5, 5, 2)
    rest, pixels = np.arange(114, 118), np.arange(4).reshape(2, 2)
    found = []
    for swap in (False, True):
        for down in (1, -1):
            for right in (1, -1):
                y, c, p = luma[::down, ::right], chroma[::down, ::right], pixels[::down, ::right]
                if swap:
                    y, c, p = y.T, c.transpose(1, 0, 2), p.T
                found.append((np.concatenate([y.ravel(), c.ravel(), rest]), p.ravel()))
    return found


def targets(x: FloatArray, truth: FloatArray) -> FloatArray:
    """Return (n, 16) target outputs from features and (n, 4, 4) true alpha, Y, C1, C2 of the pixels."""
    own = np.concatenate([x[:, LUMA_COLUMNS, None], np.repeat(x[:, None, CHROMA_COLUMNS], 4, 1)], 2)
    return np.concatenate([truth[..., 0], (truth[..., 1:] - own).reshape(len(truth), 12)], 1)


def fit(
    features: NDArray[np.float16],
    truths: NDArray[np.float16],
    hidden: tuple[int, int] = (192, 96),
    epochs: float = 6,
    begin: list[FloatArray] | None = None,
    fastest: float = 3e-3,
    log: Callable[[str], None] = print,
) -> list[FloatArray]:
    """Return the layers' matrices, as `rim.predict` takes them.

    Arguments:
        features: (n, FEATURES), as `band.observe` gives them.
        truths: (n, 4, 4), see `wanted`.
        hidden: units of the two hidden layers.
        epochs: times that each sample is seen.
        begin: layers to go on from; None: random ones.
        fastest: the highest rate of learning.
        log: told of progress.
    """
    r = np.random.default_rng(1)
    held = max(1, len(features) // 50)
    n = len(features) - held

    def start(a: int, b: int, bias: bool, scale: float = 1.0) -> FloatArray:
        w = (r.normal(0, scale * np.sqrt(2 / a), (a, b))).astype(np.float32)
        return np.vstack([w, np.zeros((1, b), np.float32)]) if bias else w

    layers = begin or [
        start(features.shape[1], hidden[0], False),
        start(*hidden, True),
        start(hidden[1], 16, True, 0.1),
    ]
    first = [np.zeros_like(w) for w in layers]
    second = [np.zeros_like(w) for w in layers]
    weight = np.array([1.0] * 4 + [0.8] * 12, np.float32)
    turns, batch = symmetries(), 1024
    steps = int(n * epochs / batch)
    order, at, begun = r.permutation(n), 0, time.monotonic()

    def forward(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        one = np.maximum(x @ layers[0], 0)
        two = np.maximum(one @ layers[1][:-1] + layers[1][-1], 0)
        return one, two, two @ layers[2][:-1] + layers[2][-1]

    for step in range(1, steps + 1):
        if at + batch > n:
            order, at = r.permutation(n), 0
        picked = np.sort(order[at : at + batch])
        at += batch
        columns, pixels = turns[r.integers(8)]
        x = features[picked][:, columns].astype(np.float32)
        y = targets(x, truths[picked][:, pixels].astype(np.float32))
        one, two, out = forward(x)
        error = out - y
        alpha = y[:, :4]
        # Alpha is clipped afterwards: beyond 1 or below 0 is right where 1 or 0 is.
        error[:, :4][((out[:, :4] > 1) & (alpha > 0.999)) | ((out[:, :4] < 0) & (alpha < 0.001))] = 0
        slope = (error / np.sqrt(error * error + HUBER_DELTA**2) + error) * weight / len(x)
        back2 = (slope @ layers[2][:-1].T) * (two > 0)
        back1 = (back2 @ layers[1][:-1].T) * (one > 0)
        slopes = (x.T @ back1, np.vstack([one.T @ back2, back2.sum(0)]), np.vstack([two.T @ slope, slope.sum(0)]))
        rate = fastest * min(1, step / 200) * 0.5 * (1 + np.cos(np.pi * step / (steps + 1)))
        for k, g in enumerate(slopes):
            first[k] += 0.1 * (g - first[k])
            second[k] += 0.001 * (g * g - second[k])
            layers[k] -= rate * (first[k] / (1 - 0.9**step)) / (np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
        if step % 1000 == 0 or step == steps:
            x = features[n:].astype(np.float32)
            got, true = np.clip(forward(x)[2][:, :4], 0, 1), truths[n:, :, 0].astype(np.float32)
            off = float(np.abs(got - true).mean())
            log(f"{step}/{steps} {time.monotonic() - begun:.0f} s, held out: alpha off by {off:.4f}")
    return layers
