"""Every effect loops, moves without jumps, stays inside the frame and paints in the colours it declares."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.engines.puppet.effects import EFFECTS
from popcon.engines.puppet.effects.base import Anchors, Effect, Layers

WANTED = {
    "hearts", "tears", "sweat", "anger_mark", "sparks", "notes", "zzz", "motion_lines", "confetti", "question_mark",
    "exclamation", "dizzy", "food_crumbs", "steam", "blush", "bubbles", "stars", "sparkle", "dots", "moon",
    "speed_lines", "shock_lines", "thumbs_up", "bow_lines", "sun_glint", "gloom_lines",
}  # fmt: skip

every_effect = pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS.keys())


def _anchors(side: float, left: float = 0.2, top: float = 0.28, right: float = 0.8, bottom: float = 0.94) -> Anchors:
    """A character that fills this box of the frame (shares of its side)."""
    x0, y0, x1, y1 = (side * share for share in (left, top, right, bottom))
    w, h, middle = x1 - x0, y1 - y0, (x0 + x1) / 2
    return Anchors(
        box=(x0, y0, x1, y1), crown=(middle, y0), face=(middle, y0 + 0.38 * h),
        eyes=((middle - 0.14 * w, y0 + 0.34 * h), (middle + 0.14 * w, y0 + 0.34 * h)), mouth=(middle, y0 + 0.5 * h),
        hands=((x0, y0 + 0.6 * h), (x1, y0 + 0.6 * h)), feet=(middle, y1), scale=h,
    )  # fmt: skip


def _stack(layers: Layers, side: int) -> np.ndarray:
    """Both layers in one picture, premultiplied."""
    picture = np.zeros((side, side, 4), np.float32)
    for layer in (layers.behind, layers.front):
        if layer is not None:
            picture = layer + picture * (1 - layer[..., 3:])
    return picture


def _drawn(effect: Effect, t: float, side: int = 160, seed: int = 3) -> np.ndarray:
    return _stack(effect.draw(t, _anchors(side), side, seed), side)


def test_all_effects_are_there_under_their_names() -> None:
    assert set(EFFECTS) == WANTED
    assert all(effect.name == name and effect.words for name, effect in EFFECTS.items())


@every_effect
def test_the_loop_closes_to_the_bit(effect: Effect) -> None:
    for t in (0.0, 0.1, 1 / 3, 0.7321, 0.9999999):
        here, later, before = (_drawn(effect, t + turns) for turns in (0, 1, -1))
        assert np.array_equal(here, later)
        assert np.array_equal(here, before)


@every_effect
def test_nothing_jumps(effect: Effect) -> None:
    side = 160
    frames = [_drawn(effect, i / 60, side)[..., 3] for i in range(60)]
    steps = [float(np.abs(frames[(i + 1) % 60] - frames[i]).sum()) for i in range(60)]
    most = max(float(frame.sum()) for frame in frames)
    assert max(steps) < 0.75 * most
    # Wherever the largest step is, it must shrink with the time that passes: a jump would not.
    low, high = steps.index(max(steps)) / 60, (steps.index(max(steps)) + 1) / 60
    largest = max(steps)
    for _ in range(4):
        middle = (low + high) / 2
        at = [_drawn(effect, t, side)[..., 3] for t in (low, middle, high)]
        first, second = float(np.abs(at[1] - at[0]).sum()), float(np.abs(at[2] - at[1]).sum())
        low, high, largest = (low, middle, first) if first > second else (middle, high, second)
    assert largest < 0.4 * max(steps) + 3


@every_effect
def test_it_moves(effect: Effect) -> None:
    frames = [_drawn(effect, i / 20) for i in range(20)]
    assert all(np.abs(frames[i] - frames[i - 1]).max() > 0.1 for i in range(20))


@every_effect
def test_it_is_seen_in_most_phases_and_large_enough(effect: Effect) -> None:
    side = 180
    spans = []
    for i in range(30):
        alpha = _drawn(effect, i / 30, side)[..., 3] > 0.5
        columns, rows = np.flatnonzero(alpha.any(axis=0)), np.flatnonzero(alpha.any(axis=1))
        spans.append(max(np.ptp(columns), np.ptp(rows)) + 1 if len(columns) else 0)
    assert sum(span >= 0.08 * side for span in spans) >= 24
    assert spans[0] > 0  # the start frame that a person approves shows it


@every_effect
def test_alpha_is_crisp(effect: Effect) -> None:
    """Nothing is half transparent but antialiased edges, so that one-bit alpha and keying keep it."""
    alpha = np.concatenate([_drawn(effect, i / 8, 240)[..., 3] for i in range(8)])
    seen = alpha[alpha > 0.02]
    assert (seen > 0.98).mean() > 0.6
    assert alpha.max() <= 1 + 1e-5
    assert alpha.min() >= 0


@every_effect
def test_it_paints_in_its_declared_colours(effect: Effect) -> None:
    colours = np.array(effect.colours, float)
    pixels = []
    for i in range(16):
        picture = _drawn(effect, i / 16, 320)
        pixels.append(picture[picture[..., 3] > 0.995][:, :3] * 255)
    opaque = np.concatenate(pixels).astype(float)
    distance = np.linalg.norm(opaque[:, None] - colours[None], axis=2)
    assert (distance.min(axis=1) < 6).mean() > 0.5, "most of it is flat colour"
    assert (distance.min(axis=0) < 6).all(), "every declared colour is used"
    nearest = np.full(len(opaque), np.inf)
    for a, b in combinations(colours, 2):
        along = np.clip((opaque - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(opaque - (a + along[:, None] * (b - a)), axis=1))
    assert (nearest < 12).mean() > 0.96, "the rest is edges between two of them"


def test_a_backdrop_far_from_all_effects_exists() -> None:
    colours = np.array(sorted({colour for effect in EFFECTS.values() for colour in effect.colours}), float)
    for backdrop in ((0, 200, 70), (210, 0, 200)):
        assert np.linalg.norm(colours - backdrop, axis=1).min() > 110


@every_effect
def test_it_is_deterministic_and_leaves_its_sprites_alone(effect: Effect) -> None:
    first = _drawn(effect, 0.37)
    for other in (0.1, 0.5, 0.9):
        _drawn(effect, other, seed=11)
    assert np.array_equal(first, _drawn(effect, 0.37))


def test_the_seed_changes_what_is_left_to_luck() -> None:
    for name in ("hearts", "confetti", "bubbles", "food_crumbs", "tears"):
        assert not np.array_equal(_drawn(EFFECTS[name], 0.3, seed=1), _drawn(EFFECTS[name], 0.3, seed=2))


@every_effect
@pytest.mark.parametrize(
    "box", [(0.2, 0.28, 0.8, 0.94), (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.2, 0.1), (0.9, 0.85, 1.0, 1.0)]
)
def test_the_border_stays_free_and_nothing_is_cut_off(effect: Effect, box: tuple[float, float, float, float]) -> None:
    side = 200
    for i in range(7):
        layers = effect.draw(i / 7 + 0.02, _anchors(side, *box), side, 5)
        for layer in (layers.behind, layers.front):
            if layer is None:
                continue
            border = layer[..., 3].copy()
            border[2:-2, 2:-2] = 0
            assert not border.any()
            # Cut off, a shape would end in a straight opaque edge where the drawable area ends.
            inner = layer[3:-3, 3:-3, 3]
            edges = (inner[0], inner[-1], inner[:, 0], inner[:, -1])
            assert max(float(edge.max()) for edge in edges) < 0.75


_anywhere = st.floats(-2000, 3000, allow_nan=False)
_point = st.tuples(_anywhere, _anywhere)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(EFFECTS)), t=st.floats(-3, 3), side=st.sampled_from([64, 128, 180]),
    seed=st.integers(0, 2**31), box=st.tuples(*[_anywhere] * 4), parts=st.tuples(*[_point] * 8),
    scale=st.sampled_from([0.0, 1e-9, 3.0, 100.0, 1e6]),
)  # fmt: skip
def test_any_anchors_give_a_valid_frame(
    name: str, t: float, side: int, seed: int, box: tuple[float, float, float, float],
    parts: tuple[tuple[float, float], ...], scale: float,
) -> None:  # fmt: skip
    crown, face, left_eye, right_eye, mouth, left_hand, right_hand, feet = parts
    anchors = Anchors(box, crown, face, (left_eye, right_eye), mouth, (left_hand, right_hand), feet, scale)
    layers = EFFECTS[name].draw(t, anchors, side, seed)
    for layer in (layers.behind, layers.front):
        if layer is not None:
            assert layer.shape == (side, side, 4)
            assert layer.dtype == np.float32
            assert np.isfinite(layer).all()
            assert (layer[..., :3] <= layer[..., 3:] + 1e-4).all()
            border = layer[..., 3].copy()
            border[2:-2, 2:-2] = 0
            assert not border.any()


def test_hearts_keep_to_the_character() -> None:
    """Effects follow the anchors: around a character at the left, they are at the left."""
    side = 480
    left = _stack(EFFECTS["hearts"].draw(0.4, _anchors(side, 0.1, 0.5, 0.3, 0.9), side, 1), side)[..., 3]
    right = _stack(EFFECTS["hearts"].draw(0.4, _anchors(side, 0.7, 0.5, 0.9, 0.9), side, 1), side)[..., 3]
    x = np.arange(side)
    assert (left.sum(axis=0) * x).sum() / left.sum() < 0.42 * side
    assert (right.sum(axis=0) * x).sum() / right.sum() > 0.58 * side
