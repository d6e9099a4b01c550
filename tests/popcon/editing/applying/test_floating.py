import numpy as np
from numpy.typing import NDArray

from popcon.editing.apply import apply_refinement, clicked_mask
from popcon.editing.floating import remove_clicked, remove_floating
from popcon.engines.segment.graph import GraphEngine
from popcon.models.refinement import Click, Point, Refinement, Stroke

ENGINE = GraphEngine()


def scene() -> NDArray[np.uint8]:
    """A body, a heart beside it with a faint glow, and a tear that touches the body."""
    cutout = np.zeros((120, 160, 4), np.uint8)
    cutout[30:100, 20:80] = (200, 40, 40, 255)
    cutout[40:60, 80:88] = (40, 40, 200, 255)  # touches
    cutout[36:64, 116:144] = (250, 90, 120, 30)
    cutout[40:60, 120:140] = (250, 90, 120, 255)
    return cutout


def test_what_floats_goes_with_its_glow_and_what_touches_stays() -> None:
    before = scene()
    after = remove_floating(before)
    assert (after[:, :100] == before[:, :100]).all()
    assert not after[:, 100:].any()
    assert before[50, 130, 3] == 255


def test_a_clicked_piece_and_a_second_figure_stay() -> None:
    kept = remove_floating(scene(), [Click(x=130, y=50), Click(x=1e6, y=-3)])
    assert kept[50, 130, 3] == 255
    both = scene()
    both[20:70, 100:150] = (10, 200, 10, 255)
    assert (remove_floating(both) == both).all()


def test_a_character_alone_and_an_empty_frame_stay_as_they_are() -> None:
    alone = scene()
    alone[:, 100:] = 0
    assert (remove_floating(alone) == alone).all()
    assert not remove_floating(np.zeros((9, 9, 4), np.uint8)).any()


def test_effects_off_is_a_change_and_strokes_still_bring_back() -> None:
    cutout = scene()
    frame = np.ascontiguousarray(cutout[..., :3])
    off = Refinement(effects=False)
    assert not off.empty
    assert Refinement.model_validate({}).effects
    assert not apply_refinement(frame, cutout, off, ENGINE, "#000000")[:, 100:].any()
    stroke = Stroke(points=(Point(x=130, y=50),), radius=4, mode="restore")
    back = apply_refinement(frame, cutout, off.model_copy(update={"strokes": (stroke,)}), ENGINE, "#000000")
    assert back[50, 130].tolist() == [250, 90, 120, 255]
    assert back[42, 122, 3] == 0


def test_one_minus_click_takes_a_floating_piece_and_its_outline() -> None:
    cutout = scene()
    cutout[40:60, 120:140] = (30, 20, 60, 255)
    cutout[43:57, 123:137] = (250, 90, 120, 255)  # red in a dark outline
    frame = np.ascontiguousarray(cutout[..., :3])
    body, heart = Click(x=50, y=60), Click(x=130, y=50, positive=False)
    mask, _ = clicked_mask(ENGINE, ENGINE.encode(frame), cutout, [body, heart])
    assert not mask[:, 110:].any()
    assert mask[35:95, 25:75].all()


def test_a_minus_click_on_the_character_or_beside_a_plus_is_left_to_the_engine() -> None:
    before = np.where(scene()[..., 3] > 127, 255, 0).astype(np.uint8)
    after = before.copy()
    after[60:70, 30:40] = 0
    on_body = [Click(x=35, y=65, positive=False)]
    assert (remove_clicked(before, after, on_body) == after).all()
    both = [Click(x=130, y=50, positive=False), Click(x=122, y=42)]
    assert (remove_clicked(before, after, both) == after).all()
    after[70:80, 118:124] = 255  # far from the heart; what is near goes with it
    after[62:64, 118:124] = 255
    kept = remove_clicked(before, after, [Click(x=130, y=50, positive=False)])
    assert not kept[36:66, 100:].any()
    assert (kept[70:80, 118:124] == 255).all()
    outside = [Click(x=-4, y=400, positive=False), Click(x=10, y=10, positive=False)]
    assert (remove_clicked(before, after, outside) == after).all()
