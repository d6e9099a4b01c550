"""A texture's face in a pose: eyes widen by warping the picture around them; everything else is drawn anew."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.expression import draw_expression
from popcon.engines.puppet.features import BareFace, bare_face
from popcon.engines.puppet.gaze import looking
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import Oval, Rig
from popcon.engines.puppet.spots import Texture

SHUT = 0.10
"""Height of a shut eye, of an open one."""
INSIDE = 0.055
"""Nothing moves at the outline; everything may, this far inside it, in heights of the picture."""


@dataclass(frozen=True)
class Face:
    """What is needed to change a texture's face.

    Attributes:
        rig: the character's parts.
        margin: transparent columns and rows around the picture in the texture.
        inside: (h, w) float32: 0 outside the outline and on it, 1 well inside.
        bare: the face without its features; None where its eyes are not known.
    """

    rig: Rig
    margin: tuple[int, int]
    inside: NDArray[np.float32]
    bare: BareFace | None


def face_of(texture: Texture, margin: tuple[int, int], rig: Rig) -> Face:
    """Prepare a texture's face."""
    distance = cv2.distanceTransform((texture[..., 3] > 128).astype(np.uint8), cv2.DIST_L2, 5)
    tall = texture.shape[0] - 2 * margin[1]
    inside = np.clip((distance - 2) / max(2.0, INSIDE * tall), 0, 1)
    soft = np.asarray(inside * inside * (3 - 2 * inside), dtype=np.float32)
    return Face(rig, margin, soft, bare_face(texture, margin, rig))


def with_face(texture: Texture, face: Face, pose: Pose) -> Texture:
    """Return the texture with its eyes and mouth as the pose wants them; the same array where nothing changes."""
    if face.bare is None:
        return texture
    rig, out = face.rig, texture
    if abs(pose.gaze) > 0.05 or abs(pose.gaze_up) > 0.05:
        out = looking(out, face.bare.eyes, face.bare.dots, pose.gaze, pose.gaze_up)
    apart = math.inf if rig.profile else rig.eyes[1][0] - rig.eyes[0][0]
    lids = ((rig.eyes[0], pose.eye_left), (rig.eyes[1], pose.eye_right))
    for eye, shut in lids[:1] if rig.profile else lids:
        if shut < -0.02 or (shut > 0.02 and not face.bare.clear):
            height = 1 - (1 - SHUT) * min(shut, 1.0) if shut > 0 else 1 - 0.35 * shut
            small = min(1.0, 0.27 * apart / max(eye[2], 1e-6))
            part = eye[0], eye[1], eye[2] * small, eye[3] * small
            out = _reshaped(out, face, part, height, 0.0, 0.0, 1.75 * small * eye[3])
    return draw_expression(out, face.bare, pose)


def _reshaped(
    texture: Texture,
    face: Face,
    part: Oval,
    height: float,
    slant: float,
    arch: float,
    room: float,
) -> Texture:
    """Return a copy in which a part of the face has another shape, the skin around it giving way.

    The part keeps its colours and its width; a band around it, twice as large, takes up the difference.

    Arguments:
        part: middle and half-axes (u, v, ru, rv) in body coordinates.
        height: how many times as high it becomes, below 1.9.
        slant: how much its right end goes down, in half widths.
        arch: how much its ends go up against its middle, in half heights.
        room: how far up and down skin may give way, in body heights.
    """
    rows, columns = texture.shape[:2]
    margin, rig = face.margin, face.rig
    u, v, ru, rv = part
    wide, tall = columns - 2 * margin[0], rows - 2 * margin[1]
    x, y = (u / (2 * rig.half) + 0.5) * wide + margin[0], (1 - v) * tall + margin[1]
    rx, ry = ru / (2 * rig.half) * wide, rv * tall
    reach_x, reach_y = 1.6 * rx + 1, max(1.3 * ry + 1, min(2.1 * ry + 1, room * tall))
    left, right = max(0, math.floor(x - reach_x)), min(columns, math.ceil(x + reach_x) + 1)
    top, bottom = max(0, math.floor(y - reach_y)), min(rows, math.ceil(y + reach_y) + 1)
    if right - left < 3 or bottom - top < 3:
        return texture
    dx = np.arange(left, right, dtype=np.float32) - np.float32(x)
    dy = np.arange(top, bottom, dtype=np.float32) - np.float32(y)
    side = np.clip((1 - np.abs(dx) / reach_x) / 0.38, 0, 1)
    side = side * side * (3 - 2 * side)
    near = np.clip((1 - np.abs(dy) / reach_y) / 0.6, 0, 1)
    near = near * near * (3 - 2 * near)
    lower = slant * np.clip(dx, -1.2 * rx, 1.2 * rx) - arch * ry * (np.clip(dx / rx, -1.3, 1.3) ** 2 - 0.5)
    inside = face.inside[top:bottom, left:right]
    moved = dy[:, None] - inside * near[:, None] * (side * lower)[None, :]
    # Along y, the part's own edge at +-ry goes to +-ry * height and +-reach_y stays: three straight pieces, blended
    # towards no change at the sides.
    inner = ry * 1.08
    height = min(height, 0.92 * reach_y / inner)
    knots = np.array([-reach_y, -inner * height, inner * height, reach_y])
    source = np.interp(moved, knots, np.array([-reach_y, -inner, inner, reach_y])).astype(np.float32)
    map_y = moved + (source - moved) * side[None, :] * inside + np.float32(y - top)
    map_x = np.ascontiguousarray(np.broadcast_to(np.arange(right - left, dtype=np.float32), map_y.shape))
    out = texture.copy()
    patch = np.ascontiguousarray(texture[top:bottom, left:right])
    out[top:bottom, left:right] = cv2.remap(
        patch, map_x, map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return out
