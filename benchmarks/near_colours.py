"""Measures the keyed matte engine on effects whose colours are near the backdrop's, through several encoders.

    python -m benchmarks.near_colours                # held-out seeds, every backdrop
    python -m benchmarks.near_colours --kinds blue --seed 700 --each

Each clip is a member of the usual cast, or dense art (every second seed), with its effects coloured near the backdrop:
a blue spark on blue, pink on magenta, lime on green, dark grey lines. Seeds from 700 on are for tuning, those from 800
on are held out (the default). "Colour off" is the mean error of the effects' colour where they are opaque, 0-1.
"""

import argparse
import io
import os
import sys
from dataclasses import dataclass, replace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: one core is what is measured

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.cutout_cast import YELLOW, Member
from benchmarks.cutouts import Figures, mean, score
from popcon.engines.base import Cutout
from popcon.engines.matte.keyed import KeyedMatte
from tests.cutout_set import Art, Colour, Kind, TrueClip

SIDE = 480
FIRST_SEED = 800
TO_REACH = "| to reach | 1.00 | 2.00 | 0.990 | 0.0150 | |"
HEADER = "| effects | MAD ×10³ | dtSSD ×10² | effects kept | rim colour error | colour off |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Near:
    """A backdrop, and colours near it that effects have."""

    backdrop: Colour
    effects: tuple[Colour, ...]


GREY: Colour = (62, 62, 66)
NEAR: dict[str, Near] = {
    "green": Near((20, 215, 60), ((150, 235, 60), (40, 210, 165), (20, 140, 50), (170, 240, 150), GREY)),
    "blue": Near((30, 60, 220), ((70, 130, 255), (110, 170, 255), (20, 30, 130), (90, 60, 230), GREY)),
    "magenta": Near((225, 30, 200), ((255, 110, 200), (255, 150, 210), (170, 50, 220), (235, 60, 120), GREY)),
    "white": Near((253, 253, 253), ((255, 236, 150), (190, 225, 255), (255, 200, 215), (205, 205, 210), GREY)),
}
INK: Colour = (24, 20, 26)
ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"crf": "18", "preset": "medium"}),
    ("libx264", {"crf": "23", "preset": "veryfast"}),
    ("libx264", {"crf": "28", "preset": "medium"}),
    ("libvpx-vp9", {"crf": "30", "b": "0", "cpu-used": "6", "deadline": "realtime"}),
    ("mpeg4", {"flags": "+qscale", "global_quality": "354"}),
)


def make_clip(seed: int, kind: str, count: int) -> TrueClip:
    """Draw a clip. The same seed and kind give the same clip."""
    near = NEAR[kind]
    r = np.random.default_rng([seed, 57])
    art = Art(seed, SIDE, kind == "white") if seed % 2 else Member(seed, SIDE, kind == "white")
    colours = [near.effects[int(k)] for k in r.integers(len(near.effects), size=64)]
    if isinstance(art, Art):
        art.effects = [replace(e, colour=c) for e, c in zip(art.effects, colours, strict=False)]
    else:
        # The product picks a backdrop far from the character's own colours.
        art.coat = YELLOW if _near(art.coat, near.backdrop) else art.coat
        art.ink = INK if _near(art.ink, near.backdrop) else art.ink
        art.flyers = [replace(f, colour=c) for f, c in zip(art.flyers, colours, strict=False)]
    codec, options = ENCODERS[seed % len(ENCODERS)]
    flat = np.array(near.backdrop, np.float32)
    shown, drawn = [], []
    for i in range(count):
        layers = art.draw(i / 24)
        behind = flat + r.normal(0, 0.8, (SIDE, SIDE, 3)).astype(np.float32)
        shown.append(np.clip(np.rint(layers[0] * 255 + behind * (1 - layers[1][..., None])), 0, 255).astype(np.uint8))
        drawn.append(layers)
    colour, alpha, effect = (np.stack([each[k] for each in drawn]) for k in range(3))
    name = f"{seed} {art.name} on {kind}, {codec} {options.get('crf', '')}"
    white: Kind = "white" if kind == "white" else "saturated"
    return TrueClip(name, white, near.backdrop, encoded(np.stack(shown), codec, options), alpha, colour, effect)


def _near(colour: Colour, backdrop: Colour) -> bool:
    return float(np.linalg.norm(np.subtract(colour, backdrop))) < 180


def encoded(frames: NDArray[np.uint8], codec: str, options: dict[str, str]) -> NDArray[np.uint8]:
    """What (n, h, w, 3) frames look like after an encoder, 4:2:0."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as box:
        stream = box.add_stream(codec, rate=24, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
        for each in frames:
            box.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(each), format="rgb24")))
        box.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer, "r") as clip:
        return np.stack([each.to_ndarray(format="rgb24") for each in clip.decode(video=0)])


def cut(clip: TrueClip) -> list[Cutout]:
    engine, frames = KeyedMatte(), list(clip.frames)
    return engine.cut_out(frames, engine.study(iter(frames), None))


def colour_off(rgba: NDArray[np.uint8], clip: TrueClip) -> float:
    """Mean error of premultiplied colour, 0-1, where effects are opaque."""
    there = clip.effect > 0.9
    got = rgba[there].astype(np.float32) / 255
    return float(np.abs(got[:, :3] * got[:, 3:] - clip.premultiplied[there]).mean()) if there.any() else 0.0


def tell(name: str, got: Figures, off: float) -> None:
    print(got.text(name).rsplit("|", 2)[0] + f"| {off:.4f} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=5, help="clips a backdrop: each through another encoder")
    parser.add_argument("--frames", type=int, default=8, help="frames a clip")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="first seed")
    parser.add_argument("--kinds", nargs="+", choices=list(NEAR), default=list(NEAR))
    parser.add_argument("--each", action="store_true", help="a row for each clip")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    print(HEADER)
    for kind in chosen.kinds:
        rows, offs = [], []
        for seed in range(chosen.seed, chosen.seed + chosen.clips):
            clip = make_clip(seed, kind, chosen.frames)
            rgba = np.stack([each.rgba for each in cut(clip)])
            rows.append(score(rgba, clip, 0))
            offs.append(colour_off(rgba, clip))
            if chosen.each:
                tell(clip.name, rows[-1], offs[-1])
        tell(f"**near {kind}**", mean(rows), float(np.mean(offs)))
    print(TO_REACH)
    return 0


if __name__ == "__main__":
    sys.exit(main())
