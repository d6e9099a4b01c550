"""A simulated person who clicks until a mask is right, and plain GrabCut to compare with."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.base import Click

CAP = 20
Masker = Callable[[list[Click], NDArray[np.uint8] | None], NDArray[np.uint8]]
"""All clicks so far and the previous mask to the next mask, 0 or 255."""


@dataclass(frozen=True)
class Session:
    """What a simulated person saw: IoU after each click, and where they clicked."""

    ious: tuple[float, ...]
    clicks: tuple[Click, ...]

    def clicks_to(self, iou: float) -> int:
        """Clicks until the mask was this good; the cap if it never was."""
        return next((n for n, reached in enumerate(self.ious, 1) if reached >= iou), CAP)


def iou_of(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float((mask & truth).sum() / max(1, (mask | truth).sum()))


def deepest(region: NDArray[np.bool_]) -> tuple[int, int, float]:
    """The pixel of a region that is farthest from its edge (the picture's border counts as edge): x, y, distance."""
    distance = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(distance.argmax()), distance.shape)
    return int(x), int(y), float(distance[y, x])


def _jittered(x: int, y: int, region: NDArray[np.bool_], rng: np.random.Generator) -> tuple[int, int]:
    """Up to 5 px away, but still in the region: a person sees what they click."""
    for _ in range(30):
        dx, dy = rng.integers(-5, 6, 2)
        u, v = int(np.clip(x + dx, 0, region.shape[1] - 1)), int(np.clip(y + dy, 0, region.shape[0] - 1))
        if dx * dx + dy * dy <= 25 and region[v, u]:
            return u, v
    return x, y


def simulate(masker: Masker, truth: NDArray[np.bool_], goal: float, seed: int, cap: int = CAP) -> Session:
    """Click until the goal is reached: first at the character's centre, then at the centre of the largest error."""
    rng = np.random.default_rng(seed)
    clicks: list[Click] = []
    ious: list[float] = []
    mask: NDArray[np.uint8] | None = None
    region, positive = truth, True
    while len(clicks) < cap:
        x, y, _ = deepest(region)
        x, y = _jittered(x, y, region, rng)
        clicks.append(Click(x=x, y=y, positive=positive))
        mask = masker(clicks, mask)
        inside = mask > 127
        ious.append(iou_of(inside, truth))
        if ious[-1] >= goal:
            break
        missing, extra = truth & ~inside, inside & ~truth
        positive = deepest(missing)[2] >= deepest(extra)[2]
        region = missing if positive else extra
    return Session(tuple(ious), tuple(clicks))


def grabcut(picture: NDArray[np.uint8]) -> Masker:
    """Plain OpenCV GrabCut: a disc of 4 px at each click is sure, a frame of 2 px is sure background, the rest is
    probable foreground; five iterations from scratch after each click."""
    bgr = np.ascontiguousarray(picture[..., ::-1])

    def masker(clicks: list[Click], _previous: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
        mask = np.full(picture.shape[:2], cv2.GC_PR_FGD, np.uint8)
        mask[:2] = mask[-2:] = cv2.GC_BGD
        mask[:, :2] = mask[:, -2:] = cv2.GC_BGD
        for click in clicks:
            cv2.circle(mask, (int(click.x), int(click.y)), 4, cv2.GC_FGD if click.positive else cv2.GC_BGD, -1)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(0)
        cv2.grabCut(bgr, mask, None, *models, 5, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
        return np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)

    return masker
