"""The measure sees what people see."""

import numpy as np
import pytest

from popcon.pixels import Rgba
from popcon.stickers.fidelity import Original, middles, shown_at, similarity


def test_alike_is_one_and_hidden_colour_does_not_count(rolling: list[Rgba]) -> None:
    other = rolling[0].copy()
    other[other[..., 3] == 0, :3] = (255, 0, 255)
    assert Original(rolling).compare(0, rolling[0]) == 1
    assert Original(rolling).compare(0, other) == pytest.approx(1, abs=1e-6)


def test_a_wrong_rim_shows_on_some_backdrop(rolling: list[Rgba]) -> None:
    for wrong in (0, 255):
        halo = rolling[0].copy()
        soft = (halo[..., 3] > 0) & (halo[..., 3] < 255)
        halo[soft] = (wrong, wrong, wrong, 255)
        assert Original(rolling).compare(0, halo) < 0.97


def test_worse_is_lower(rolling: list[Rgba]) -> None:
    original = Original(rolling)
    scores = []
    for amount in (4, 16, 64):
        noise = np.random.default_rng(1).integers(-amount, amount + 1, rolling[0].shape)
        noise[..., 3] = 0
        scores.append(original.compare(0, np.clip(rolling[0] + noise, 0, 255).astype(np.uint8)))
    assert 1 > scores[0] > scores[1] > scores[2]


def test_time_is_compared_where_it_plays(rolling: list[Rgba]) -> None:
    times = [100] * 24
    right = similarity(rolling, times, rolling[::2], [200] * 12)
    assert similarity(rolling, times, rolling, [50] * 24) == 1, "a sticker at twice the speed shows the same"
    assert similarity(rolling, times, list(reversed(rolling)), times) < right < 1
    assert shown_at([100, 50, 100], [0, 99, 100, 149, 150, 900]) == [0, 0, 1, 1, 2, 2]
    assert middles([100, 50]) == [50, 125]
