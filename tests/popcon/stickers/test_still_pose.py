"""The still of each preset shows a pose that tells the action: near the farthest from the usual one, not on the way."""

import numpy as np
from numpy.typing import NDArray

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.engine import perform
from popcon.engines.puppet.pose import CHANNELS, HANDS, Score
from popcon.engines.puppet.render import Painter
from popcon.media.mascot import draw_mascot
from popcon.stickers.still import telling_frame

SIDE, STRIDE = 64, 3


def reached(score: Score) -> NDArray[np.float64]:
    """How far each frame's pose is from the loop's median pose, 1 where it is farthest; every channel counts alike."""
    values = score.values.copy()
    for side in ("left", "right"):
        for name in HANDS[1:]:
            # Where a hand is tells nothing while it is not there.
            values[:, CHANNELS.index(f"{name}_{side}")] *= values[:, CHANNELS.index(f"hand_{side}")]
    values[:, [CHANNELS.index(name) for name in ("flip", "whirl")]] = 0
    moves = np.ptp(values, axis=0) > 1e-3
    alike = values[:, moves] / np.abs(values[:, moves]).max(axis=0)
    away = np.sqrt(((alike - np.median(alike, axis=0)) ** 2).mean(axis=1))
    return np.asarray(away / away.max())


def test_the_still_of_each_preset_is_where_its_action_is_hit_or_held() -> None:
    mascot, told = draw_mascot(128), {}
    for name, action in PRESETS.items():
        shot = Shot(action=name, motion=action.motion, effect=action.effect, backdrop="#ffffff", side=SIDE)
        actor, plan = perform(mascot, shot)
        painter = Painter(actor, plan, "#ffffff", 0)
        chosen = STRIDE * telling_frame([painter.paint_alone(n) for n in range(0, 60, STRIDE)])
        told[name] = float(reached(plan.score)[chosen])
    assert min(told.values()) > 0.4, told
    assert sum(share > 0.7 for share in told.values()) >= 20, told
    assert float(np.median(list(told.values()))) > 0.85, told
