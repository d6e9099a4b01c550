import cv2
import numpy as np
import pytest

from popcon.engines.puppet.effects import EFFECTS
from popcon.engines.puppet.expression import draw_expression
from popcon.engines.puppet.eyes import find_eyes
from popcon.engines.puppet.features import clear_lens
from popcon.engines.puppet.figure import figure, trimmed
from popcon.engines.puppet.hands import below_the_face, shows_hands
from popcon.engines.puppet.legs import find_limbs
from popcon.engines.puppet.marked import record
from popcon.engines.puppet.mitts import SHAPES, hand_sprite, tint
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import rig
from popcon.engines.puppet.spots import Spot
from popcon.media.mascot import draw_mascot
from popcon.pixels import Rgba
from tests.popcon.engines.puppet.figures import ball, block, car, person


def test_a_face_is_all_head_with_eyes_and_a_mouth() -> None:
    parts = rig(ball())
    assert not parts.upright
    assert parts.sees
    (left, right), lips = parts.eyes, parts.lips
    assert left[0] == pytest.approx(-1 / 6, abs=0.02)
    assert right[0] == pytest.approx(1 / 6, abs=0.02)
    assert left[1] == pytest.approx(0.5 + 1 / 9, abs=0.03)
    assert lips is not None
    assert abs(lips[0]) < 0.03
    assert 0.2 < lips[1] < 0.42


def test_a_person_has_a_neck_and_arms() -> None:
    picture = person()
    parts = rig(picture)
    assert parts.upright
    assert parts.sees
    assert 0.4 < parts.neck < 0.62
    assert all(eye[1] > parts.neck for eye in parts.eyes)
    limbs = {limb.name: limb for limb in find_limbs(picture, parts.neck, parts.upright, parts.profile)}
    left, right = limbs["arm_left"], limbs["arm_right"]
    assert left.tip[0] < left.joint[0] < 0.5 < right.joint[0] < right.tip[0]


@pytest.mark.parametrize("picture", [car(), block(100, 100), block(20, 200)], ids=["car", "square", "stick"])
def test_what_has_no_face_gets_no_eyes_or_arms(picture: np.ndarray) -> None:
    parts = rig(picture)
    assert not parts.sees
    assert parts.lips is None
    assert not any(
        limb.name.startswith(("arm", "tail")) for limb in find_limbs(picture, parts.neck, parts.upright, parts.profile)
    )


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_eyes_are_found_at_any_size(turns: int) -> None:
    picture = ball(120 * 2**turns)
    parts = rig(picture)
    assert parts.sees
    assert parts.eyes[1][0] - parts.eyes[0][0] == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize("side", [300, 480, 640, 720, 768, 900, 1024])
def test_the_mascots_eyes_are_whole_at_any_size(side: int) -> None:
    """At some sizes the shine of one eye and the lashes of the other were taken for its eyes."""
    drawn = draw_mascot(side)
    rows, columns = np.flatnonzero(drawn[..., 3].any(axis=1)), np.flatnonzero(drawn[..., 3].any(axis=0))
    picture = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    found = find_eyes(np.ascontiguousarray(picture))
    assert found is not None
    for eye, across in zip(found[:2], (0.344, 0.58), strict=True):
        assert eye.x / picture.shape[0] == pytest.approx(across, abs=0.01)
        assert eye.y / picture.shape[0] == pytest.approx(0.453, abs=0.01)
        assert eye.ry / picture.shape[0] == pytest.approx(0.063, abs=0.008)


def test_shutting_the_eyes_makes_them_thin_and_leaves_the_outline() -> None:
    actor = figure(ball(), 320)

    def dark(pose: Pose) -> int:
        drawn = actor.draw(pose)
        y = round(actor.anchors(Pose()).eyes[0][1])
        return int((drawn[y - 30 : y + 30, :, :3].max(axis=2) < 110)[drawn[y - 30 : y + 30, :, 3] > 250].sum())

    assert dark(Pose(eye_left=1, eye_right=1)) < 0.45 * dark(Pose())
    assert 0.4 * dark(Pose()) < dark(Pose(eye_right=1)) < 0.8 * dark(Pose())
    frowning = Pose(frown=1, mouth=0.8, brow=1, eye_left=0.5)
    assert np.abs(actor.draw(frowning)[..., 3].astype(int) - actor.draw(Pose())[..., 3]).max() <= 4
    assert np.abs(actor.draw(frowning).astype(int) - actor.draw(Pose())).max() > 60


def test_own_arms_swing_and_nothing_is_left_behind() -> None:
    actor = figure(person(), 320)
    assert sorted(limb.name for limb in actor.limbs) == ["arm_left", "arm_right", "leg_left", "leg_right"]
    assert actor.colours is None
    up = Pose(hand_right=1, out_right=1.2, level_right=1.1)
    rest, raised = actor.draw(Pose())[..., 3], actor.draw(up)[..., 3]
    hand = actor.anchors(Pose()).hands[1]
    low = rest[round(hand[1]) :, round(hand[0]) - 4 :].sum(dtype=int)
    assert raised[round(hand[1]) :, round(hand[0]) - 4 :].sum(dtype=int) < 0.5 * low
    assert cv2.connectedComponents((raised > 20).astype(np.uint8))[0] == 2
    assert np.array_equal(actor.draw(up)[:, :100, 3], actor.draw(Pose())[:, :100, 3])


