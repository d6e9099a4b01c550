"""Measures the keyed matte engine on the faults that video models' clips have, beside the same clip without the fault.

    python -m benchmarks.model_clips                      # every fault, on green
    python -m benchmarks.model_clips --faults shadow --kind white --each

Each clip is drawn with true alpha, given one fault, and sent through H.264. A row's ratio is its MAD over the MAD of
the same drawing without the fault. "Soft edge" is how many partly transparent pixels the truth has, as a multiple of
the clean clip's: alpha is off there, so a fault that makes the edge longer or wider costs as much by itself. Seeds
from 700 on are for tuning, those from 800 on are held out (the default).
"""

import argparse
import copy
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: one core is what is measured

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.cutout_cast import Member
from benchmarks.cutouts import Figures, keyed, mean
from tests.cutout_set import Colour, Drawing, FloatImage, Kind, TrueClip, pick_backdrop, through_codec

FIRST_SEED = 800
_EXPOSED = 8
"""Drawings that a blurred frame is the mean of."""

_AROUND = 100
"""Pixels that scaled art is drawn beyond the frame."""

SIDE = 480
HEADER = (
    "| fault | MAD ×10³ | ratio to clean | wanted | soft edge | rim colour error (clean) | effects kept "
    + "| dtSSD ×10² |\n"
    + "|---" * 8
    + "|"
)


@dataclass(frozen=True)
class Layers:
    """The layers of one frame before they are composed.

    Attributes:
        colour: (h, w, 3) float32 premultiplied, 0-1.
        alpha, effect: (h, w) float32, 0-1.
        behind: (h, w, 3) float32, levels of the backdrop.
        time: 0-1, position in the clip.
        number: frame number.
    """

    colour: FloatImage
    alpha: FloatImage
    effect: FloatImage
    behind: FloatImage
    time: float
    number: int

    def compose(self) -> FloatImage:
        return np.asarray(self.colour * 255 + self.behind * (1 - self.alpha[..., None]), np.float32)


def _grid() -> tuple[FloatImage, FloatImage]:
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    return x, y


def _shaded(layers: Layers, dark: float = 0.45) -> Layers:
    """Darken the backdrop under the character: an ellipse with soft edges, at its feet."""
    x, y = _grid()
    rows = np.flatnonzero((layers.alpha - layers.effect).max(1) > 0.5)
    columns = np.flatnonzero((layers.alpha - layers.effect).max(0) > 0.5)
    ground, left, right = rows[-1] / SIDE, columns[0] / SIDE, columns[-1] / SIDE
    distance = ((x - (left + right) / 2) / (0.55 * (right - left))) ** 2 + ((y - ground) / 0.05) ** 2
    strength = dark * np.clip(1.35 - distance, 0, 1) ** 1.2
    strength = cv2.GaussianBlur(strength.astype(np.float32), (0, 0), 4)
    return replace(layers, behind=np.asarray(layers.behind * (1 - strength[..., None]), np.float32))


def _spilt(layers: Layers, backdrop: FloatImage) -> Layers:
    """Reflect the key colour on pale parts near the outline."""
    body = np.clip(layers.alpha - layers.effect, 0, 1)
    inner = cv2.GaussianBlur(body, (0, 0), 9)
    near = np.clip(1 - (inner - 0.5) * 2, 0, 1) * body
    colour = layers.colour / np.maximum(layers.alpha, 1e-3)[..., None]
    pale = np.clip((colour.min(2) - 0.45) / 0.3, 0, 1)
    share = (0.22 * near * pale)[..., None]
    spilt = colour * (1 - share) + (colour * backdrop / 255) * share
    return replace(layers, colour=np.asarray(spilt * layers.alpha[..., None], np.float32))


