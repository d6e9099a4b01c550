import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from popcon.editing.strokes import apply_strokes, coverage
from popcon.errors import BadInput
from popcon.models.refinement import Point, Refinement, Stroke


def _stroke(mode: str, *points: tuple[float, float], radius: float = 5) -> Stroke:
    return Stroke.model_validate({"points": [{"x": x, "y": y} for x, y in points], "radius": radius, "mode": mode})


FRAME = np.dstack(
    [
        np.tile(np.arange(60, dtype=np.uint8) * 4, (40, 1)),
        np.full((40, 60), 90, np.uint8),
        np.full((40, 60), 30, np.uint8),
    ]
)
OPAQUE = np.dstack([np.full((40, 60, 3), 200, np.uint8), np.full((40, 60), 255, np.uint8)])


def test_a_dot_covers_its_disc() -> None:
    share = coverage(_stroke("erase", (30, 20), radius=8), 40, 60)
    assert share[20, 30] == pytest.approx(1, abs=0.01)
    assert share[20, 42] < 1e-3
    assert share.sum() == pytest.approx(np.pi * 64, rel=0.1)


def test_a_drag_covers_all_between_its_points() -> None:
    share = coverage(_stroke("erase", (10, 20), (50, 20), radius=4), 40, 60)
    assert (share[20, 10:50] > 0.95).all()
    assert share[30].max() == 0


def test_erase_takes_away_with_a_soft_rim() -> None:
    result = apply_strokes(FRAME, OPAQUE, [_stroke("erase", (20, 20))])
    assert result[20, 20].tolist() == [0, 0, 0, 0]
    assert result[20, 40].tolist() == [200, 200, 200, 255]
    partly = (result[..., 3] > 0) & (result[..., 3] < 255)
    assert partly.sum() > 20
    assert np.abs(result[..., :3][partly].astype(int) - 200).max() <= 1


def test_restore_brings_the_frame_back() -> None:
    result = apply_strokes(FRAME, np.zeros_like(OPAQUE), [_stroke("restore", (20, 20))])
    assert result[20, 20].tolist() == [*FRAME[20, 20].tolist(), 255]
    assert result[20, 40].max() == 0


def test_the_later_stroke_wins() -> None:
    erase, restore = _stroke("erase", (20, 20)), _stroke("restore", (20, 20))
    assert apply_strokes(FRAME, OPAQUE, [erase, restore])[20, 20, 3] == 255
    assert apply_strokes(FRAME, OPAQUE, [restore, erase])[20, 20, 3] == 0


def test_no_strokes_change_nothing_and_give_a_copy() -> None:
    result = apply_strokes(FRAME, OPAQUE, [])
    assert (result == OPAQUE).all()
    assert result is not OPAQUE


def test_a_stroke_far_outside_changes_nothing() -> None:
    away = [_stroke("erase", (1e12, -1e12), radius=3), _stroke("erase", (-500, -500), (-500, 900), radius=9)]
    assert (apply_strokes(FRAME, OPAQUE, away) == OPAQUE).all()


def test_a_stroke_across_the_whole_picture_from_far_outside_still_paints() -> None:
    result = apply_strokes(FRAME, OPAQUE, [_stroke("erase", (-90, 20), (150, 20), radius=3)])
    assert (result[20, :, 3] == 0).all()
    assert (result[5, :, 3] == 255).all()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-100, 200), st.floats(-100, 200)), min_size=1, max_size=5),
    st.floats(0.1, 60),
    st.sampled_from(["erase", "restore"]),
)
def test_alpha_moves_only_towards_the_mode(points: list[tuple[float, float]], radius: float, mode: str) -> None:
    half = OPAQUE.copy()
    half[..., 3] = 128
    result = apply_strokes(FRAME, half, [_stroke(mode, *points, radius=radius)])
    change = result[..., 3].astype(int) - 128
    assert (change <= 0).all() if mode == "erase" else (change >= 0).all()
    assert result[result[..., 3] == 0].sum() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"points": []},
        {"radius": 0},
        {"radius": float("nan")},
        {"mode": "paint"},
        {"points": [{"x": float("inf"), "y": 0}]},
    ],
)
def test_strokes_that_mean_nothing_are_refused(fields: dict[str, object]) -> None:
    good = {"points": [{"x": 1, "y": 2}], "radius": 3, "mode": "erase"}
    with pytest.raises(ValidationError):
        Stroke.model_validate(good | fields)


def test_sizes_have_to_fit() -> None:
    with pytest.raises(BadInput, match="cutout is 59 x 40 px"):
        apply_strokes(FRAME, OPAQUE[:, 1:], [])


def test_a_refinement_survives_json() -> None:
    refinement = Refinement(strokes=(Stroke(points=(Point(x=1.5, y=2),), radius=3, mode="restore"),))
    assert Refinement.model_validate_json(refinement.model_dump_json()) == refinement
    assert not refinement.empty
    assert Refinement().empty
