"""The flat backdrop of a clip: its colour, how it drifts over the frame, how noisy it is, and whether it is flat.

Other engines may use this as evidence too: `estimate_backdrop` raises BackdropNotFlat, `Backdrop.gap` measures how far
a frame's pixels lie from the backdrop, and `Backdrop.details` and `Backdrop.restore` carry it through JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.exposure import border_pixels, measure_exposure
from popcon.engines.matte.planes import replicated
from popcon.errors import BackdropNotFlat, BadClip

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

NEAR = 14
"""Levels in any channel within which a border pixel counts as the backdrop."""

FLAT_SHARE = 0.4
"""Least share of a clip's border that has to be the backdrop: a character may cover the rest."""

HINT_REACH = 60
"""Levels by which a clip's backdrop may differ from the colour that it was asked to have."""

_SAMPLES = 24
_ADVICE = "give a clip on one flat colour, or use the engine `birefnet`, which needs none"


@dataclass(frozen=True)
class Backdrop:
    """A flat colour with a slow drift.

    Attributes:
        coefficients: (6, 3), RGB levels as a polynomial of position: 1, x, y, x², xy, y² with x, y in -1 to 1.
        noise: levels that empty pixels stay within, nearly all of the time.
        dx, dy, shared: how the codec's colour blocks lie (see `planes.replicated`).
    """

    coefficients: FloatArray
    noise: float
    dx: int = 0
    dy: int = 0
    shared: bool = True

    @property
    def level(self) -> FloatArray:
        """RGB levels in the middle of the frame, (3,) float32."""
        return np.asarray(self.coefficients[0], np.float32)

    @property
    def hexadecimal(self) -> str:
        r, g, b = (int(v) for v in np.clip(np.round(self.level), 0, 255))
        return f"#{r:02x}{g:02x}{b:02x}"

    @property
    def saturated(self) -> bool:
        """Whether its colour, and not only its brightness, sets it apart."""
        return float(np.ptp(self.level)) > 60

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """RGB levels at positions in -1 to 1, (…, 3)."""
        return np.asarray(_terms(x, y) @ self.coefficients, np.float32)

    def picture(self, height: int, width: int) -> Bytes:
        """Return the empty backdrop, (height, width, 3)."""
        if not np.any(np.abs(self.coefficients[1:]) > 0.25):
            return np.full((height, width, 3), np.clip(np.round(self.level), 0, 255), np.uint8)
        y, x = np.meshgrid(_axis(height), _axis(width), indexing="ij")
        return np.clip(np.round(self.at(x, y)), 0, 255).astype(np.uint8)

    def gap(self, frame: Bytes) -> Bytes:
        """Largest channel difference from the backdrop at each pixel, (h, w) uint8 levels."""
        apart = cv2.absdiff(frame, self.picture(*frame.shape[:2]))
        return np.asarray(apart.max(2), np.uint8)

    def shifted(self, shift: FloatArray) -> "Backdrop":
        """This backdrop in another colour.

        Arguments:
            shift: (3,) RGB levels to add.
        """
        coefficients = self.coefficients.copy()
        coefficients[0] += shift
        return replace(self, coefficients=coefficients)

    def details(self) -> dict[str, Any]:
        return {
            "coefficients": [[round(float(v), 4) for v in row] for row in self.coefficients],
            "noise": round(self.noise, 3),
            "grid": [self.dx, self.dy],
            "shared": self.shared,
        }

    @classmethod
    def restore(cls, details: Mapping[str, Any]) -> "Backdrop":
        dx, dy = details["grid"]
        return cls(
            np.array(details["coefficients"], np.float32),
            float(details["noise"]),
            int(dx),
            int(dy),
            bool(details["shared"]),
        )