def _moved(layers: Layers, matrix: NDArray[np.float32]) -> Layers:
    def warp(plane: FloatImage) -> FloatImage:
        return np.asarray(cv2.warpAffine(plane, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.float32)

    return replace(layers, colour=warp(layers.colour), alpha=warp(layers.alpha), effect=warp(layers.effect))


def _floor(layers: Layers) -> Layers:
    behind = layers.behind.copy()
    behind[round(0.86 * SIDE) : round(0.86 * SIDE) + 2] *= 0.6
    return replace(layers, behind=behind)


def _turned(layers: Layers) -> Layers:
    """Change the backdrop's colour half-way."""
    if layers.time < 0.5:
        return layers
    return replace(layers, behind=np.asarray(layers.behind + np.array([26, -22, 24], np.float32), np.float32))


def _cut(layers: Layers) -> Layers:
    """Show the character from the other side in the last fifth, as after a cut."""
    if layers.time < 0.8:
        return layers
    return _moved(layers, np.array([[-1, 0, SIDE - 1], [0, 1, 0]], np.float32))


EditLayers = Callable[[Layers, FloatImage], Layers]
EditFrames = Callable[[list[FloatImage], np.random.Generator], list[FloatImage]]


def _same(layers: Layers, _: FloatImage) -> Layers:
    return layers


def _unchanged(frames: list[FloatImage], _: np.random.Generator) -> list[FloatImage]:
    return frames


@dataclass(frozen=True)
class Fault:
    """One fault of generated clips.

    Attributes:
        wanted: what is to be reached, as the table shows it.
        layers: changes a frame's layers.
        frames: changes the composed frames.
        crf: of the encoder; None: the seed's, 18 to 23.
        exposure: share of the time between two frames that a frame is exposed for. The truth is the mean over it.
        moves: whether `layers` moves the character, and the truth with it.
        scale: how large the art is drawn, by position in the clip; redrawn, not resampled, so that edges stay sharp.
        corner: left and top of the frame in a canvas that is _AROUND larger on all sides.
    """

    wanted: str
    layers: EditLayers = _same
    frames: EditFrames = _unchanged
    crf: int | None = None
    exposure: float = 0.0
    moves: bool = False
    scale: Callable[[float], float] | None = None
    corner: tuple[int, int] = (_AROUND, _AROUND)


def _bright_first(frames: list[FloatImage], _: np.random.Generator) -> list[FloatImage]:
    return [frames[0] * 1.12, *frames[1:]]


def _drifting(frames: list[FloatImage], _: np.random.Generator) -> list[FloatImage]:
    n = len(frames)
    return [frame * (1 + 0.05 * np.sin(2 * np.pi * i / n)) for i, frame in enumerate(frames)]


def _grainy(frames: list[FloatImage], r: np.random.Generator) -> list[FloatImage]:
    return [frame + r.normal(0, 5, frame.shape[:2])[..., None].astype(np.float32) for frame in frames]


def _frozen(frames: list[FloatImage], _: np.random.Generator) -> list[FloatImage]:
    return [frames[i - i % 3] for i in range(len(frames))]


FAULTS: dict[str, Fault] = {
    "clean": Fault("1"),
    "shadow": Fault("1.5", lambda layers, _: _shaded(layers)),
    "bright first frame": Fault("1.5", frames=_bright_first),
    "exposure drift": Fault("1.3", frames=_drifting),
    "spill": Fault("rim +0.003", _spilt),
    "crf 34": Fault("1.5", crf=34),
    "grain": Fault("1.5", frames=_grainy),
    "motion blur, 180°": Fault("1.5", exposure=0.5),
    "motion blur, 360°": Fault("–", exposure=1.0),
    "slow zoom": Fault("1.5", scale=lambda time: 1 + 0.12 * time),
    "touches a border": Fault("1.5", scale=lambda _: 1.15, corner=(184, 54)),
    "floor line": Fault("1.5", lambda layers, _: _floor(layers)),
    "backdrop changes": Fault("1.5", lambda layers, _: _turned(layers)),
    "cut at the end": Fault("1.5", lambda layers, _: _cut(layers), moves=True),
    "frozen frames": Fault("1.5", frames=_frozen),
}


def make_clip(seed: int, fault: str, kind: Kind = "green", count: int = 24, art: Drawing | None = None) -> TrueClip:
    """Draw a clip with a fault. The same seed gives the same drawing for every fault.

    Arguments:
        fault: a key of `FAULTS`.
        art: what is drawn; None: the seed's member of the usual cast.
    """
    chosen = FAULTS[fault]
    art = art or Member(seed, SIDE, kind == "white")
    r = np.random.default_rng([seed, 31])
    backdrop: Colour = pick_backdrop(kind, r, art.colours)
    flat = np.array(backdrop, np.float32)
    crf = int(r.integers(18, 24))
    frames, alphas, colours, effects = [], [], [], []
    for i in range(count):
        if chosen.scale:
            colour, alpha, effect = _scaled(art, i / count, chosen.scale(i / count), chosen.corner)
        else:
            colour, alpha, effect = _drawn(art, i / count, chosen.exposure / count)
        behind = np.asarray(flat + r.normal(0, 0.8, (SIDE, SIDE, 3)), np.float32)
        layers = chosen.layers(Layers(colour, alpha, effect, behind, i / count, i), flat)
        frames.append(layers.compose())
        # Spilt colour is no truth: what is wanted is the character's own.
        truth = layers if chosen.moves else Layers(colour, alpha, effect, behind, 0, 0)
        alphas.append(truth.alpha)
        colours.append(truth.colour)
        effects.append(truth.effect)
    if fault == "frozen frames":
        keep = [i - i % 3 for i in range(count)]
        alphas, colours, effects = ([each[i] for i in keep] for each in (alphas, colours, effects))
    shown = [np.clip(np.round(each), 0, 255).astype(np.uint8) for each in chosen.frames(frames, r)]
    name = f"{seed} {art.name} on {kind} #{bytes(backdrop).hex()}, {fault}"
    return TrueClip(
        name, kind, backdrop, through_codec(np.stack(shown), chosen.crf or crf), np.stack(alphas), np.stack(colours),
        np.stack(effects),
    )  # fmt: skip


def _drawn(art: Drawing, time: float, exposure: float) -> tuple[FloatImage, FloatImage, FloatImage]:
    """The drawing at a time, averaged over an exposure (0: none)."""
    if not exposure:
        return art.draw(time)
    several = [art.draw((time + exposure * k / _EXPOSED) % 1) for k in range(_EXPOSED)]
    colour, alpha, effect = (np.mean(np.stack([each[k] for each in several]), axis=0) for k in range(3))
    return np.asarray(colour, np.float32), np.asarray(alpha, np.float32), np.asarray(effect, np.float32)


def _scaled(
    art: Drawing, time: float, scale: float, corner: tuple[int, int]
) -> tuple[FloatImage, FloatImage, FloatImage]:
    """The drawing of one of the cast at a scale, in a window of a larger canvas."""
    if not isinstance(art, Member):
        raise TypeError("only the usual cast can be drawn at a scale")
    whole = copy.copy(art)
    whole.side, whole.unit = SIDE + 2 * _AROUND, art.unit * scale
    left, top = corner
    colour, alpha, effect = (each[top : top + SIDE, left : left + SIDE] for each in whole.draw(time))
    return colour, alpha, effect


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=4, help="clips a fault")
    parser.add_argument("--frames", type=int, default=16, help="frames a clip")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="first seed")
    parser.add_argument("--kind", choices=("green", "magenta", "saturated", "white"), default="green")
    parser.add_argument("--faults", nargs="+", choices=list(FAULTS), default=list(FAULTS))
    parser.add_argument("--each", action="store_true", help="a row for each clip")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    print(HEADER)
    clean: Figures | None = None
    clean_edge = 0.0
    for fault in dict.fromkeys(["clean", *chosen.faults]):
        rows, edges = [], []
        for i in range(chosen.clips):
            clip = make_clip(chosen.seed + i, fault, chosen.kind, chosen.frames)
            rows.append(keyed(clip))
            edges.append(float(((clip.alpha > 0.02) & (clip.alpha < 0.98)).mean()))
            if chosen.each:
                print(f"| {clip.name} | {rows[-1].mad:.2f} | | | | {rows[-1].rim:.4f} | {rows[-1].effects:.3f} | |")
        got = mean(rows)
        clean, clean_edge = clean or got, clean_edge or float(np.mean(edges))
        print(
            f"| {fault} | {got.mad:.2f} | {got.mad / clean.mad:.2f} | {FAULTS[fault].wanted} "
            f"| {np.mean(edges) / clean_edge:.2f} | {got.rim:.4f} "
            f"({clean.rim:.4f}) | {got.effects:.3f} | {got.dtssd:.2f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
