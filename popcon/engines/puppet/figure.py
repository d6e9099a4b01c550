"""A character on the stage: its picture at the size it is drawn, its rig, and how to draw it in a pose."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.arms import Swing, reach, swing, with_limbs
from popcon.engines.puppet.attached import attached_limbs
from popcon.engines.puppet.effects.base import Anchors, Point
from popcon.engines.puppet.face import Face, face_of, with_face
from popcon.engines.puppet.hands import below_the_face, gesture, hand_place, is_bust, shows_hands
from popcon.engines.puppet.legs import find_limbs
from popcon.engines.puppet.limb_fill import body_without
from popcon.engines.puppet.limb_layers import LimbLayer, cut_limb, limb_length
from popcon.engines.puppet.marked import marked_limbs, marked_rig
from popcon.engines.puppet.mitts import Tint, hand_sprite, paste, tint
from popcon.engines.puppet.pixel_grid import PixelGrid, on_grid
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import Rig, rig
from popcon.engines.puppet.spots import Texture
from popcon.engines.puppet.warp import Points, Warp, warp_of
from popcon.errors import BadPicture
from popcon.models.rig import CharacterRig
from popcon.models.stage import Body, standing
from popcon.pixels import Rgba

FINENESS = 1.4
"""Texture pixels per frame pixel: bilinear sampling stays crisp, stretched parts included."""
CELLS = 60
"""The displacement field is solved on a grid of this many cells across the frame and interpolated."""
MARGIN = 2
"""Transparent pixels around the texture, so that its own edge is antialiased."""


HAND = 0.37
"""Width of a floating hand, in body sizes."""
BESIDE = 1.05
"""Floating hands of a bust are smaller, as its head is."""
HEADED = 0.2
"""How far from the middle the crown of a body seen from the side is at least, in its half width."""
LIFTED = 0.34
"""How far the side of a body without arms is lifted at most: what juts out there tears beyond it."""
EDGE = 6
"""Floating hands keep this far from the frame's border, in 480ths of it."""


