"""Limbs inside of the outline: cut as layers, filled in behind, turned without a hole or a seam."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from popcon.engines.puppet.arms import Swing, with_limbs
from popcon.engines.puppet.attached import attached_limbs, in_one_piece
from popcon.engines.puppet.direction import follow_through
from popcon.engines.puppet.figure import Figure, figure, trimmed
from popcon.engines.puppet.legs import find_limbs
from popcon.engines.puppet.pose import Score
from popcon.engines.puppet.rig import rig
from popcon.engines.puppet.tracks import wave
from popcon.models.rig import CharacterRig, LimbName, Point, RigBox, RigLimb
from popcon.pixels import Rgba
from tests.popcon.engines.puppet.figures import over, person

SIDE = 400
TURN = math.radians(40)
INK = (50, 30, 40, 255)


def body(stripes: bool) -> Rgba:
    """A round body, shaded from top to bottom, without its limb."""
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    inside = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(inside, (200, 200), 180, 255, cv2.FILLED, cv2.LINE_AA)
    shade = np.linspace(0, 60, SIDE)[:, None]
    for channel, base in enumerate((240, 190, 120)):
        picture[..., channel] = np.broadcast_to(base - shade, (SIDE, SIDE))
    if stripes:
        for y in range(60, 360, 60):
            picture[y : y + 14] = (150, 90, 60, 255)
    picture[..., 3] = inside
    cv2.circle(picture, (200, 200), 176, INK, 8, cv2.LINE_AA)
    return picture


def limb() -> Rgba:
    """An arm that hangs over the belly: its shoulder at 150, 150, its hand at 230, 270."""
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    cv2.line(picture, (150, 150), (230, 270), INK, 46, cv2.LINE_AA)
    cv2.line(picture, (150, 150), (230, 270), (120, 170, 230, 255), 34, cv2.LINE_AA)
    return picture


def rig_of(name: LimbName, mask: np.ndarray) -> CharacterRig:
    outlines, _ = cv2.findContours((mask > 8).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
    corners = tuple(Point(x=float(x), y=float(y)) for x, y in outlines[0][:, 0])
    marked = RigLimb(name=name, outline=corners, pivot=Point(x=150, y=150), tip=Point(x=230, y=270))
    box = RigBox(left=20, top=20, right=381, bottom=381)
    return CharacterRig(width=SIDE, height=SIDE, character=box, kind="biped", limbs=(marked,))


def acting(stripes: bool) -> Figure:
    arm = limb()
    return figure(over(body(stripes), arm), 480, rig_record=rig_of("arm_left", arm[..., 3]))


@pytest.mark.parametrize(("stripes", "most"), [(False, 3.0), (True, 4.0)])
def test_a_limb_that_turns_by_40_degrees_leaves_neither_a_hole_nor_a_seam(stripes: bool, most: float) -> None:
    actor = acting(stripes)
    turned = with_limbs(actor.texture, ((actor.limbs[0], Swing(TURN, 1.0, True)),))
    tall, wide = turned.shape[0] - 2 * actor.margin[1], turned.shape[1] - 2 * actor.margin[0]
    inner = np.s_[actor.margin[1] : actor.margin[1] + tall, actor.margin[0] : actor.margin[0] + wide]
    box = np.s_[20:381, 20:381]
    matrix = cv2.getRotationMatrix2D((150, 150), -40, 1)
    moved = cv2.warpAffine(limb(), matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    truth = cv2.resize(over(body(stripes), np.asarray(moved))[box], (wide, tall), interpolation=cv2.INTER_CUBIC)
    was, now = (
        cv2.resize(each[..., 3][box], (wide, tall), interpolation=cv2.INTER_LINEAR)
        for each in (limb(), np.asarray(moved))
    )
    uncovered = (was > 8) & (now < 8)
    assert turned[inner][..., 3][uncovered].min() == 255
    off = np.abs(turned[inner][..., :3].astype(np.float32) - truth[..., :3])[uncovered].mean()
    assert off < most


def test_a_part_that_comes_off_when_it_turns_is_no_limb() -> None:
    picture = trimmed(person())
    texture = np.pad(picture, ((200, 200), (200, 200), (0, 0)))
    texture[..., :3] = np.rint(texture[..., :3] * (texture[..., 3:] / 255)).astype(np.uint8)
    parts = rig(picture)
    limbs = find_limbs(picture, parts.neck, parts.upright, parts.profile)
    assert sorted(limb.name for limb in limbs) == ["arm_left", "arm_right", "leg_left", "leg_right"]
    assert attached_limbs(picture, limbs) == limbs
    arm = next(limb for limb in limbs if limb.name == "arm_right")
    assert in_one_piece(texture, 200, arm)
    # Its hand alone, which would turn about the shoulder, away from the forearm.
    ys, xs = np.mgrid[0 : arm.mask.shape[0], 0 : arm.mask.shape[1]]
    tip = arm.tip[0] * arm.mask.shape[1], arm.tip[1] * arm.mask.shape[0]
    far = np.hypot(xs - tip[0], ys - tip[1]) > 14
    hand = replace(
        arm, mask=np.where(far, 0, arm.mask), rest=np.where(far, arm.rest | arm.mask, arm.rest), straight=True
    )
    assert not in_one_piece(texture, 200, hand)


def test_what_is_cut_and_put_back_is_the_picture() -> None:
    actor = acting(stripes=False)
    back = with_limbs(actor.texture, ((actor.limbs[0], Swing(0.0, 1.0, True)),))
    assert np.abs(back.astype(int) - actor.whole).mean() < 0.6


def test_a_glad_tail_wags_more_than_a_sad_one() -> None:
    glad, sad = (follow_through(Score.of(frown=value)).track("wag") for value in (-0.8, 0.8))
    assert np.abs(glad).max() > 2 * np.abs(sad).max() > 0


def test_ears_lag_behind_the_body() -> None:
    flop = follow_through(Score.of(y=0.1 * (1 + wave(2)))).track("flop")
    assert 0.05 < np.abs(flop).max() <= 0.6
