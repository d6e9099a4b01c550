import numpy as np
import pytest

from popcon.engines.puppet import easing
from popcon.engines.puppet.tracks import FRAMES, jitter, keys, later, phase, sprung, wave


@pytest.mark.parametrize(
    "curve", [c for n, c in vars(easing).items() if callable(c) and n.islower()], ids=lambda c: c.__name__
)
def test_eases_begin_at_0_and_end_at_1(curve: easing.Ease) -> None:
    assert curve(0.0) == pytest.approx(0, abs=1e-9)
    assert curve(1.0) == pytest.approx(1, abs=1e-9)
    assert all(-0.4 < curve(p) < 1.6 for p in np.linspace(0, 1, 50))


def test_keys_pass_through_their_values_and_close() -> None:
    track = keys((0.0, 0.0), (0.25, 2.0, easing.snap), (0.5, -1.0), (0.75, 0.5))
    assert track.shape == (FRAMES,)
    assert [track[n] for n in (0, 15, 30, 45)] == pytest.approx([0, 2, -1, 0.5])
    assert abs(track[-1]) < 0.1
    twice = keys((0.0, 0.0), (0.5, 1.0), beats=2)
    assert np.allclose(twice[:30], twice[30:])


@pytest.mark.parametrize("bad", [[], [(0.5, 1), (0.5, 2)], [(0.6, 1), (0.2, 2)], [(-0.1, 0)], [(1.0, 0)]])
def test_keys_out_of_order_are_refused(bad: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="rise within"):
        keys(*bad)


def test_a_spring_lags_overshoots_and_keeps_the_mean() -> None:
    step = keys((0.0, 0.0), (0.1, 0.0), (0.11, 1.0), (0.6, 1.0), (0.61, 0.0))
    followed = sprung(step, 3.0, 0.3)
    assert followed.max() > 1.1
    assert followed.mean() == pytest.approx(step.mean())
    slow = wave(1)
    assert 0 < int(np.argmax(sprung(slow, 3.0, 0.4))) - int(np.argmax(slow)) < 10
    assert np.allclose(later(sprung(step), 0.25), sprung(later(step, 0.25)))


def test_jitter_is_the_same_each_time_and_shakes() -> None:
    shake = jitter(7)
    assert np.array_equal(shake, jitter(7))
    assert not np.array_equal(shake, jitter(8))
    assert np.abs(shake).max() <= 1
    assert (np.sign(shake[::2]) == np.where(np.arange(30) % 2 == 0, 1, -1)).all()
    assert phase()[0] == 0
