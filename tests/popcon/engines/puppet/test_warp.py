import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.engines.puppet.figure import figure, trimmed
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import rig
from popcon.engines.puppet.warp import Warp
from popcon.errors import BadPicture
from tests.popcon.engines.puppet.figures import ball, block, car, person

POSES = (
    Pose(),
    Pose(bend=0.4, tilt=0.2),
    Pose(lean=0.25, jelly=0.15),
    Pose(stretch=-0.25, y=0.2, x=0.05),
    Pose(pitch=1.0, nod=0.3),
    Pose(twist=0.6, yaw=0.3),
    Pose(roll=0.7, zoom=0.2),
    Pose(flip=0.37, y=0.1),
    Pose(step_left=0.12, arm_right=0.5, belly=0.15, head=-0.1),
)


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("picture", [ball(), person(), car(), block(40, 300)], ids=["ball", "person", "car", "tower"])
def test_inverse_undoes_forward(picture: np.ndarray, pose: Pose) -> None:
    parts = rig(picture)
    u, v = np.meshgrid(np.linspace(-parts.half, parts.half, 9) * 0.98, np.linspace(0.02, 0.98, 11))
    points = np.stack([u.ravel(), v.ravel()], axis=1)
    warp = Warp(parts, pose)
    back, known = warp.inverse(warp.forward(points))
    assert known.mean() > 0.97
    assert np.abs(back - points)[known].max() < 0.02


def test_rest_draws_the_picture_itself() -> None:
    actor = figure(ball(), 240)
    drawn = actor.draw(Pose())
    seen = np.argwhere(drawn[..., 3] > 128)
    (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
    body = actor.body
    assert abs(top - body.top * 240) <= 1.5
    assert abs(bottom - body.bottom * 240) <= 1.5
    assert abs(left - body.left * 240) <= 1.5
    assert abs(right - body.right * 240) <= 1.5
    assert drawn[int(240 * (body.top + 0.05)), 120, :3].tolist() == pytest.approx([250, 200, 60], abs=6)


def test_premultiplied_never_exceeds_alpha() -> None:
    actor = figure(person(), 160)
    for pose in POSES:
        drawn = actor.draw(pose)
        assert (drawn[..., :3].max(axis=2) <= drawn[..., 3].astype(int) + 1).all()


def test_anchors_follow_the_body() -> None:
    actor = figure(person(), 240)
    rest, tilted = actor.anchors(Pose()), actor.anchors(Pose(bend=0.4))
    assert rest.eyes[0][0] < rest.mouth[0] < rest.eyes[1][0]
    assert rest.crown[1] < rest.face[1] < rest.mouth[1] + 1 < rest.hands[0][1] < rest.feet[1]
    assert rest.hands[0][0] < rest.feet[0] < rest.hands[1][0]
    assert tilted.crown[0] > rest.crown[0] + 10
    assert tilted.feet == pytest.approx(rest.feet, abs=0.1)
    lifted = actor.anchors(Pose(y=0.2))
    assert lifted.feet[1] == pytest.approx(rest.feet[1] - 0.2 * rest.scale, abs=0.5)


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    holes=st.integers(0, 2**31),
    fill=st.floats(0.02, 1.0),
    pose=st.sampled_from(POSES),
)
def test_any_shape_can_be_posed(width: int, height: int, holes: int, fill: float, pose: Pose) -> None:
    if max(width, height) < 8:
        width = 8
    chance = np.random.default_rng(holes)
    picture = np.full((height, width, 4), 90, np.uint8)
    picture[..., 3] = np.where(chance.random((height, width)) < fill, 255, 0)
    picture[0, 0, 3] = picture[-1, -1, 3] = 255
    actor = figure(picture, 96)
    drawn = actor.draw(pose)
    assert drawn.shape == (96, 96, 4)
    assert np.isfinite(np.array(actor.extent(pose))).all()
    anchors = actor.anchors(pose)
    assert np.isfinite([*anchors.crown, *anchors.face, *anchors.mouth, *anchors.feet, anchors.scale]).all()
    assert actor.draw(Pose())[..., 3].any()


def test_a_transparent_picture_is_refused() -> None:
    with pytest.raises(BadPicture, match="fully transparent"):
        trimmed(np.zeros((40, 40, 4), np.uint8))


def test_transparent_borders_do_not_matter() -> None:
    plain, padded = ball(120), np.pad(ball(120), ((30, 5), (0, 60), (0, 0)))
    assert np.array_equal(figure(plain, 120).draw(POSES[1]), figure(padded, 120).draw(POSES[1]))


def test_a_whirl_never_vanishes() -> None:
    actor = figure(ball(), 160)
    widths = [np.ptp(np.array(actor.extent(Pose(whirl=t)))[[0, 2]]) for t in np.linspace(0, 1, 17)]
    assert min(widths) > 10
    assert widths[4] < 0.4 * widths[0]


def test_a_flip_stays_above_the_ground() -> None:
    actor = figure(car(), 240)
    ground = actor.body.bottom * 240
    assert all(actor.extent(Pose(flip=t))[3] <= ground + 1.5 for t in np.linspace(0, 1, 25))