def estimate_backdrop(frames: Iterable[Bytes], hint: str | None = None) -> Backdrop:
    """Measure the backdrop of a clip. Streams: keeps a few thousand pixels a frame, of at most 24 frames spread out.

    Arguments:
        frames: (h, w, 3) uint8, all of one size; every frame or a sample.
        hint: "#rrggbb", the colour that the backdrop was asked to have; None: whatever is flat around the border.

    Raises:
        BackdropNotFlat: most of the border is not of one colour, or not of the colour of the hint.
        BadClip: no frames, or frames of different sizes.
    """
    wanted = None if hint is None else np.array([int(hint[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    pick = _Picker()
    shape: tuple[int, ...] | None = None
    for frame in frames:
        if shape is not None and frame.shape != shape:
            raise BadClip(
                f"Frames have different sizes ({shape[1]}x{shape[0]} and {frame.shape[1]}x{frame.shape[0]}); "
                "all frames of a clip must have one size."
            )
        shape = frame.shape
        pick.offer(frame)
    kept = pick.kept
    if not kept or shape is None:
        raise BadClip("There are no frames to cut out.")
    level, share = _mode(np.concatenate([k.border for k in kept]), wanted)
    kept = [_at_exposure_of(each, level) for each in kept]
    level, share = _mode(np.concatenate([k.border for k in kept]), wanted)
    if wanted is not None and np.abs(level - wanted).max() > HINT_REACH:
        share = 0.0
    if share < FLAT_SHARE:
        around = f"of {hint}" if hint is not None else "of one colour"
        raise BackdropNotFlat(
            f"The backdrop is not flat: only {round(100 * share)} % of the clip's border is {around}; {_ADVICE}."
        )
    points = np.concatenate([k.points for k in kept])
    colours = np.concatenate([k.colours for k in kept])
    coefficients, noise = _fit(points, colours, level)
    grids = [k.grid for k in kept if k.grid[0]]
    shared = len(grids) * 2 > sum(k.telling for k in kept) if grids else False
    dx, dy = max(set(grids), key=grids.count)[1:] if shared else (0, 0)
    return Backdrop(coefficients, noise, dx, dy, shared)


def _at_exposure_of(sample: "_Sample", level: FloatArray) -> "_Sample":
    """Bring a sample to the exposure and the backdrop of its clip."""
    exposure = measure_exposure(sample.border, level)
    if exposure.gain == 1 and not exposure.shifted:
        return sample
    shift = exposure.shift if exposure.shifted else np.zeros(3, np.float32)

    def corrected(pixels: Bytes) -> Bytes:
        return np.asarray(np.clip(np.rint(pixels * np.float32(exposure.gain) - shift), 0, 255), np.uint8)

    return replace(sample, border=corrected(sample.border), colours=corrected(sample.colours))


@dataclass(frozen=True)
class _Sample:
    border: Bytes
    points: FloatArray
    colours: Bytes
    grid: tuple[bool, int, int]
    telling: bool


class _Picker:
    """Keeps samples of at most _SAMPLES frames, spread evenly however long the clip turns out to be."""

    def __init__(self) -> None:
        self.kept: list[_Sample] = []
        self._step, self._seen = 1, 0

    def offer(self, frame: Bytes) -> None:
        if self._seen % self._step == 0:
            self.kept.append(_look(frame, judge=len(self.kept) % 8 == 0))
            if len(self.kept) >= _SAMPLES:
                self.kept = self.kept[::2]
                self._step *= 2
        self._seen += 1


def _look(frame: Bytes, judge: bool) -> _Sample:
    h, w = frame.shape[:2]
    step = max(1, round((h * w / 1600) ** 0.5))
    ys, xs = np.arange(step // 2, h, step), np.arange(step // 2, w, step)
    y, x = np.meshgrid(_axis(h)[ys], _axis(w)[xs], indexing="ij")
    grid = replicated(frame) if judge else (False, 0, 0)
    telling = judge and (grid[0] or _colourful(frame))
    colours = frame[step // 2 :: step, step // 2 :: step].reshape(-1, 3)
    return _Sample(
        border_pixels(frame),
        np.stack([x.ravel(), y.ravel()], 1),
        colours.copy(),
        grid,
        telling,
    )


def _colourful(frame: Bytes) -> bool:
    """Return whether a frame has edges of colour at all, which tell how its colour was stored."""
    small = frame[::2, ::2].astype(np.int16)
    cr = small[..., 0] - small[..., 1]
    return bool((np.abs(np.diff(cr, axis=1)) > 12).sum() > 100)


def _mode(pixels: Bytes, wanted: FloatArray | None) -> tuple[FloatArray, float]:
    """Return the commonest colour, and the share of pixels near it."""
    # Pixels along the last axis: reductions over a last axis of three are slow.
    x = np.ascontiguousarray(pixels.T, np.float32)

    def close(to: FloatArray, reach: int) -> NDArray[np.bool_]:
        return np.asarray(np.abs(x - to[:, None]).max(0) <= reach)

    start = x
    if wanted is not None:
        near = close(wanted, HINT_REACH)
        if near.mean() < 0.05:
            return wanted, 0.0
        start = x[:, near]
    parts = (start / 16).astype(np.int32)
    cells = parts[0] * 256 + parts[1] * 16 + parts[2]
    level = np.median(start[:, cells == np.bincount(cells).argmax()], axis=1)
    for _ in range(4):  # mean shift: the cell's edges do not matter
        level = x[:, close(level, NEAR)].mean(1)
    return level.astype(np.float32), float(close(level, NEAR).mean())


def _fit(points: FloatArray, colours: Bytes, level: FloatArray) -> tuple[FloatArray, float]:
    """Return the drift by least squares over pixels that are the backdrop, and their noise."""
    x = np.ascontiguousarray(colours.T, np.float32)
    near = np.abs(x - level[:, None]).max(0) <= NEAR
    terms = np.ascontiguousarray(_terms(points[:, 0], points[:, 1]).T)
    coefficients = np.zeros((6, 3), np.float32)
    coefficients[0] = level
    for _ in range(2):
        if near.sum() < 60:
            break
        t = terms[:, near]
        # A ridge on the drift, so that a frame that is mostly covered does not bend it.
        ridge = np.diag(np.array([0, 1, 1, 4, 4, 4], np.float32)) * 0.002 * t.shape[1]
        coefficients = np.linalg.solve(t @ t.T + ridge, t @ x[:, near].T).astype(np.float32)
        near = np.abs(x - coefficients.T @ terms).max(0) <= 8
    rest = np.abs(x - coefficients.T @ terms).max(0)[near]
    noise = float(np.quantile(rest, 0.98)) if len(rest) else 2.0
    return coefficients, noise


def _axis(n: int) -> FloatArray:
    return ((np.arange(n, dtype=np.float32) + 0.5) * (2 / n) - 1).astype(np.float32)


def _terms(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
