"""Bends a body: where every point of the picture goes in a pose, and, for drawing, where each pixel comes from.

A point (u, v) of the picture (see `rig`) is lifted (feet, arms), swollen, stretched, then laid along a spine that
curves in three dimensions from feet to crown and is seen by a camera a little above the body; last it is turned,
zoomed and moved as a whole. The base of the spine never turns, so what stands on the ground stays where it is.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import ROWS, Rig

Points = NDArray[np.float64]
"""(n, 2) float64."""

NEARER = 0.35
"""How much larger a part grows for each body height that it comes nearer."""
ABOVE = 0.22
"""How much lower it appears then: the camera looks down a little."""
FOLD = 0.62
"""Bends are limited so that the inside of a curve keeps at least 1 - FOLD of its length."""
THINNEST = 0.16
"""The least width of a body that whirls."""
LARGE_HEAD = 0.5
"""A head that begins below this height is large."""
LEVEL = 0.35
"""The height that stays where it is sideways while a body rocks: it then needs the least room in the frame."""
SPINE = 96
"""Samples along the spine, from v = -0.25 to v = 1.35."""


@dataclass(frozen=True)
class Spine:
    """The spine of one pose: (SPINE, 7) at heights `v`: place x, y, z, the direction across it, the width factor."""

    v: NDArray[np.float64]
    table: NDArray[np.float64]


@lru_cache(maxsize=256)
def warp_of(rig: Rig, pose: Pose) -> "Warp":
    """Return the warp of a pose; drawing, effects and fitting ask for the same ones."""
    return Warp(rig, pose)


class Warp:
    """One pose of one body. Stateless: `forward` and `inverse` may be called from several threads."""

    def __init__(self, rig: Rig, pose: Pose) -> None:
        self.rig, self.pose = rig, pose
        self.spine = _spine(rig, pose)
        turn = pose.roll + math.tau * pose.flip
        self._cos, self._sin = math.cos(turn), math.sin(turn)
        self._tip = math.cos(pose.rock), math.sin(pose.rock)
        feet = rig.rows[: ROWS // 12]
        self._heel = float(feet[:, 1].max() if pose.rock > 0 else feet[:, 0].min())
        self._yaw = pose.yaw + math.tau * pose.whirl
        # A box that turns on its middle would dip into the ground.
        dip = rig.half * abs(self._sin) + 0.5 * abs(self._cos) - 0.5
        self._lift = pose.y * rig.size + max(0.0, dip)
        self._zoom = math.exp(pose.zoom)
        down = pose.nod + (0.0 if rig.upright else 0.7 * pose.pitch)
        much = 1.0 if rig.upright or rig.limbs < 0.7 else 0.3
        self._turned = 0.38 * much * math.sin(self._yaw + pose.twist), 0.38 * much * math.tanh(down)

    def forward(self, points: Points) -> Points:
        """Return where points of the picture are in this pose: (n, 2) in body coordinates before and after."""
        return self._placed(self._bent(points))

    def inverse(self, points: Points) -> tuple[Points, NDArray[np.bool_]]:
        """Return which points of the picture are seen at these places, and where that is known.

        Newton's method with the Jacobian by finite differences, renewed once: the map is smooth and mild.

        Returns:
            (n, 2) points of the picture, and (n,) whether the iteration got there.
        """
        target = self._unplaced(points)
        guess = self._first_guess(target)
        tolerance = 4e-4 * max(1.0, self.rig.half)
        farthest = 0.3 * max(1.0, self.rig.half)
        jacobian = None
        for step in range(7):
            off = self._bent(guess) - target
            if step in (0, 2, 5):
                if float(np.abs(off).max(initial=0.0)) < tolerance:
                    break
                jacobian = self._slopes(guess, off + target)
            if jacobian is None:
                break
            (a, b), (c, d) = jacobian
            det = a * d - b * c
            det = np.where(np.abs(det) < 0.05, np.where(det < 0, -0.05, 0.05), det)
            move = np.stack([(d * off[:, 0] - b * off[:, 1]) / det, (a * off[:, 1] - c * off[:, 0]) / det], axis=1)
            guess = guess - np.clip(move, -farthest, farthest)
        off = np.abs(self._bent(guess) - target).max(axis=1)
        return guess, off < 0.012 * max(1.0, self.rig.half)

    def _slopes(self, at: Points, here: Points) -> tuple[tuple[NDArray[np.float64], ...], ...]:
        small = 1e-3
        du = (self._bent(at + np.array([small, 0.0])) - here) / small
        dv = (self._bent(at + np.array([0.0, small])) - here) / small
        return (du[:, 0], dv[:, 0]), (du[:, 1], dv[:, 1])

    def _first_guess(self, target: Points) -> Points:
        """Follow the spine: the height at which it is as high as the target, then sideways from there."""
        spine = self.spine
        x, y, z = spine.table[:, 0], spine.table[:, 1], spine.table[:, 2]
        near = 1 + NEARER * z
        heights = np.maximum.accumulate(y * near - ABOVE * z + 1e-6 * np.arange(SPINE))
        v = _along(target[:, 1], heights, spine.v)
        u = np.zeros_like(v)
        for _ in range(2):
            across = np.interp(v, spine.v, spine.table[:, 3] * spine.table[:, 6] * near)
            u = (target[:, 0] - np.interp(v, spine.v, x * near)) / np.where(np.abs(across) < 0.1, 0.1, across)
            rise = np.interp(v, spine.v, spine.table[:, 4] * spine.table[:, 6])
            v = _along(target[:, 1] - rise * u, heights, spine.v)
        return np.stack([u, v], axis=1)

    def _bent(self, points: Points) -> Points:
        u, v = points[:, 0], points[:, 1]
        u, v = self._lifted(u, v)
        spine = self.spine
        where = np.clip((v - spine.v[0]) / (spine.v[1] - spine.v[0]), 0, SPINE - 1.001)
        index = where.astype(np.intp)
        part = (where - index)[:, None]
        row, after = spine.table.take(index, axis=0), spine.table.take(index + 1, axis=0)
        row *= 1 - part
        after *= part
        row += after
        u = u * row[:, 6]
        x = row[:, 0] + u * row[:, 3]
        y = row[:, 1] + u * row[:, 4]
        z = row[:, 2] + u * row[:, 5]
        beyond = v - np.clip(v, spine.v[0], spine.v[-1])
        near = 1 + NEARER * np.clip(z, -1.2, 1.2)
        return np.stack([x * near, (y + beyond) * near - ABOVE * z], axis=1)

    def _lifted(
        self, u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Feet stepping and arms swinging: local moves of the picture before the spine."""
        pose, rig = self.pose, self.rig
        if pose.step_left or pose.step_right:
            reach = 0.34
            low = _fall(np.clip(v / reach, 0, 1))
            wide = max(0.04, 0.25 * rig.half)
            right = _rise((u - rig.feet[0] + wide) / (2 * wide))
            lift = (pose.step_left * (1 - right) + pose.step_right * right) * rig.size
            v = v + np.clip(lift, 0.0, min(0.42 * reach, 1.6 * wide)) * low
        for side, angle in ((-1, pose.arm_left), (1, pose.arm_right)):
            if angle:
                u, v = self._swung(u, v, side, angle)
        if self._turned != (0.0, 0.0):
            u, v = self._faced(u, v)
        return u, v

    def _faced(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the head turned like a ball: what is in its middle moves most, its outline stays."""
        rig = self.rig
        bottom = rig.neck if rig.upright else 0.0
        middle, tall = (bottom + 1) / 2, (1 - bottom) / 2
        wide = rig.breadth
        a, b = (u - rig.face[0]) / wide, (v - middle) / tall
        bulge = np.clip(1 - a * a, 0, 1) * np.clip(1 - b * b, 0, 1)
        across, down = self._turned
        return u + across * wide * bulge, v - down * tall * bulge

    def _swung(
        self, u: NDArray[np.float64], v: NDArray[np.float64], side: int, angle: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return one side of the body turned about the shoulder, more the farther out, feathered into the trunk."""
        rig = self.rig
        hand = rig.hands[0 if side < 0 else 1]
        other = rig.hands[1 if side < 0 else 0]
        middle = (hand[0] + other[0]) / 2
        reach = max(abs(hand[0] - middle), 1e-3)
        shoulder_u = middle + side * reach * 0.42
        shoulder_v = min(hand[1] + 0.14, 0.95)
        out = (u - shoulder_u) * side / (reach * 0.58)
        tall = (v - hand[1]) / 0.36
        weight = _rise(out / 0.9) * np.exp(-(tall**2)) * _rise(v / 0.16)
        turn = math.tanh(angle / 0.6) * 0.6 * side * weight
        cos, sin = np.cos(turn), np.sin(turn)
        # A lever much longer than the side is wide would fold it over.
        lever = 0.55 * reach
        du, dv = u - shoulder_u, lever * np.tanh((v - shoulder_v) / lever)
        return u + du * (cos - 1) - dv * sin, v + du * sin + dv * (cos - 1)

    def _placed(self, points: Points) -> Points:
        pose, size = self.pose, self.rig.size
        x, y = points[:, 0], points[:, 1]
        if pose.rock:
            cos, sin = self._tip
            x, y = x * cos + (y - LEVEL) * sin, y * cos - (x - self._heel) * sin
        y = y - 0.5
        x, y = x * self._cos + y * self._sin, y * self._cos - x * self._sin
        return np.stack([x * self._zoom + pose.x * size, (y + 0.5) * self._zoom + self._lift], axis=1)

    def _unplaced(self, points: Points) -> Points:
        pose, size = self.pose, self.rig.size
        x = (points[:, 0] - pose.x * size) / self._zoom
        y = (points[:, 1] - self._lift) / self._zoom - 0.5
        x, y = x * self._cos - y * self._sin, y * self._cos + x * self._sin + 0.5
        if pose.rock:
            cos, sin = self._tip
            x, y = x + LEVEL * sin, y - self._heel * sin
            x, y = x * cos - y * sin, y * cos + x * sin
        return np.stack([x, y], axis=1)


def _along(y: NDArray[np.float64], heights: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where on the spine a height is; beyond its ends it goes on straight."""
    found: NDArray[np.float64] = np.interp(y, heights, v) + y - np.clip(y, heights[0], heights[-1])
    return found


def _rise(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, 0.0, 1.0)
    smooth: NDArray[np.float64] = p * p * (3 - 2 * p)
    return smooth


def _fall(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - _rise(p)


def _spine(rig: Rig, pose: Pose) -> Spine:
    """Integrate the spine's directions from the ground up."""
    v = np.linspace(-0.25, 1.35, SPINE)
    low = min(0.3, 0.6 * rig.neck)
    root = _rise(v / 0.22)
    whole = _rise(v / 1.0)
    head = _rise((v - rig.neck + 0.12) / 0.3)
    hips = _rise((v - low) / 0.34)
    roll = pose.lean * root + pose.bend * whole + pose.tilt * head
    roll = roll + pose.jelly * (np.sin(np.clip(v, 0, 1) * math.tau) * root)
    # A body that is all head turns like a ball (see `Warp._faced`) and foreshortens only a little.
    ball = (0.5 * pose.pitch + 0.3 * pose.nod) * hips
    # A large head that bends deep would be foreshortened to a disk.
    deep = 0.85 if rig.neck > LARGE_HEAD else 0.58
    pitch = deep * pose.pitch * hips + 0.7 * pose.nod * head if rig.upright else ball
    yaw = pose.yaw + math.tau * pose.whirl + pose.twist * whole * (1.0 if rig.upright else 0.6)
    length = math.exp(pose.stretch)
    pull = _pull(rig, pose, v)
    roll, pitch = roll * _limit(rig, v, roll, pull / length), np.clip(pitch, -1.25, 1.25)
    direction = np.stack([np.sin(roll) * np.cos(pitch), np.cos(roll) * np.cos(pitch), np.sin(pitch)], axis=1) * length
    step = v[1] - v[0]
    place = np.concatenate([np.zeros((1, 3)), np.cumsum((direction[1:] + direction[:-1]) / 2 * step, axis=0)])
    ground = np.array([np.interp(0.0, v, place[:, axis]) for axis in range(3)])
    place = place - ground
    # Seen from the edge a picture would vanish: it keeps a little width, on the side from which it is seen.
    wide = np.cos(yaw)
    wide = np.where(np.abs(wide) < THINNEST, np.where(wide < 0, -THINNEST, THINNEST), wide)
    across = np.stack([np.cos(roll) * wide, -np.sin(roll) * wide, np.sin(yaw)], axis=1)
    return Spine(v, np.concatenate([place, across, pull[:, None]], axis=1))


def _limit(rig: Rig, v: NDArray[np.float64], roll: NDArray[np.float64], wider: NDArray[np.float64]) -> float:
    """Return a factor that keeps wide bodies from folding on the inside of a curve.

    Arguments:
        wider: width of the body in this pose for its height, 1 at rest.
    """
    widths = np.interp(v, np.linspace(0, 1, ROWS), np.abs(rig.rows).max(axis=1))
    inside = (v >= 0) & (v <= 1.02)
    curve = np.abs(np.gradient(roll, v)) * widths * np.maximum(wider, 1.0)
    return float(min(1.0, FOLD / max(1e-9, curve[inside].max())))


def _pull(rig: Rig, pose: Pose, v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width factors along the spine: squash and stretch at a constant area, belly and head."""
    grip = _rise(v / 0.16)
    local = pose.belly * np.exp(-(((v - 0.42) / 0.26) ** 2)) * grip + pose.head * _rise((v - rig.neck + 0.05) / 0.25)
    if not pose.stretch:
        return np.exp(local)
    shape = grip * (1.12 - 0.24 * np.clip(v, 0, 1))
    widths = np.interp(v, np.linspace(0, 1, ROWS), rig.rows[:, 1] - rig.rows[:, 0])
    inside = (v >= 0) & (v <= 1)
    widths = widths[inside]
    wanted = widths.sum() * math.exp(-pose.stretch)
    answer = -pose.stretch
    for _ in range(4):
        grown = widths * np.exp(answer * shape[inside])
        slope = float((grown * shape[inside]).sum())
        answer += float(wanted - grown.sum()) / max(slope, 1e-9)
    return np.exp(answer * shape + local)
