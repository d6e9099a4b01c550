"""Masks carried through a clip: the character, all of it, nothing else, and an honest score."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.engines.segment.confidence import MaskEvidence, mask_confidence, overlap_of
from popcon.engines.segment.graph import GraphEngine
from tests.popcon.engines.segment.pictures import clouds, disc_on, iou, plain, tiles

ENGINE = GraphEngine()
Frames = list[NDArray[np.uint8]]
Truths = list[NDArray[np.bool_]]


def _moving(background: NDArray[np.uint8], count: int = 7) -> tuple[Frames, Truths]:
    pairs = [disc_on(background, x=70 + 8 * n, y=80 + 4 * n, radius=34) for n in range(count)]
    return [picture for picture, _ in pairs], [truth for _, truth in pairs]


def _carried(frames: Frames, given: NDArray[np.bool_]) -> tuple[list[NDArray[np.uint8]], list[float]]:
    tracked = sorted(ENGINE.track(frames, {0: np.where(given, 255, 0).astype(np.uint8)}), key=lambda each: each[0])
    return [mask for _, mask, _ in tracked], [score for _, _, score in tracked]


@pytest.mark.parametrize(("background", "least"), [(plain(side=240), 0.97), (clouds(240), 0.96)])
def test_a_character_is_followed_before_a_calm_background(background: NDArray[np.uint8], least: float) -> None:
    frames, truths = _moving(background)
    masks, _ = _carried(frames, truths[0])
    assert min(iou(mask, truth) for mask, truth in zip(masks, truths, strict=True)) >= least


@pytest.mark.parametrize("background", [tiles(240), np.roll(tiles(240), 50, 1)])
def test_before_tiles_of_its_own_colours_it_is_followed_and_where_it_drifts_that_is_said(
    background: NDArray[np.uint8],
) -> None:
    frames, truths = _moving(background)
    masks, scores = _carried(frames, truths[0])
    ious = [iou(mask, truth) for mask, truth in zip(masks, truths, strict=True)]
    assert np.mean(ious) >= 0.84
    assert min(ious[1:3]) >= 0.88
    assert all(score < 0.6 for score, truth in zip(scores, ious, strict=True) if truth < 0.78)


def test_somebody_else_who_comes_near_is_not_taken_along() -> None:
    frames, truths = _moving(plain(side=240))
    frames = [disc_on(frame, x=200 - 3 * n, y=60, radius=20)[0] for n, frame in enumerate(frames)]
    others = [disc_on(plain(side=240), x=200 - 3 * n, y=60, radius=20)[1] for n in range(len(frames))]
    apart = [truth & ~other for truth, other in zip(truths, others, strict=True)]
    masks, _ = _carried(frames, apart[0])
    assert min(iou(mask, truth) for mask, truth in zip(masks, apart, strict=True)) >= 0.9
    assert (
        max((mask[other & ~truth] > 0).mean() for mask, other, truth in zip(masks, others, truths, strict=True)) < 0.1
    )


def test_a_picture_that_jumps_is_marked_and_one_that_moves_is_not() -> None:
    frames, truths = _moving(clouds(240))
    _, scores = _carried(frames, truths[0])
    assert min(scores) > 0.6
    jumped = [*frames[:3], np.ascontiguousarray(frames[3][::-1, ::-1]), disc_on(tiles(240), x=40, y=200, radius=15)[0]]
    _, scores = _carried(jumped, truths[0])
    assert scores[2] > 0.6
    assert max(scores[3:]) < 0.5


def test_an_empty_mask_stays_empty_and_is_marked() -> None:
    frames, truths = _moving(tiles(240), count=3)
    masks, scores = _carried(frames, np.zeros_like(truths[0]))
    assert max(int(mask.max()) for mask in masks) == 0
    assert scores[1:] == [0.0, 0.0]


def test_frames_that_are_not_square_or_small_keep_their_size() -> None:
    background = np.asarray(cv2.resize(clouds(240), (301, 97)), np.uint8)
    pairs = [disc_on(background, x=60 + 6 * n, y=50, radius=26) for n in range(3)]
    masks, _ = _carried([picture for picture, _ in pairs], pairs[0][1])
    assert [mask.shape for mask in masks] == [(97, 301)] * 3
    assert iou(masks[2], pairs[2][1]) >= 0.93


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 31), (8, 200)])
def test_the_smallest_frames_are_carried(size: tuple[int, int]) -> None:
    frames = [np.full((*size, 3), 90 + n, np.uint8) for n in range(3)]
    masks, scores = _carried(frames, np.ones(size, bool))
    assert [mask.shape for mask in masks] == [size] * 3
    assert all(0 <= score <= 1 for score in scores)


def test_trust_falls_with_each_sign() -> None:
    best = mask_confidence(MaskEvidence(overlap=1, size=1, agreed=1, contour=1))
    assert best > 0.95
    for name in ("overlap", "size", "agreed", "contour"):
        assert (
            mask_confidence(MaskEvidence(**{**{"overlap": 1.0, "size": 1.0, "agreed": 1.0, "contour": 1.0}, name: 0.3}))
            < best - 0.1
        )
    assert mask_confidence(MaskEvidence(overlap=0, size=0, agreed=0, contour=0)) < 0.001


def test_overlap_is_soft_iou() -> None:
    one, other = np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)
    assert overlap_of(one, other) == 0
    one[0], other[0, :2], other[1, 0] = 1, 1, 0.5
    assert overlap_of(one, other) == pytest.approx(2 / 4.5)
