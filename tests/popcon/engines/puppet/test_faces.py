"""Faces that are found on drawn characters, taken away and drawn anew."""

import cv2
import numpy as np
import pytest

from popcon.engines.puppet.expression import draw_expression
from popcon.engines.puppet.eyes import find_eyes, find_mouth
from popcon.engines.puppet.face import with_face
from popcon.engines.puppet.features import BareFace
from popcon.engines.puppet.figure import Figure, figure
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.spots import Spot, Texture
from popcon.media.mascot import draw_mascot
from popcon.pixels import Rgba

SKIN, INK = (250, 200, 90, 255), (40, 30, 30, 255)


def head(eyes: str = "dots", nose: bool = False) -> Rgba:
    """A round head of 400 px: eyes at (140, 160) and (260, 160), a smile at (200, 265)."""
    picture = np.zeros((400, 400, 4), np.uint8)
    cv2.circle(picture, (200, 200), 195, SKIN, -1, cv2.LINE_AA)
    for x in (140, 260):
        if eyes == "white":
            cv2.circle(picture, (x, 160), 38, (255, 255, 255, 255), -1, cv2.LINE_AA)
        if eyes != "none":
            cv2.ellipse(picture, (x, 160), (16, 22), 0, 0, 360, INK, -1, cv2.LINE_AA)
    if nose:
        cv2.ellipse(picture, (200, 215), (22, 16), 0, 0, 360, INK, -1, cv2.LINE_AA)
    else:
        cv2.ellipse(picture, (200, 250), (50, 26), 0, 20, 160, INK, 9, cv2.LINE_AA)
    return picture


@pytest.fixture(scope="module")
def actor() -> Figure:
    return figure(head(), 360)


def bare(actor: Figure) -> BareFace:
    assert actor.face.bare is not None
    return actor.face.bare


def window(texture: Texture, part: Spot) -> np.ndarray:
    rows = slice(round(part.y - part.ry), round(part.y + part.ry) + 1)
    return texture[rows, round(part.x - part.rx) : round(part.x + part.rx) + 1, :3].astype(np.float32)


@pytest.mark.parametrize("eyes", ["dots", "white"])
def test_eyes_are_found_where_they_are(eyes: str) -> None:
    found = find_eyes(head(eyes))
    assert found is not None
    for eye, x in zip(found[:2], (140, 260), strict=True):
        assert (eye.x, eye.y) == pytest.approx((x, 160), abs=400 / 30)
        assert eye.rx == pytest.approx(38 if eyes == "white" else 16, rel=0.25)


def test_none_are_invented_on_a_head_without() -> None:
    assert find_eyes(head("none")) is None


def test_a_smile_is_a_mouth_and_a_nose_alone_is_none() -> None:
    for nose in (False, True):
        picture = head(nose=nose)
        found = find_eyes(picture)
        assert found is not None
        mouth = find_mouth(picture, found[0], found[1])
        assert (mouth is None) if nose else (mouth is not None and abs(mouth.x - 200) < 8)


def test_whites_that_touch_each_other_are_two_eyes() -> None:
    picture = head("none")
    for x in (136, 264):
        cv2.circle(picture, (x, 160), 66, (255, 255, 255, 255), -1, cv2.LINE_AA)
    for x in (136, 264):
        cv2.circle(picture, (x, 160), 30, INK, -1, cv2.LINE_AA)
    found = find_eyes(picture)
    assert found is not None
    for eye, x in zip(found[:2], (136, 264), strict=True):
        assert (eye.x, eye.y, eye.rx, eye.ry) == pytest.approx((x, 160, 66, 66), abs=6)


def test_an_open_mouth_on_shaded_skin_is_found_with_teeth_and_tongue() -> None:
    picture = head("none")
    for x in (140, 260):
        cv2.circle(picture, (x, 120), 20, INK, -1, cv2.LINE_AA)
    down = np.linspace(0, 1, 400)[:, None, None]
    shaded = picture[..., :3] * (1 - down) + np.array([240, 120, 110]) * down
    picture[..., :3] = np.where(picture[..., :3] == SKIN[:3], shaded, picture[..., :3])
    cv2.ellipse(picture, (200, 200), (100, 90), 0, 0, 180, (130, 20, 110, 255), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (200, 265), (45, 40), 0, 0, 360, (230, 60, 90, 255), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (110, 200), (290, 218), (255, 255, 255, 255), -1)
    found = find_eyes(picture)
    assert found is not None
    mouth = find_mouth(picture, found[0], found[1])
    assert mouth is not None
    assert (mouth.x, mouth.rx) == pytest.approx((200, 100), abs=10)
    assert (mouth.y - mouth.ry, mouth.y + mouth.ry) == pytest.approx((200, 305), abs=14)


