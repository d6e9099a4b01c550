"""What is behind a moving character: believed as far as it stands still."""

import numpy as np
from numpy.typing import NDArray

from popcon.engines.segment.background_plate import Plate
from tests.popcon.engines.segment.pictures import disc_on, tiles


def _share(truth: NDArray[np.bool_]) -> NDArray[np.float32]:
    return truth.astype(np.float32)


def test_what_covers_a_known_background_is_told_from_it() -> None:
    first, was = disc_on(tiles(), x=50)
    second, now = disc_on(tiles(), x=100)
    plate = Plate(160, 160)
    plate.learn(first, _share(was), 1.0)
    lean = plate.lean(second, _share(now))
    known = ~was
    known[:, :96] = False  # where the first frame hid it, or its rim
    # A part of the disc may have the colour of the tile that it covers.
    assert lean[now & known].mean() > 0.4
    assert lean[~now & known].mean() < -0.95
    assert np.abs(lean[50:100, 30:60]).max() == 0


def test_a_background_that_moves_tells_nothing() -> None:
    first, was = disc_on(tiles(), x=50)
    plate = Plate(160, 160)
    plate.learn(first, _share(was), 1.0)
    second, now = disc_on(np.roll(tiles(), 9, 0), x=60)
    assert np.abs(plate.lean(second, _share(now))).mean() < 0.1


def test_noise_of_a_codec_is_not_taken_for_something() -> None:
    rng = np.random.default_rng(6)
    first, was = disc_on(tiles(), x=50)
    plate = Plate(160, 160)
    plate.learn(first, _share(was), 1.0)
    noisy = np.clip(first + rng.normal(0, 4, first.shape), 0, 255).astype(np.uint8)
    lean = plate.lean(noisy, _share(was))
    assert (lean[:, 110:] > 0).mean() < 0.01


def test_what_is_known_well_is_not_learned_anew_from_a_guess() -> None:
    first, was = disc_on(tiles(), x=50)
    plate = Plate(160, 160)
    plate.learn(first, _share(was), 1.0)
    nothing = np.zeros((160, 160), np.float32)
    plate.learn(np.full_like(first, 255), nothing, 0.5)
    lean = plate.lean(first, _share(was))
    assert lean[:, 110:].max() < -0.9
