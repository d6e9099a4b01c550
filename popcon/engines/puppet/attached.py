"""Keeps of a character's limbs those that stay in one piece with it when they turn; the others are not cut off."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.arms import Swing, with_limbs
from popcon.engines.puppet.limb_fill import body_without
from popcon.engines.puppet.limb_layers import cut_limb, limb_length
from popcon.engines.puppet.limbs import Limb
from popcon.engines.puppet.spots import Texture
from popcon.pixels import Rgba

TRIED = 240
"""Limbs are tried with the character's longer side at this many pixels."""
TURNS = {"arm": (-1.2, -0.6, 0.6, 1.2), "leg": (-0.3, 0.3), "tail": (-0.45, 0.45)}
"""How far each kind of limb is turned, radians."""
CRUMB = 0.0005
"""Pieces that are smaller, as a share of the character's area, are not seen."""


def attached_limbs(character: Rgba, limbs: tuple[Limb, ...]) -> tuple[Limb, ...]:
    """Those of the limbs that were found of which nothing comes off when they turn; legs all or none.

    Arguments:
        character: (h, w, 4) uint8, straight alpha, trimmed.
    """
    if not limbs:
        return ()
    height, width = character.shape[:2]
    scale = TRIED / max(height, width)
    wide, tall = max(2, round(width * scale)), max(2, round(height * scale))
    soft = np.asarray(cv2.resize(character, (wide, tall), interpolation=cv2.INTER_AREA), np.float32)
    soft[..., :3] *= soft[..., 3:] / 255
    room = 2 + round(1.5 * max(limb_length(limb, wide, tall) for limb in limbs))
    texture: Texture = np.pad(np.rint(soft).astype(np.uint8), ((room, room), (room, room), (0, 0)))
    kept = [limb for limb in limbs if in_one_piece(texture, room, limb)]
    legs = [limb for limb in limbs if limb.name.startswith("leg")]
    if any(not _among(limb, kept) for limb in legs):
        kept = [limb for limb in kept if not _among(limb, legs)]
    return tuple(kept)


def in_one_piece(texture: Texture, room: int, limb: Limb) -> bool:
    """Return whether a character has no more pieces with a limb turned than with it at rest."""
    layer, alone = cut_limb(texture, (room, room), limb)
    body = body_without(texture, limb, alone, (room, room))
    pieces = _pieces(texture)
    turns = TURNS[limb.name.partition("_")[0]]
    return all(_pieces(with_limbs(body, ((layer, Swing(turn, 1.0, not limb.behind)),))) <= pieces for turn in turns)


def _among(limb: Limb, others: list[Limb]) -> bool:
    return any(limb is other for other in others)


def _pieces(texture: Texture) -> int:
    solid: NDArray[np.uint8] = (texture[..., 3] > 100).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    return int((stats[1:count, cv2.CC_STAT_AREA] >= CRUMB * float(solid.sum())).sum())