def test_a_mouth_that_stays_half_open_hides_the_one_in_the_picture(actor: Figure) -> None:
    face = bare(actor)
    assert face.mouth is not None
    drawn, wanted = (draw_expression(texture, face, Pose(mouth=0.15)) for texture in (actor.whole, face.bare))
    assert np.abs(window(drawn, face.mouth) - window(wanted, face.mouth)).max() < 12


def test_nothing_of_the_own_features_is_left_behind(actor: Figure) -> None:
    face = bare(actor)
    assert face.mouth is not None
    for part in (*face.eyes, face.mouth):
        assert np.abs(window(face.bare, part) - SKIN[:3]).max() < 25


def test_shut_eyes_are_a_line_in_the_arts_own_colour(actor: Figure) -> None:
    face = bare(actor)
    assert np.abs(np.array(face.line) - INK[:3]).max() < 12
    drawn = draw_expression(actor.whole, face, Pose(eye_left=1.0, eye_right=1.0))
    for eye in face.eyes:
        before, after = (window(each, eye).mean(axis=2) < 100 for each in (actor.whole, drawn))
        assert 0.02 < after.mean() < 0.6 * before.mean()


def test_laughing_eyes_arch_up_and_sleeping_ones_down(actor: Figure) -> None:
    face = bare(actor)
    heights = []
    for joy in (1.0, 0.0):
        drawn = draw_expression(actor.whole, face, Pose(eye_left=1.0, eye_right=1.0, joy=joy))
        eye = face.eyes[0]
        dark = window(drawn, eye).mean(axis=2) < 120
        middle = dark.shape[1] // 2
        heights.append(float(np.flatnonzero(dark[:, middle]).mean() - np.flatnonzero(dark[:, 2]).mean()))
    assert heights[0] < 0 < heights[1]


def test_angry_laughing_and_crying_mouths_differ(actor: Figure) -> None:
    face = bare(actor)
    poses = (Pose(teeth=1.0, frown=0.5), Pose(mouth=0.8, frown=-0.8), Pose(mouth=0.5, frown=1.0))
    drawn = [draw_expression(actor.whole, face, pose) for pose in poses]
    assert face.mouth is not None
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(window(drawn[a], face.mouth) - window(drawn[b], face.mouth)).mean() > 12


def test_anger_reddens_the_face_and_leaves_its_outline(actor: Figure) -> None:
    red = draw_expression(actor.whole, bare(actor), Pose(red=1.0))
    np.testing.assert_array_equal(red[..., 3], actor.whole[..., 3])
    eye = bare(actor).eyes[0]
    spot = round(eye.y - 2.2 * eye.ry), round((bare(actor).eyes[0].x + bare(actor).eyes[1].x) / 2)
    assert int(red[spot][1]) < int(actor.whole[spot][1]) - 30


