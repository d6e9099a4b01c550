"""An arm that bends at its elbow: it reaches a point, in one piece, and passes in front of what it reaches for."""

import math

import cv2
import numpy as np
import pytest

from popcon.engines.puppet.arms import Swing, reach, swing, with_limbs
from popcon.engines.puppet.elbow import SHARPEST, Bend, turn_to_reach
from popcon.engines.puppet.limb_layers import LimbLayer
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import Rig, rig
from popcon.engines.puppet.spots import Texture
from tests.popcon.engines.puppet.figures import person

LONG, HALF = 120, 9
JOINT = (200.0, 200.0)


@pytest.fixture(scope="module")
def stick() -> LimbLayer:
    """A right arm that hangs straight down."""
    layer = np.zeros((LONG + 2 * HALF, 2 * HALF, 4), np.uint8)
    cv2.line(layer, (HALF, HALF), (HALF, HALF + LONG - 1), (200, 150, 100, 255), 2 * HALF - 4)
    corner = round(JOINT[0]) - HALF, round(JOINT[1]) - HALF
    points = cv2.findNonZero((layer[..., 3] > 8).astype(np.uint8))
    hull = np.asarray(cv2.convexHull(np.asarray(points)).reshape(-1, 2), np.float64)
    return LimbLayer("arm_right", layer, corner, JOINT, (0.0, float(LONG)), hull, False, True, float(HALF))


@pytest.fixture(scope="module")
def parts() -> Rig:
    return rig(person(400))


def empty() -> Texture:
    return np.zeros((400, 400, 4), np.uint8)


@pytest.mark.parametrize("distance", [75, 95, 115])
def test_the_tip_is_as_far_as_it_shall_reach(distance: float) -> None:
    turn = turn_to_reach(LONG, HALF, distance)
    tip = Bend.of(LONG, HALF, turn).placed(np.array([[LONG, 0.0]]))[0]
    assert math.hypot(*tip) == pytest.approx(distance, abs=0.5)
    assert 0 < turn < SHARPEST
    assert turn_to_reach(LONG, HALF, 2 * LONG) == 0


@pytest.mark.parametrize("turn", [0.7, -0.7, 2.0, -2.0])
def test_what_is_bent_is_straightened_by_the_inverse(turn: float) -> None:
    bend = Bend.of(LONG, HALF, turn)
    points = np.array([[5, 3], [40, -6], [60, 2], [66, -2], [100, 5], [119, 0]], np.float64)
    upper, lower = bend.straight(bend.placed(points))
    found = np.where((np.abs(upper - points).max(axis=1) < 1e-6)[:, None], upper, lower)
    assert np.allclose(found, points)


@pytest.mark.parametrize("elbow", [0.8, -0.8, 1.9, -1.9])
def test_a_bent_arm_is_of_one_piece_and_as_wide_as_before(stick: LimbLayer, elbow: float) -> None:
    how = Swing(0.3, 1.0, True, elbow)
    drawn = with_limbs(empty(), ((stick, how),))
    solid = (drawn[..., 3] > 127).astype(np.uint8)
    count, _ = cv2.connectedComponents(solid)
    assert count == 2
    straight = (with_limbs(empty(), ((stick, Swing(0.3, 1.0, True)),))[..., 3] > 127).sum()
    assert solid.sum() == pytest.approx(straight, rel=0.06)
    ys, xs = np.nonzero(solid)
    corners = reach(stick, how)
    assert (corners.min(axis=0) - 2 <= (xs.min(), ys.min())).all()
    assert (corners.max(axis=0) + 2 >= (xs.max(), ys.max())).all()


def test_a_long_arm_bends_to_the_chest_in_front_and_rises_beside_the_head_behind(stick: LimbLayer, parts: Rig) -> None:
    clap = Pose(hand_right=1.0, out_right=0.1, level_right=0.5)
    raised = Pose(hand_right=1.0, out_right=1.2, level_right=1.0)
    near, high = (swing(stick, parts, pose, 300.0, (50, 50), (400, 400)) for pose in (clap, raised))
    assert near.front
    assert near.elbow > 0.2
    assert not high.front
    stub = LimbLayer("arm_right", stick.layer, stick.corner, JOINT, (0.0, 30.0), stick.hull, False, True, 12.0)
    assert swing(stub, parts, clap, 300.0, (50, 50), (400, 400)).elbow == 0
