"""Cutting characters out of pictures: photographed drawings with masks (`pig` is held out), and the mascot in scenery.

The drawings are those of `tests/data/drawings`; the scenery is a texture that is made here, with the mascot in it.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.cutout_cast import Member
from benchmarks.segment_clicks import simulate
from popcon.engines.base import SubjectEngine
from popcon.engines.registry import subject
from popcon.engines.segment.graph import GraphEmbedding, GraphEngine
from popcon.errors import EngineUnavailable
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.cut_free import Asked, cut_free
from popcon.media.pictures.picture import read_picture
from popcon.models.job import EngineChoice
from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgb, Rgba

Flags = NDArray[np.bool_]
DRAWINGS = Path(__file__).parents[1] / "tests" / "data" / "drawings"
SIDE = 480


def iou(one: Mask, other: Mask) -> float:
    """Overlap of two masks, 0 to 1."""
    return float(((one > 127) & (other > 127)).sum() / max(1, int(((one > 127) | (other > 127)).sum())))


def opaque(picture: Rgba) -> Rgba:
    """The picture without transparency."""
    return np.dstack([picture[..., :3], np.full(picture.shape[:2], 255, np.uint8)])


def texture(seed: int) -> Rgb:
    """A coloured texture whose spots are a few to many pixels wide, (SIDE, SIDE, 3)."""
    noise = np.random.default_rng(seed)
    made = np.zeros((SIDE, SIDE, 3), np.float32)
    for size in (6, 20, 60):
        spots = noise.uniform(0, 255, (size, size, 3)).astype(np.float32)
        made += np.asarray(cv2.resize(spots, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32) / 3
    return np.clip(made, 0, 255).astype(np.uint8)


def mascot_in_scenery(seed: int) -> tuple[Rgba, Mask]:
    """The mascot before a texture, and its mask."""
    back = texture(seed).astype(np.float32)
    mascot = np.asarray(cv2.resize(draw_mascot(512), (300, 300), interpolation=cv2.INTER_AREA), np.float32)
    left, top = 40 + 17 * seed % 130, 150
    share = mascot[..., 3:] / 255
    place = back[top : top + 300, left : left + 300]
    place[:] = mascot[..., :3] * share + place * (1 - share)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[top : top + 300, left : left + 300] = mascot[..., 3]
    return np.dstack([np.rint(back), np.full((SIDE, SIDE), 255)]).astype(np.uint8), mask


def cast_in_scenery(seed: int) -> tuple[Rgb, Flags]:
    """A member of the cutouts' cast before a texture, and where it is."""
    colour, alpha, effect = Member(seed, SIDE, False).draw(0.2)
    body, back = np.clip(alpha - effect, 0, 1), texture(seed + 50)
    picture = np.clip(colour * 255 + back * (1 - alpha[..., None]), 0, 255)
    picture = np.where(((effect > 0) & (body < 0.5))[..., None], back, picture)
    return np.ascontiguousarray(picture, np.uint8), body > 0.5


def clicks_on(seeds: range, engine: SubjectEngine | None, goal: float = 0.97, most: int = 8) -> tuple[float, float]:
    """Mean clicks to a goal of IoU, and mean IoU after the first click, on the cast in scenery.

    Arguments:
        engine: whose mask the clicks know; None: none.
        most: clicks after which one gives up.
    """
    graph = GraphEngine()
    needed, first = [], []
    for seed in seeds:
        picture, truth = cast_in_scenery(seed)
        embedding = graph.encode_with_prior(picture, engine.find(picture) if engine else None)

        def masker(clicks: list[Click], _: Mask | None, embedding: GraphEmbedding = embedding) -> Mask:
            return graph.predict(embedding, clicks)[0]

        session = simulate(masker, truth, goal, seed, most)
        needed.append(min(most, session.clicks_to(goal)))
        first.append(session.ious[0])
    return float(np.mean(needed)), float(np.mean(first))


def main() -> None:
    """Print the tables."""
    engine = subject(EngineChoice(name="u2netp"))
    cases: list[tuple[str, Rgba, Mask]] = []
    for name in ("boy", "second", "candy", "stick", "bug", "pig"):
        mask = read_picture(DRAWINGS / f"{name}-mask.png")[..., 0].copy()
        cases.append((f"drawing {name}", opaque(read_picture(DRAWINGS / f"{name}.png")), mask))
    cases += [(f"mascot in scenery {seed}", *mascot_in_scenery(seed)) for seed in range(6)]
    print(f"{'picture':22}{'way':18}{'mask of engine':>15}{'cut-out':>9}  doubt")
    for name, picture, truth in cases:
        try:
            raw = f"{iou(engine.find(picture[..., :3].copy()), truth):.3f}"
        except EngineUnavailable:
            raw = "no weights"
        freed = cut_free(picture, Asked(), engine)
        done = iou(np.ascontiguousarray(freed.rgba[..., 3]), truth)
        print(f"{name:22}{freed.way:18}{raw:>15}{done:>9.3f}  {freed.doubt}")
    print("\nclicks to IoU 0.97 on characters in scenery (mean of 8, at most 8 each), IoU after the first")
    for name, seeds in (("tuned on", range(820, 828)), ("held out", range(840, 848))):
        for what, knows in (("without a mask", None), ("with the subject's mask", engine)):
            clicks, first = clicks_on(seeds, knows)
            print(f"{name:10}{what:26}{clicks:6.2f}{first:8.3f}", flush=True)


if __name__ == "__main__":
    main()