def test_anger_keeps_to_the_skin_and_fades_towards_the_chin() -> None:
    """A head in a hood: the hood, the eyes' whites and the chin keep their colours, the brow does not."""
    picture = head("white")
    hood = np.zeros((400, 400), np.uint8)
    cv2.circle(hood, (200, 200), 196, 1, -1)
    cv2.ellipse(hood, (200, 210), (150, 130), 0, 0, 360, 0, -1)
    picture[hood > 0, :3] = (90, 170, 240)
    actor = figure(picture, 360)
    face = bare(actor)
    red = draw_expression(actor.whole, face, Pose(red=1.0)).astype(int)
    change = np.abs(red - actor.whole)[..., :3].sum(axis=2)
    left, right = face.eyes
    x, y = round((left.x + right.x) / 2), round(left.y)
    apart = round(face.apart)
    assert change[y - apart // 3, x] > 60, "the brow is red"
    assert change[y + round(1.3 * face.apart), x] == 0, "the chin is not"
    assert change[y - round(0.95 * face.apart), x] < 20, "nor is the hood"
    assert change[y, round(left.x - 0.7 * left.rx)] < 6, "nor are the whites of the eyes"


@pytest.mark.parametrize("eyes", ["dots", "white"])
def test_eyes_look_aside_and_their_whites_stay(eyes: str) -> None:
    actor = figure(head(eyes), 360)
    face = bare(actor)
    assert face.dots == ((True, True) if eyes == "dots" else (False, False))

    def middle(texture: Texture) -> tuple[float, float]:
        """The middle of what is dark in a window around the right eye."""
        eye = face.eyes[1]
        around = Spot(eye.x, eye.y, 2 * eye.rx, 2 * eye.ry)
        ys, xs = np.nonzero(window(texture, around).sum(axis=2) < 240)
        return float(xs.mean()), float(ys.mean())

    rest = middle(actor.whole)
    aside = middle(with_face(actor.whole, actor.face, Pose(gaze=1.0)))
    up = middle(with_face(actor.whole, actor.face, Pose(gaze_up=1.0)))
    assert aside[0] - rest[0] > 0.2 * face.eyes[1].rx
    assert abs(aside[1] - rest[1]) < 1
    assert rest[1] - up[1] > 0.2 * face.eyes[1].rx
    if eyes == "white":
        looking = with_face(actor.whole, actor.face, Pose(gaze=1.0))
        rim = np.s_[:, round(face.eyes[1].x + 1.1 * face.eyes[1].rx) :]
        assert np.array_equal(looking[rim], actor.whole[rim])


def test_lips_draw_together_for_a_kiss_and_turn_down_for_a_pout(actor: Figure) -> None:
    face = bare(actor)
    assert face.mouth is not None
    kiss = window(draw_expression(actor.whole, face, Pose(pucker=1.0)), face.mouth)
    pout = window(draw_expression(actor.whole, face, Pose(pucker=1.0, frown=0.6)), face.mouth)
    own = window(actor.whole, face.mouth)
    dark = [np.nonzero(drawn.sum(axis=2) < 240)[1] for drawn in (kiss, pout, own)]
    assert np.ptp(dark[0]) < np.ptp(dark[1]) < 0.75 * np.ptp(dark[2])


def test_crossed_eyes_are_two_strokes_in_the_arts_line(actor: Figure) -> None:
    face = bare(actor)
    eye = face.eyes[0]
    drawn = draw_expression(actor.whole, face, Pose(crosses=1.0))
    size = 0.6 * max(0.19 * face.apart, 0.95 * (eye.rx + eye.ry) / 2)
    for x, y in ((0, 0), (-1, -1), (1, 1), (-1, 1), (1, -1)):
        assert drawn[round(eye.y + y * size), round(eye.x + x * size), :3].sum() < 260
    for x, y in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        assert drawn[round(eye.y + y * size), round(eye.x + x * size), :3].sum() > 400


def test_a_resting_face_is_left_alone(actor: Figure) -> None:
    assert draw_expression(actor.whole, bare(actor), Pose(tilt=0.3)) is actor.whole


def test_no_spikes_are_left_where_the_mascots_arms_were() -> None:
    actor = figure(draw_mascot(512), 480)
    rows = slice(round(actor.margin[1] + 0.55 * 440), actor.texture.shape[0] - actor.margin[1] - 60)
    solid = (actor.texture[rows, :, 3] > 60).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17))
    padded = cv2.copyMakeBorder(solid, 20, 20, 20, 20, cv2.BORDER_REPLICATE)
    thin = padded & (1 - np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(thin, connectivity=8)
    assert int(stats[1:, cv2.CC_STAT_WIDTH].max(initial=0)) < 14


def test_a_green_face_reddens_without_turning_brown() -> None:
    picture = head("dots")
    cv2.floodFill(plain := np.ascontiguousarray(picture[..., :3]), None, (200, 100), (110, 200, 80))
    picture[..., :3] = plain
    actor = figure(picture, 360)
    face = bare(actor)
    red = draw_expression(actor.whole, face, Pose(red=1.0))
    spot = red[round(face.eyes[0].y - 0.3 * face.apart), round((face.eyes[0].x + face.eyes[1].x) / 2)]
    assert int(spot[0]) > 1.8 * int(spot[1]), f"red, not brown: {spot}"
    assert int(spot[0]) > 190, "and not dark"


@pytest.mark.parametrize("pattern", ["stripes", "checks"])
def test_a_pattern_goes_on_where_an_eye_was(pattern: str) -> None:
    """Compared with the same head that never had eyes; a head without a pattern is not searched for one."""
    y, x = np.mgrid[0:400, 0:400]
    odd = (x + y) // 28 % 2 == 0 if pattern == "stripes" else (x // 30 + y // 30) % 2 == 0
    truth = head("none")
    truth[odd & (truth[..., 3] > 0), :3] = (200, 110, 40)
    with_eyes = truth.copy()
    for at in (140, 260):
        cv2.ellipse(with_eyes, (at, 160), (16, 22), 0, 0, 360, INK, -1, cv2.LINE_AA)
    actor, never = figure(with_eyes, 360), figure(truth, 360)
    face = bare(actor)
    hole = np.zeros(actor.whole.shape[:2], np.uint8)
    for eye in face.eyes:
        axes = round(eye.rx), round(eye.ry)
        cv2.ellipse(hole, (round(eye.x), round(eye.y)), axes, 0, 0, 360, 1, -1)
    apart = np.abs(face.bare.astype(int) - never.whole.astype(int))[hole > 0][:, :3].mean()
    assert apart < 6, f"mean difference {apart:.1f} of 255"