def test_faces_get_floating_hands_in_their_own_colour() -> None:
    actor = figure(ball(), 240)
    assert actor.colours is not None
    assert actor.colours.skin == pytest.approx((250, 200, 60), abs=4)
    waving = actor.draw(Pose(hand_right=1, out_right=1.2, level_right=0.9))
    beside = waving[:, round(actor.body.right * 240) + 6 :, 3]
    assert (beside > 200).sum() > 250
    assert not (actor.draw(Pose())[:, round(actor.body.right * 240) + 6 :, 3] > 0).any()


def bust(cut: bool) -> Rgba:
    """Hair, a face and shoulders, cut off level below where `cut`; else a figure that sits on two round feet."""
    picture = np.zeros((400, 300, 4), np.uint8)
    cv2.ellipse(picture, (150, 410), (145, 170), 0, 180, 360, (60, 120, 220, 255), -1)
    if not cut:
        picture[330:, :, 3] = 0
        for x in (70, 230):
            cv2.circle(picture, (x, 345), 52, (60, 120, 220, 255), -1)
    cv2.ellipse(picture, (150, 130), (100, 125), 0, 0, 360, (120, 60, 30, 255), -1)
    cv2.ellipse(picture, (150, 150), (82, 88), 0, 0, 360, (250, 200, 160, 255), -1)
    for x in (115, 185):
        cv2.ellipse(picture, (x, 145), (11, 15), 0, 0, 360, (40, 30, 40, 255), -1)
    cv2.ellipse(picture, (150, 190), (30, 16), 0, 15, 165, (40, 30, 40, 255), 6)
    return picture


def test_a_head_with_shoulders_gets_hands_of_its_skin_and_one_that_sits_gets_none() -> None:
    actor = figure(bust(cut=True), 320)
    assert actor.rig.upright
    assert actor.colours is not None
    assert actor.colours.skin == pytest.approx((250, 200, 160), abs=4), "of the skin, not of the hair"
    assert figure(bust(cut=False), 320).colours is None


def test_a_head_with_shoulders_and_a_raised_hand_gets_no_second_pair() -> None:
    waving = bust(cut=True)
    cv2.rectangle(waving, (252, 60), (290, 330), (250, 200, 160, 255), -1)
    cv2.rectangle(waving, (244, 60), (251, 330), (120, 60, 30, 255), -1)
    assert shows_hands(waving, rig(waving), (250, 200, 160))
    assert not shows_hands(bust(cut=True), rig(bust(cut=True)), (250, 200, 160))


def test_a_thumb_beside_a_body_without_hands_has_its_colour() -> None:
    actor = figure(person(), 240)
    assert actor.skin == pytest.approx((250, 170, 70), abs=4)
    anchors = actor.anchors(Pose())
    layer = EFFECTS["thumbs_up"].draw(0.3, anchors, 240, 0).front
    assert layer is not None
    apart = np.abs(layer[..., :3] * 255 - np.array(actor.skin)).sum(axis=2)
    assert ((apart < 12) & (layer[..., 3] > 0.99)).sum() > 300
    assert figure(block(200, 200), 240).skin == pytest.approx(block(200, 200)[100, 100, :3], abs=4)


@pytest.mark.parametrize("shape", SHAPES)
def test_hand_sprites_are_clean(shape: str) -> None:
    sprite = hand_sprite(shape, tint(ball(), rig(ball())))
    assert (sprite[..., :3].max(axis=2) <= sprite[..., 3]).all()
    assert sprite[[0, -1]].max() == 0
    assert sprite[:, [0, -1]].max() == 0
    assert 0.1 < (sprite[..., 3] > 128).mean() < 0.6


def animal(looks: int) -> Rgba:
    """An animal seen from the side: a long body, a head at one end with one eye."""
    picture = np.zeros((300, 420, 4), np.uint8)
    colour = (220, 150, 80, 255)
    cv2.ellipse(picture, (230, 170), (150, 70), 0, 0, 360, colour, -1, cv2.LINE_AA)
    cv2.circle(picture, (90, 110), 70, colour, -1, cv2.LINE_AA)
    for x in (130, 180, 290, 340):
        cv2.line(picture, (x, 200), (x, 280), colour, 30, cv2.LINE_AA)
    cv2.ellipse(picture, (75, 95), (9, 12), 0, 0, 360, (40, 30, 40, 255), -1, cv2.LINE_AA)
    return np.ascontiguousarray(picture if looks < 0 else picture[:, ::-1])


