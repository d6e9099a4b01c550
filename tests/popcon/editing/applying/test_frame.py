import numpy as np
import pytest

from popcon.editing.apply import apply_refinement, clicked_mask, propagate_masks
from popcon.engines.segment.graph import GraphEngine
from popcon.errors import BadInput
from popcon.models.artifact import ArtifactRef
from popcon.models.refinement import Click, Point, Refinement, Stroke
from tests.popcon.engines.segment.pictures import disc_on, iou, plain

ENGINE = GraphEngine()
FRAME, TRUTH = disc_on(plain())
CUTOUT = np.dstack([FRAME, np.where(TRUTH, 255, 0).astype(np.uint8)])
CUTOUT[~TRUTH] = 0
BACKDROP = "#28b46e"


def test_a_positive_click_brings_back_what_the_machine_lost() -> None:
    broken = CUTOUT.copy()
    broken[60:92, 50:84] = 0
    one = apply_refinement(FRAME, broken, Refinement(clicks=(Click(x=67, y=76),)), ENGINE, BACKDROP)
    result = apply_refinement(
        FRAME, broken, Refinement(clicks=(Click(x=67, y=76), Click(x=80, y=88))), ENGINE, BACKDROP
    )
    assert iou(broken[..., 3], TRUTH) < iou(one[..., 3], TRUTH) < iou(result[..., 3], TRUTH)
    assert iou(result[..., 3], TRUTH) > 0.97
    assert result[76, 67].tolist() == [*FRAME[76, 67].tolist(), 255]


def test_a_negative_click_removes_what_the_machine_kept() -> None:
    frame, other = disc_on(FRAME, x=134, y=134, radius=16)
    cutout = np.dstack([frame, np.where(TRUTH | other, 255, 0).astype(np.uint8)])
    result = apply_refinement(
        frame, cutout, Refinement(clicks=(Click(x=136, y=138, positive=False),)), ENGINE, BACKDROP
    )
    assert iou(result[..., 3], TRUTH) > 0.97


def test_strokes_come_after_clicks() -> None:
    stroke = Stroke(points=(Point(x=67, y=76),), radius=4, mode="erase")
    result = apply_refinement(
        FRAME, CUTOUT, Refinement(clicks=(Click(x=67, y=76),), strokes=(stroke,)), ENGINE, BACKDROP
    )
    assert result[76, 67, 3] == 0
    assert result[76, 95, 3] == 255


def test_the_same_refinement_gives_the_same_bytes() -> None:
    refinement = Refinement(
        clicks=(Click(x=90, y=95), Click(x=67, y=76, positive=False)),
        strokes=(Stroke(points=(Point(x=20, y=20), Point(x=40, y=30)), radius=3.5, mode="restore"),),
    )
    first = apply_refinement(FRAME, CUTOUT, refinement, ENGINE, BACKDROP)
    again = apply_refinement(
        FRAME, CUTOUT, Refinement.model_validate_json(refinement.model_dump_json()), ENGINE, BACKDROP
    )
    assert first.tobytes() == again.tobytes()


def test_nothing_changed_is_the_cutout() -> None:
    assert (apply_refinement(FRAME, CUTOUT, Refinement(), ENGINE, BACKDROP) == CUTOUT).all()


def test_a_named_mask_has_to_be_given() -> None:
    ref = ArtifactRef(sha256="0" * 64, size=1, media_type="image/png")
    with pytest.raises(BadInput, match="mask"):
        apply_refinement(FRAME, CUTOUT, Refinement(mask=ref), ENGINE, BACKDROP)
    result = apply_refinement(
        FRAME, CUTOUT, Refinement(mask=ref), ENGINE, BACKDROP, mask=np.zeros(TRUTH.shape, np.uint8)
    )
    assert result.max() == 0


def test_without_a_cutout_clicks_choose_anew() -> None:
    mask, _ = clicked_mask(ENGINE, ENGINE.encode(FRAME), np.zeros_like(CUTOUT), [Click(x=90, y=95)])
    assert iou(mask, TRUTH) > 0.97


def test_clicks_on_one_frame_mend_all() -> None:
    places = [(60 + 6 * n, 80) for n in range(5)]
    pairs = [disc_on(plain(), x=x, y=y) for x, y in places]
    frames, cutouts = [picture for picture, _ in pairs], []
    for (picture, truth), (x, y) in zip(pairs, places, strict=True):
        cutout = np.dstack([picture, np.where(truth, 255, 0).astype(np.uint8)])
        cutout[y - 12 : y + 12, x - 25 : x] = 0
        cutouts.append(cutout)
    found = {n: rgba for n, rgba, _, _ in propagate_masks(frames, cutouts, {1: [Click(x=54, y=80)]}, ENGINE, BACKDROP)}
    assert sorted(found) == list(range(5))
    assert min(iou(found[n][..., 3], pairs[n][1]) for n in found) > 0.95


def test_carrying_can_be_cancelled_and_checks_its_frames() -> None:
    carried = propagate_masks([FRAME] * 3, [CUTOUT] * 3, {0: np.where(TRUTH, 255, 0).astype(np.uint8)}, ENGINE, None)
    assert next(carried)[0] == 0
    carried.close()  # type: ignore[attr-defined]
    assert list(carried) == []
    with pytest.raises(BadInput, match="3 frames but 2 cutouts"):
        next(propagate_masks([FRAME] * 3, [CUTOUT] * 2, {0: [Click(x=1, y=1)]}, ENGINE, None))
    with pytest.raises(BadInput, match="no frame 4"):
        next(propagate_masks([FRAME] * 3, [CUTOUT] * 3, {4: [Click(x=1, y=1)]}, ENGINE, None))
