"""Bodies that cannot bend or have no hands: what they do instead."""

import cv2
import numpy as np
import pytest

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.direction import direct
from popcon.engines.puppet.eyes import find_eyes
from popcon.engines.puppet.figure import Figure, figure
from popcon.engines.puppet.fit import fitted
from popcon.engines.puppet.manner import in_manner
from popcon.engines.puppet.pose import Pose, Score
from popcon.engines.puppet.warp import Warp
from popcon.pixels import Rgba
from tests.popcon.engines.puppet.figures import ball, person


def animal(looks: int) -> Rgba:
    """Four legs, a trunk, a head up at the side where it looks; no eye that could be found."""
    picture = np.zeros((300, 400, 4), np.uint8)
    for x in (90, 130, 270, 310):
        cv2.rectangle(picture, (x, 180), (x + 22, 299), (150, 90, 50, 255), -1)
    cv2.ellipse(picture, (210, 160), (150, 55), 0, 0, 360, (170, 110, 60, 255), -1)
    cv2.line(picture, (90, 150), (50, 60), (170, 110, 60, 255), 40)
    cv2.ellipse(picture, (50, 50), (48, 40), 0, 0, 360, (170, 110, 60, 255), -1)
    return np.ascontiguousarray(picture if looks < 0 else picture[:, ::-1])


def played(actor: Figure, action: str) -> Score:
    preset = PRESETS[action]
    shot = Shot(action=action, motion=preset.motion, effect=preset.effect, backdrop="#00ff00", side=240)
    return in_manner(actor, direct(shot).score)


@pytest.mark.parametrize("looks", [-1, 1])
def test_an_animal_bows_and_rears_up_the_way_it_looks(looks: int) -> None:
    actor = figure(animal(looks), 240)
    assert actor.facing == looks
    assert actor.anchors(Pose()).facing == looks
    bow, wave = played(actor, "bow").track("rock") * looks, played(actor, "wave").track("rock") * looks
    assert bow.max() > 0.25, "its front goes down"
    assert wave.min() < -0.2, "its front goes up"
    assert wave.max() < 0.2, "and does not go down"
    head = np.array([[looks * 0.6 * actor.rig.half, 0.85]])
    low, high = (
        Warp(actor.rig, Pose(rock=angle * looks)).forward(head)[0, 1] for angle in (bow.max(), float(wave.min()))
    )
    assert low < 0.85 - 0.05 < 0.85 + 0.05 < high


def test_feet_stay_on_the_ground_while_a_body_rocks_and_pixels_are_found_again() -> None:
    actor = figure(animal(-1), 240)
    points = np.array([[-0.3, 0.4], [0.2, 0.7], [0.4, 0.1]])
    for rock in (-0.3, 0.3):
        warp = Warp(actor.rig, Pose(rock=rock, lean=0.05))
        back, known = warp.inverse(warp.forward(points))
        assert known.all()
        np.testing.assert_allclose(back, points, atol=2e-3)
        edges = np.stack([actor.rig.rows[0], [0.0, 0.0]], axis=1)
        assert abs(float(Warp(actor.rig, Pose(rock=rock)).forward(edges)[:, 1].min())) < 0.03


def test_an_animal_that_claps_hops_each_time_and_one_that_hugs_comes_nearer() -> None:
    actor = figure(animal(1), 240)
    hop = played(actor, "clap").track("y")
    assert np.count_nonzero((hop[:-1] < 0.03) & (hop[1:] >= 0.03)) == 5
    assert played(actor, "hug").track("zoom").max() > 0.08
    kept = fitted(actor, played(actor, "bow")).track("rock")
    assert np.abs(kept).max() > 0.2, "there is room for it in the frame"


def test_a_person_with_arms_plays_what_was_written_and_a_ball_rocks_with_it() -> None:
    tall, round_one = figure(person(), 240), figure(ball(), 240)
    for action in ("wave", "bow"):
        preset = PRESETS[action]
        shot = Shot(action=action, motion=preset.motion, effect=preset.effect, backdrop="#00ff00", side=240)
        np.testing.assert_array_equal(played(tall, action).values, direct(shot).score.values)
    assert np.abs(played(round_one, "dance").track("rock")).max() > 0.04
    assert not played(round_one, "bow").track("rock").any(), "it bows towards the viewer"


def test_two_spots_on_a_flank_are_no_eyes() -> None:
    """An animal that stands sideways has its eyes near the highest part of it."""
    picture = animal(-1)
    for x in (200, 290):
        cv2.ellipse(picture, (x, 150), (13, 22), 0, 0, 360, (30, 20, 20, 255), -1)
    seen = find_eyes(picture)
    assert seen is not None, "they look like eyes"
    assert not figure(picture, 240).rig.sees