@pytest.mark.parametrize("looks", [-1, 1])
def test_an_animal_seen_from_the_side_has_one_eye_and_shuts_it(looks: int) -> None:
    picture = animal(looks)
    actor = figure(picture, 320)
    assert actor.rig.sees
    assert actor.rig.profile == looks
    assert actor.colours is None, "no hands are invented"
    bare = actor.face.bare
    assert bare is not None
    (eye,) = bare.eyes
    shut = draw_expression(actor.whole, bare, Pose(eye_left=1.0, eye_right=1.0))
    at = round(eye.y - 0.5 * eye.ry), round(eye.x)
    assert actor.whole[at][:3].max() < 90 < shut[at][0], "skin where the eye was"
    found = record(trimmed(picture), (420, 300), (20.0, 40.0, 380.0, 296.0))
    assert found.facing == ("left" if looks < 0 else "right")
    assert len(found.eyes) == 1


def test_a_side_view_without_an_eye_gets_none() -> None:
    picture = animal(-1)
    picture[picture[..., 3] > 0] = (220, 150, 80, 255)
    assert not rig(trimmed(picture)).sees


def beast(legs: tuple[int, ...] = (90, 130, 240, 280)) -> Rgba:
    """An animal from its left side, without a face: a long trunk on legs, its tail up at the right."""
    shape = np.zeros((220, 400), np.uint8)
    cv2.ellipse(shape, (190, 80), (130, 55), 0, 0, 360, 255, cv2.FILLED)
    for x in legs:
        cv2.rectangle(shape, (x - 10, 90), (x + 10, 205), 255, cv2.FILLED)
    cv2.line(shape, (305, 70), (375, 25), 255, 16)
    picture = np.full((220, 400, 4), (200, 140, 90, 255), np.uint8)
    picture[..., 3] = shape
    return trimmed(picture)


def test_an_animal_has_legs_that_take_turns_and_a_tail_but_no_arms() -> None:
    picture = beast()
    parts = rig(picture)
    limbs = find_limbs(picture, parts.neck, parts.upright, 0)
    assert sorted(limb.name for limb in limbs) == ["leg_left", "leg_left", "leg_right", "leg_right", "tail"]
    legs = [limb for limb in limbs if limb.name.startswith("leg")]
    assert [legs[n].name == legs[n + 1].name for n in range(3)] == [False] * 3
    assert all(0.35 < leg.joint[1] < 0.8 < leg.tip[1] for leg in legs)
    tail = limbs[-1]
    assert tail.tip[0] > tail.joint[0] > 0.7
    looks_left = find_limbs(picture, parts.neck, parts.upright, -1)
    assert looks_left[0].name == "leg_left"  # the foremost one: the paw that waves
    assert len(record(picture, (400, 220), (0.0, 0.0, 324.0, 189.0)).limbs) == 5


def test_one_foot_is_no_pair_of_legs() -> None:
    picture = beast(legs=(190,))
    parts = rig(picture)
    assert not any(limb.name.startswith("leg") for limb in find_limbs(picture, parts.neck, parts.upright, 0))


def test_legs_that_stride_leave_no_hole_in_the_body() -> None:
    actor = figure(beast(), 240)
    rest, strides = (actor.draw(Pose(step_left=step, step_right=0.0))[..., 3] for step in (0.0, 0.12))
    assert np.abs(rest.astype(int) - strides).max() > 200  # they move
    trunk = np.argwhere(rest > 250)
    top, bottom = trunk[:, 0].min(), trunk[:, 0].max()
    middle = round(top + 0.42 * (bottom - top))
    assert (strides[: middle + 1][rest[: middle + 1] > 250] > 240).all()


def test_floating_hands_stay_below_eyes_and_mouth() -> None:
    parts = rig(trimmed(ball()))
    assert parts.lips is not None
    chin = parts.mouth[1] - parts.lips[3]
    for height in (0.2, 0.4):
        u, v = below_the_face(parts, (parts.face[0], height), 0.1)
        assert u == parts.face[0]
        assert v + 0.1 <= chin + 1e-9
    for away in ((parts.face[0] + 0.5, 0.5), (parts.face[0], 1.2), (parts.face[0], -0.1)):
        assert below_the_face(parts, away, 0.1) == away  # beside the face, above it, below it


def test_the_frame_of_glasses_stays_when_what_is_within_is_cleared() -> None:
    picture = np.full((120, 120, 4), (250, 200, 60, 255), np.uint8)
    cv2.circle(picture, (60, 60), 26, (20, 20, 20, 255), 6)
    cv2.circle(picture, (60, 60), 5, (60, 30, 20, 255), cv2.FILLED)
    bare = picture.copy()
    cv2.circle(bare, (60, 60), 30, (20, 20, 20, 255), cv2.FILLED)  # filled in from next to the lens
    clear_lens(bare, picture, Spot(60, 60, 24, 24))
    assert np.abs(bare[55:66, 55:66, :3].astype(int) - (250, 200, 60)).max() <= 2
    assert (bare[60, 31:34, :3] == 20).all()
    plain = np.full_like(picture, 90)
    clear_lens(plain, np.full_like(picture, 200), Spot(60, 60, 24, 24))
    assert (plain == 90).all()