@dataclass(frozen=True)
class Figure:
    """A character placed in a square frame.

    Attributes:
        texture: premultiplied picture with `margin` transparent columns and rows on each side, without its limbs.
        margin: see above.
        whole: the same with its limbs as they were drawn.
        rig: its parts.
        face: how its face changes.
        limbs: its own arms, legs, tail and ears, where it has some that turn.
        colours: for floating hands, where it gets some; None where it does not.
        skin: sRGB colour of a hand that an effect shows.
        body: its box at rest, as fractions of the frame.
        side: width and height of the frame, px.
        outline: (n, 2) points around its outline, in body coordinates.
        grid: of pixel art; None: it is none.
    """

    texture: Texture
    margin: tuple[int, int]
    whole: Texture
    rig: Rig
    face: Face
    limbs: tuple[LimbLayer, ...]
    colours: Tint | None
    skin: tuple[int, int, int]
    body: Body
    side: int
    outline: Points
    grid: PixelGrid | None = None

    @property
    def has_arms(self) -> bool:
        return any(limb.name.startswith("arm") for limb in self.limbs)

    @property
    def facing(self) -> int:
        """-1 where it looks to the left, 1 to the right, 0 to the viewer, or nobody knows.

        Where no eyes are found, a wide body's head is taken to be on the side of its highest part.
        """
        parts = self.rig
        if parts.profile or parts.sees or parts.upright or parts.limbs < 0.7:
            return parts.profile
        return 0 if abs(parts.crown[0]) < HEADED * parts.half else (1 if parts.crown[0] > 0 else -1)

    @property
    def unit(self) -> float:
        """Height of the body at rest, px: one in body coordinates."""
        return self.body.height * self.side

    @property
    def origin(self) -> Point:
        """Where body coordinates (0, 0) are in the frame, px."""
        return (self.body.left + self.body.right) / 2 * self.side, self.body.bottom * self.side

    @property
    def head(self) -> float:
        """Size of the head as a part of the body's, 0.35 to 1, for effects that belong to a face."""
        parts = self.rig
        if not parts.upright:
            return 1.0
        return min(1.0, max(0.35, 1.2 * max(1 - parts.neck, 2 * parts.breadth) / parts.size))

    def to_frame(self, points: Points) -> Points:
        """From body coordinates to frame pixels (pixel edges at whole numbers)."""
        x, y = self.origin
        return np.stack([x + points[:, 0] * self.unit, y - points[:, 1] * self.unit], axis=1)

    def to_body(self, points: Points) -> Points:
        x, y = self.origin
        return np.stack([(points[:, 0] - x) / self.unit, (y - points[:, 1]) / self.unit], axis=1)

    def extent(self, pose: Pose) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the body in a pose, frame px; without floating hands."""
        return _box(self._seen(warp_of(self.rig, self._soft(pose)), self._swings(pose)))

    def anchors(self, pose: Pose) -> Anchors:
        """Return where the parts are in a pose, for effects."""
        parts = self.rig
        warp = warp_of(parts, self._soft(pose))
        spots = [parts.crown, parts.face, parts.eyes[0][:2], parts.eyes[1][:2], parts.mouth, *parts.hands, parts.feet]
        seen = self.to_frame(warp.forward(np.array(spots, dtype=np.float64)))
        around = _box(self._seen(warp, self._swings(pose)))
        at: list[Point] = [(float(x), float(y)) for x, y in seen]
        return Anchors(
            box=around,
            crown=at[0],
            face=at[1],
            eyes=(at[2], at[3]),
            mouth=at[4],
            hands=(at[5], at[6]),
            feet=at[7],
            scale=self.unit * parts.size * math.exp(pose.zoom),
            profile=parts.profile,
            facing=self.facing,
            skin=self.skin,
        )

    def draw(self, pose: Pose, grip: str = "open") -> Texture:
        """Return the character in a pose, with its floating hands: (side, side, 4) uint8 premultiplied.

        Arguments:
            grip: shape of floating hands, one of `mitts.SHAPES`.
        """
        canvas = np.zeros((self.side, self.side, 4), np.uint8)
        swings = self._swings(pose)
        warp = warp_of(self.rig, self._soft(pose))
        texture = self.whole
        if any(how.angle or how.longer != 1 for how in swings):
            texture = with_limbs(self.texture, tuple(zip(self.limbs, swings, strict=True)))
        texture = with_face(texture, self.face, pose)
        seen = self._seen(warp, swings)
        cell = max(4, round(self.side / CELLS))
        last = -(-self.side // cell)
        low = np.clip(np.floor(seen.min(axis=0) / cell).astype(int) - 1, 0, last - 1)
        high = np.clip(np.ceil(seen.max(axis=0) / cell).astype(int) + 1, low + 1, last)
        x0, y0 = (int(n) * cell for n in low)
        columns, rows = (int(n) for n in high - low)
        field = self._field(warp, x0, y0, columns, rows, cell)
        big = cv2.resize(field, ((columns + 2) * cell, (rows + 2) * cell), interpolation=cv2.INTER_LINEAR)
        wide, tall = min(columns * cell, self.side - x0), min(rows * cell, self.side - y0)
        across, down = cv2.split(big[cell : cell + tall, cell : cell + wide])
        method = cv2.INTER_NEAREST if self.grid else cv2.INTER_LINEAR
        canvas[y0 : y0 + tall, x0 : x0 + wide] = cv2.remap(
            texture, across, down, method, borderMode=cv2.BORDER_CONSTANT, borderValue=0
        )
        if self.colours is not None:
            for side in (-1, 1):
                self._float_hand(canvas, warp, pose, side, grip, self.colours)
        return canvas if self.grid is None else self.grid.sampled(canvas)

    def _soft(self, pose: Pose) -> Pose:
        """For bodies that get neither arms nor floating hands: gestures lift the side of the body a little."""
        if any(limb.name.startswith("leg") for limb in self.limbs):
            pose = replace(pose, step_left=0.0, step_right=0.0)
        if self.has_arms:
            return replace(pose, arm_left=0.0, arm_right=0.0)
        if self.colours is not None:
            return replace(pose, arm_left=0.5 * pose.arm_left, arm_right=0.5 * pose.arm_right)
        if self.rig.profile:
            return replace(pose, arm_left=0.0, arm_right=0.0)  # its sides are its face and its tail
        left = min(LIFTED, pose.arm_left + 0.9 * pose.hand_left * (pose.level_left - 0.45))
        right = min(LIFTED, pose.arm_right + 0.9 * pose.hand_right * (pose.level_right - 0.45))
        return replace(pose, arm_left=left, arm_right=right)

    def _swings(self, pose: Pose) -> tuple[Swing, ...]:
        size = self.texture.shape[1], self.texture.shape[0]
        unit = self.texture.shape[0] - 2 * self.margin[1]
        return tuple(swing(limb, self.rig, pose, unit, self.margin, size) for limb in self.limbs)

    def _seen(self, warp: Warp, swings: tuple[Swing, ...]) -> Points:
        """Points around everything of the body in a pose, frame px."""
        outline = self.outline
        if swings:
            tall, wide = self.texture.shape[0] - 2 * self.margin[1], self.texture.shape[1] - 2 * self.margin[0]
            tips = np.array(
                [corner for limb, how in zip(self.limbs, swings, strict=True) for corner in reach(limb, how)]
            )
            tips = (tips - self.margin) / (wide, tall)
            placed = np.stack([(tips[:, 0] - 0.5) * 2 * self.rig.half, 1 - tips[:, 1]], axis=1)
            outline = np.concatenate([outline, placed])
        return self.to_frame(warp.forward(outline))

    def _float_hand(self, canvas: Texture, warp: Warp, pose: Pose, side: int, grip: str, colours: Tint) -> None:
        """Draw one floating hand over the canvas."""
        much, out, level, turn = gesture(pose, side)
        if much < 0.02:
            return
        large = HAND * self.rig.size * min(1.0, BESIDE * self.head)
        place = below_the_face(self.rig, hand_place(self.rig, side, out, level), 0.42 * large)
        x, y = (float(n) for n in self.to_frame(warp.forward(np.array([place])))[0])
        width = large * self.unit * much * math.exp(pose.zoom)
        room = width * 0.5 + EDGE * self.side / 480
        x, y = min(max(x, room), self.side - room), min(max(y, room), self.side - room)
        angle = side * turn + pose.roll + 0.5 * (pose.bend + pose.tilt + pose.lean)
        paste(canvas, hand_sprite(grip, colours), x, y, width, angle, mirrored=side < 0)

    def _field(self, warp: Warp, x0: int, y0: int, columns: int, rows: int, cell: int) -> NDArray[np.float32]:
        """Texture coordinates at the middles of cells, one cell more on every side: (rows + 2, columns + 2, 2)."""
        x = x0 + (np.arange(columns + 2) - 0.5) * cell
        y = y0 + (np.arange(rows + 2) - 0.5) * cell
        nodes = np.stack([np.tile(x, rows + 2), np.repeat(y, columns + 2)], axis=1)
        source, known = warp.inverse(self.to_body(nodes))
        tall, wide = self.texture.shape[0] - 2 * self.margin[1], self.texture.shape[1] - 2 * self.margin[0]
        across = (source[:, 0] / (2 * self.rig.half) + 0.5) * wide + self.margin[0] - 0.5
        down = (1 - source[:, 1]) * tall + self.margin[1] - 0.5
        field = np.stack([across, down], axis=1)
        field[~known] = -1e4
        return field.reshape(rows + 2, columns + 2, 2).astype(np.float32)


def trimmed(character: Rgba) -> Rgba:
    """Return the picture without its transparent border.

    Raises:
        BadPicture: nothing of it can be seen.
    """
    seen = character[..., 3] > 8
    if not seen.any():
        raise BadPicture("The character's picture is fully transparent; a picture with something visible is needed.")
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return np.ascontiguousarray(character[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def figure(character: Rgba, side: int, body: Body | None = None, rig_record: CharacterRig | None = None) -> Figure:
    """Place a character on the stage.

    Arguments:
        character: (h, w, 4) uint8, straight alpha.
        side: width and height of the frame, px.
        body: where it stands; None: on the standard stage.
        rig_record: its parts as a person corrected them; None: they are found.
    """
    picture = trimmed(character)
    height, width = picture.shape[:2]
    place = body if body is not None else standing(width, height)
    grid, place = (None if body is not None else on_grid(picture, place, side)) or (None, place)
    tall = max(2, round(place.height * side * FINENESS))
    wide = max(2, round(place.width * side * FINENESS))
    soft = picture.astype(np.float32)
    soft[..., :3] *= soft[..., 3:] / 255
    method = cv2.INTER_AREA if wide * tall < width * height else cv2.INTER_CUBIC
    method = cv2.INTER_NEAREST if grid else method
    soft = np.asarray(cv2.resize(soft, (wide, tall), interpolation=method), dtype=np.float32)
    soft[..., 3] = np.clip(soft[..., 3], 0, 255)
    soft[..., :3] = np.clip(soft[..., :3], 0, soft[..., 3:])
    texture = np.rint(soft).astype(np.uint8)
    parts = rig(picture)
    if rig_record is None:
        found = find_limbs(picture, parts.neck, parts.upright, parts.profile)
        limbs = attached_limbs(picture, found)
    else:
        parts, found = marked_rig(parts, rig_record), marked_limbs(picture, rig_record)
        limbs = found
    far = max((limb_length(limb, wide, tall) for limb in limbs), default=0.0)
    margin = (MARGIN + math.ceil(1.5 * far), MARGIN + math.ceil(1.5 * far))
    whole = np.pad(texture, ((margin[1], margin[1]), (margin[0], margin[0]), (0, 0)))
    body_alone, layers = whole, list[LimbLayer]()
    for limb in limbs:
        layer, alone = cut_limb(whole, margin, limb)
        layers.append(layer)
        body_alone = body_without(body_alone, limb, alone, margin)
    # Arms that cannot be cut off are arms all the same: no hands are added beside them.
    armless = not any(limb.name.startswith("arm") for limb in found)
    compact = not parts.profile and not parts.upright and parts.limbs < 0.7
    palm = tint(picture, parts)
    handless = armless and (compact or is_bust(picture, parts))
    if handless and parts.sees:
        handless = not shows_hands(picture, parts, palm.skin)
    return Figure(
        body_alone,
        margin,
        whole,
        parts,
        face_of(whole, margin, parts),
        tuple(layers),
        palm if handless else None,
        palm.rounded,
        place,
        side,
        _outline(parts),
        grid,
    )


def _outline(parts: Rig) -> Points:
    count = len(parts.rows)
    v = (np.arange(count) + 0.5) / count
    v[0], v[-1] = 0.0, 1.0
    return np.concatenate([np.stack([parts.rows[:, side], v], axis=1) for side in (0, 1)])


def _box(points: Points) -> tuple[float, float, float, float]:
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
