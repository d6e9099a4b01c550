"""What the 24 choreographies promise: seams, held feet, volume, a place in the frame, differences."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.choreography import CHOREOGRAPHY
from popcon.engines.puppet.direction import another, direct
from popcon.engines.puppet.figure import Figure, figure
from popcon.engines.puppet.fit import fitted
from popcon.engines.puppet.pose import CHANNELS, Pose, Score
from popcon.engines.puppet.tracks import FRAMES
from popcon.engines.puppet.warp import Warp
from popcon.pixels import Rgba
from tests.popcon.engines.puppet.figures import ball, block, car, person

BODIES: dict[str, Rgba] = {
    "ball": ball(160),
    "person": person(200),
    "car": car(),
    "tower": block(30, 300),
    "plank": block(300, 30),
}


def shot(name: str, side: int = 160, seed: int = 0) -> Shot:
    preset = PRESETS[name]
    return Shot(action=name, motion=preset.motion, effect=preset.effect, backdrop="#00b040", side=side, seed=seed)


@pytest.fixture(scope="module")
def actors() -> dict[str, Figure]:
    return {name: figure(picture, 160) for name, picture in BODIES.items()}


def test_every_preset_has_a_choreography_and_the_other_way_round() -> None:
    assert set(CHOREOGRAPHY) == set(PRESETS)
    assert len(PRESETS) == 24


@pytest.mark.parametrize("name", PRESETS)
def test_poses_meet_at_the_seam(name: str) -> None:
    values = CHOREOGRAPHY[name]().score.values
    steps = np.abs(np.diff(values, axis=0, append=values[:1]))
    for index, channel in enumerate(CHANNELS):
        usual = np.sort(steps[:, index])[-5]
        assert steps[-1, index] <= usual + 1e-6 or steps[-1, index] < 0.05, channel


@pytest.mark.parametrize("name", PRESETS)
def test_the_drawn_loop_has_no_jump_at_its_end(name: str, actors: dict[str, Figure]) -> None:
    plan = direct(shot(name))
    actor = actors["person"]
    around = {n: actor.draw(plan.score.pose(n), plan.grip).astype(int) for n in (*range(52, FRAMES), *range(8))}
    order = [*range(52, FRAMES), *range(8)]
    steps = [np.abs(around[a] - around[b]).mean() for a, b in pairwise(order)]
    seam = steps[7]
    assert seam <= 1.25 * max(steps[:7] + steps[8:]) + 0.05


@pytest.mark.parametrize("name", [name for name, make in CHOREOGRAPHY.items() if make().held])
@pytest.mark.parametrize("body", ["ball", "person", "car"])
def test_held_feet_do_not_move(name: str, body: str, actors: dict[str, Figure]) -> None:
    actor = actors[body]
    score = fitted(actor, direct(shot(name)).score)
    ground = np.stack([np.linspace(-actor.rig.half, actor.rig.half, 9), np.zeros(9)], axis=1)
    for n in range(0, FRAMES, 3):
        moved = Warp(actor.rig, score.pose(n)).forward(ground) - ground
        assert np.abs(moved).max() * actor.unit * 480 / actor.side < 1.0


def test_held_feet_hold_in_pixels(actors: dict[str, Figure]) -> None:
    actor = actors["person"]
    score = direct(shot("wave")).score
    bottom = round(actor.body.bottom * actor.side)
    soles = [actor.draw(score.pose(n))[bottom - 1, :, 3].astype(int) for n in range(0, FRAMES, 6)]
    for row in soles[1:]:
        assert np.abs(row - soles[0]).max() <= 60  # under a quarter of a pixel of an edge


def test_jumping_leaves_the_ground_and_comes_back(actors: dict[str, Figure]) -> None:
    actor = actors["ball"]
    score = fitted(actor, CHOREOGRAPHY["jump"]().score)
    soles = [actor.extent(score.pose(n))[3] for n in range(FRAMES)]
    ground = actor.body.bottom * actor.side
    assert min(soles) < ground - 0.12 * actor.side
    assert sum(abs(sole - ground) < 1 for sole in soles) > FRAMES // 3
    assert max(soles) < ground + 1


@pytest.mark.parametrize("stretch", [-0.25, -0.1, 0.1, 0.2])
@pytest.mark.parametrize("body", ["ball", "person", "car", "tower"])
def test_squash_and_stretch_keep_the_area(body: str, stretch: float) -> None:
    actor = figure(BODIES[body], 320)
    rest = actor.draw(Pose())[..., 3].sum(dtype=float)
    posed = actor.draw(Pose(stretch=stretch))[..., 3].sum(dtype=float)
    assert posed == pytest.approx(rest, rel=0.04)
    top, bottom = (actor.extent(Pose(stretch=s)) for s in (0.0, stretch))
    assert (bottom[1] < top[1]) == (stretch > 0)


@pytest.mark.parametrize("name", PRESETS)
def test_no_body_touches_the_border(name: str, actors: dict[str, Figure]) -> None:
    for body, actor in actors.items():
        score = fitted(actor, direct(shot(name)).score)
        for n in range(0, FRAMES, 4):
            alpha = actor.draw(score.pose(n), "open")[..., 3]
            rim = np.concatenate([alpha[:1].ravel(), alpha[-1:].ravel(), alpha[:, :1].ravel(), alpha[:, -1:].ravel()])
            assert rim.max() <= 8, (body, n)


def test_nothing_within_two_pixels_at_full_size() -> None:
    for picture in (BODIES["ball"], BODIES["tower"], BODIES["plank"]):
        actor = figure(picture, 480)
        for name in ("jump", "cheer", "surprised", "dance", "run", "sick"):
            score = fitted(actor, direct(shot(name)).score)
            highest = min(range(FRAMES), key=lambda n: actor.extent(score.pose(n))[1])
            widest = max(range(FRAMES), key=lambda n: np.ptp(np.array(actor.extent(score.pose(n)))[[0, 2]]))
            for n in (highest, widest):
                alpha = actor.draw(score.pose(n))[..., 3].copy()
                alpha[2:-2, 2:-2] = 0
                assert alpha.max() <= 2, (name, n)


def test_presets_differ_from_one_another(actors: dict[str, Figure]) -> None:
    actor = actors["person"]
    moved = {}
    for name in PRESETS:
        score = direct(shot(name)).score
        moved[name] = np.stack([actor.draw(score.pose(n))[::4, ::4, 3].astype(float) for n in range(0, FRAMES, 10)])
    rest = actor.draw(Pose())[::4, ::4, 3].astype(float)
    for name, clip in moved.items():
        assert np.abs(clip - rest).mean() > 1.0, f"{name} hardly moves"
        assert np.abs(np.diff(clip, axis=0)).mean() > 0.3, f"{name} stands still"
    for one, other in combinations(PRESETS, 2):
        apart = min(np.abs(moved[one] - np.roll(moved[other], k, axis=0)).mean() for k in range(6))
        assert apart > 0.5, (one, other)


def test_frame_0_shows_the_action(actors: dict[str, Figure]) -> None:
    rest = actors["ball"].draw(Pose()).astype(int)
    for name in PRESETS:
        plan = direct(shot(name))
        first = actors["ball"].draw(plan.score.pose(0), plan.grip).astype(int)
        assert np.abs(first - rest).mean() > 1.5, name


def test_another_seed_is_another_take() -> None:
    canonical = direct(shot("wave")).score.values
    takes = [direct(shot("wave", seed=seed)).score.values for seed in (1, 2, 3)]
    for one, other in combinations([canonical, *takes], 2):
        assert np.abs(one - other).max() > 0.05
    assert np.array_equal(takes[0], direct(shot("wave", seed=1)).score.values)


def test_mirroring_twice_is_nothing() -> None:
    score = CHOREOGRAPHY["wave"]().score
    assert not np.allclose(score.mirrored().values, score.values)
    assert np.allclose(score.mirrored().mirrored().values, score.values)
    assert np.any(another(score, 1).track("hand_left"))


def test_scores_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Score.of(x=1.0).values[0, 0] = 1
