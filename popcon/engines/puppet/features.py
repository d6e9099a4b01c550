"""A face without its eyes and mouth: what is behind them is filled in from around, and their line is measured."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.gaze import is_dot
from popcon.engines.puppet.rig import Oval, Rig
from popcon.engines.puppet.shade import Shade, face_shade
from popcon.engines.puppet.spots import Spot, Texture
from popcon.engines.puppet.texture_fill import copied_over
from popcon.pixels import Mask

Colour = tuple[float, float, float]
PROFILE = 4.2
"""How far apart two eyes usually are, in sizes of one."""
INK = (60.0, 36.0, 30.0)
"""The line of a face whose own features are all light."""

VARIED = 9.0
"""Standard deviation of the light of a pattern, of 255."""
NEARBY, COMPARED = 2, 100
"""A pattern is looked for as far around a hole as this many times its size, by so many pixels of its rim."""
LIKE, UNLIKE = 90.0, 220.0
"""Colours nearer than the first (sum over R, G and B) are alike, those farther than the second are not."""


@dataclass(frozen=True)
class BareFace:
    """A face whose features can be drawn anew.

    Attributes:
        eyes: the eyes, left first; one in profile.
        profile: as in `Rig`.
        mouth: the mouth, where it was found.
        bare: the texture without eyes and mouth; where there is no mouth, without eyes.
        line: colour of its lines, sRGB 0-255.
        width: of its lines, px.
        apart: between the middles of the eyes, px; in profile, as far as two such eyes would be.
        clear: whether each eye has skin all around it, so that a lid may be drawn.
        shade: where it reddens with anger or turns green.
        dots: of each eye, whether it is of one colour, without a pupil of its own.
    """

    eyes: tuple[Spot, ...]
    profile: int
    mouth: Spot | None
    bare: Texture
    line: Colour
    width: float
    apart: float
    clear: bool
    shade: Shade
    dots: tuple[bool, ...]


def bare_face(texture: Texture, margin: tuple[int, int], rig: Rig) -> BareFace | None:
    """Take a face's features away; None where its eyes are not known.

    Arguments:
        texture: (h, w, 4) uint8, premultiplied, with `margin` transparent (columns, rows) on each side.
    """
    if not rig.sees:
        return None
    eyes = tuple(spot(texture, margin, rig, eye) for eye in (rig.eyes[:1] if rig.profile else rig.eyes))
    if rig.profile:
        apart = PROFILE * float(np.sqrt(eyes[0].rx * eyes[0].ry))
    else:
        apart = float(np.hypot(eyes[1].x - eyes[0].x, eyes[1].y - eyes[0].y))
    mouth = spot(texture, margin, rig, rig.lips) if rig.lips is not None else None
    seen = (texture[..., 3] > 250).astype(np.uint8)
    solid: Mask = np.asarray(cv2.erode(seen, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    gone: Mask = np.zeros(texture.shape[:2], np.uint8)
    for eye in eyes:
        gone |= _own(texture, eye, grown(eye.rx) / eye.rx, grown(eye.ry) / eye.ry)
    eyes_gone = gone & solid
    clear = bool(eyes_gone.sum() > 0.93 * gone.sum())
    line, width = _line(texture, eyes, mouth, apart, eyes_gone)
    if mouth is not None:
        # The rim of a mouth is where it stands out from the skin; the box is a little larger than both.
        around = _own(texture, mouth, 1.06 + 3 / mouth.rx, 1.1 + 3 / mouth.ry, square=True)
        gone |= _different(texture, around & solid, mouth)
    bare = _filled(texture, gone & solid, _other_lines(texture, eyes, gone))
    for eye in eyes:
        clear_lens(bare, texture, eye)
    shade = face_shade(bare, eyes, apart)
    dots = tuple(is_dot(texture, eye) for eye in eyes)
    return BareFace(eyes, rig.profile, mouth, bare, line, width, apart, clear, shade, dots)


def clear_lens(bare: Texture, texture: Texture, eye: Spot) -> None:
    """Keep the frame of a pair of glasses around an eye, in place: within it, the skin beyond it is filled in.

    Arguments:
        bare: the texture without the eye, filled in from next to it.
    """

    def colour(outer: float, inner: float) -> NDArray[np.float32] | None:
        ring = _own(texture, eye, outer, outer) & (1 - _own(texture, eye, inner, inner))
        pixels = texture[(ring > 0) & (texture[..., 3] > 250)][:, :3]
        return np.median(pixels.astype(np.float32), axis=0) if len(pixels) > 16 else None

    lens, frame, skin = colour(0.85, 0.0), colour(1.3, 1.05), colour(2.2, 1.7)
    if lens is None or frame is None or skin is None:
        return
    if np.abs(lens - skin).sum() > LIKE or min(np.abs(frame - lens).sum(), np.abs(frame - skin).sum()) < UNLIKE:
        return
    around = _own(texture, eye, grown(eye.rx) / eye.rx, grown(eye.ry) / eye.ry) > 0
    bare[around] = texture[around]
    within = _own(texture, eye, 0.92, 0.92).astype(np.float32)
    soft = cv2.GaussianBlur(within, (0, 0), 1.0)[..., None]
    bare[..., :3] = np.where(soft > 0, np.rint(bare[..., :3] * (1 - soft) + lens * soft), bare[..., :3])


def grown(half: float) -> float:
    """Half the size of an eye with its soft rim, of which nothing may stay behind, px."""
    return 1.14 * half + 3


def spot(texture: Texture, margin: tuple[int, int], rig: Rig, part: Oval) -> Spot:
    """Return a part of the rig in texture px."""
    u, v, ru, rv = part
    wide, tall = texture.shape[1] - 2 * margin[0], texture.shape[0] - 2 * margin[1]
    x, y = (u / (2 * rig.half) + 0.5) * wide + margin[0], (1 - v) * tall + margin[1]
    return Spot(x, y, max(1.0, ru / (2 * rig.half) * wide), max(1.0, rv * tall))


def _own(texture: Texture, part: Spot, across: float, down: float, square: bool = False) -> Mask:
    mask = np.zeros(texture.shape[:2], np.uint8)
    half = part.rx * across, part.ry * down
    if square:
        corner, end = (part.x - half[0], part.y - half[1]), (part.x + half[0], part.y + half[1])
        cv2.rectangle(mask, (round(corner[0]), round(corner[1])), (round(end[0]), round(end[1])), 1, cv2.FILLED)
    else:
        middle = round(part.x * 16 - 8), round(part.y * 16 - 8)
        axes = round(half[0] * 16), round(half[1] * 16)
        cv2.ellipse(mask, middle, axes, 0, 0, 360, 1, cv2.FILLED, cv2.LINE_8, 4)
    return mask


def _different(texture: Texture, around: Mask, part: Spot) -> Mask:
    """Return what of a box is not the skin that its rim shows; soft edges included."""
    if not around.any():
        return around
    box = around > 0
    inner = np.asarray(cv2.erode(around, np.ones((3, 3), np.uint8))) > 0
    rim = box & ~inner
    skin = np.median(texture[rim][:, :3].astype(np.float32), axis=0)
    apart = np.abs(texture[..., :3].astype(np.float32) - skin).sum(axis=2)
    mask = ((apart > 40) & box).astype(np.uint8)
    # What runs on beyond the box (a muzzle's edge, stripes) is no part of the mouth.
    count, labels, _, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    hurt = set(np.unique(labels[rim & (mask > 0)])) - {0}
    for n in range(1, count):
        if n in hurt and (labels == n).sum() < 0.5 * mask.sum():
            mask[labels == n] = 0
    grown = max(3, 2 * round(0.06 * part.rx) + 1)
    return np.asarray(cv2.dilate(mask, np.ones((grown, grown), np.uint8)), np.uint8) & around


def _other_lines(texture: Texture, eyes: tuple[Spot, ...], gone: Mask) -> Mask:
    """Return what is next to an eye and far from the skin there (a brow, hair): nothing is filled in from it."""
    out: Mask = np.zeros(gone.shape, np.uint8)
    colours = texture[..., :3].astype(np.float32)
    for eye in eyes:
        ring = (_own(texture, eye, 1.7, 1.7) > 0) & (gone == 0) & (texture[..., 3] > 250)
        if ring.sum() > 16:
            skin = np.median(colours[ring], axis=0)
            out |= (ring & (np.abs(colours - skin).sum(axis=2) > UNLIKE / 2)).astype(np.uint8)
    return out


def _filled(texture: Texture, gone: Mask, never: Mask) -> Texture:
    """Return a texture whose marked pixels are filled in from around (Telea's fast marching), but from `never`."""
    rows, columns = np.flatnonzero(gone.any(axis=1)), np.flatnonzero(gone.any(axis=0))
    if not rows.size:
        return texture
    reach = 12
    top, bottom = max(0, rows[0] - reach), rows[-1] + 1 + reach
    left, right = max(0, columns[0] - reach), columns[-1] + 1 + reach
    part, mask = texture[top:bottom, left:right], gone[top:bottom, left:right]
    colours = np.ascontiguousarray(part[..., :3])
    filled = np.asarray(cv2.inpaint(colours, mask | never[top:bottom, left:right], 5, cv2.INPAINT_TELEA))
    # Fast marching leaves streaks; inside of the hole they are smoothed away.
    smooth = cv2.GaussianBlur(filled, (0, 0), 3.0)
    deep = np.clip(cv2.distanceTransform(mask, cv2.DIST_L2, 5) / 4, 0, 1)[..., None]
    mended = np.where(mask[..., None] > 0, filled * (1 - deep) + smooth * deep, colours)
    out = texture.copy()
    out[top:bottom, left:right, :3] = np.minimum(np.rint(mended), part[..., 3:]).astype(np.uint8)
    _continue_pattern(out, texture, gone)
    return out


def _continue_pattern(out: Texture, texture: Texture, gone: Mask) -> None:
    """Carry a pattern on through each hole of a filled texture, in place, where one goes around the hole."""
    unknown = np.asarray(cv2.dilate(gone, np.ones((3, 3), np.uint8)), np.uint8) | (texture[..., 3] < 250)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(gone, connectivity=8)
    for n in range(1, count):
        x, y, wide, tall = (int(stats[n, which]) for which in range(4))
        left, top = max(0, x - NEARBY * wide), max(0, y - NEARBY * tall)
        window = np.s_[top : y + (NEARBY + 1) * tall, left : x + (NEARBY + 1) * wide]
        hidden = np.ascontiguousarray(unknown[window])
        hole = np.asarray(cv2.dilate((labels[window] == n).astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)
        hole &= hidden
        colours = np.ascontiguousarray(texture[window][..., :3])
        if not _patterned_around(colours, hole, hidden):
            continue
        filled = copied_over(colours, hidden, hole, np.asarray(1 - hidden, np.uint8), COMPARED)
        if filled is None:
            continue
        soft = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 0.8)[..., None] * (hole[..., None] > 0)
        part = out[window]
        mixed = part[..., :3] * (1 - soft) + filled * soft
        part[..., :3] = np.minimum(np.rint(mixed), part[..., 3:]).astype(np.uint8)


def _patterned_around(colours: NDArray[np.uint8], hole: Mask, hidden: Mask) -> bool:
    """Return whether a pattern goes all around a hole: colours vary on opposite sides, not along one edge."""
    rim = np.argwhere((cv2.dilate(hole, np.ones((15, 15), np.uint8)) > 0) & (hidden == 0))
    if len(rim) < 40:
        return False
    light = colours[rim[:, 0], rim[:, 1]] @ np.array([0.3, 0.59, 0.11])
    down, across = (rim - np.argwhere(hole > 0).mean(axis=0)).T
    sides = [down > np.abs(across), -down > np.abs(across), across >= np.abs(down), -across >= np.abs(down)]
    varied = [side.sum() > 8 and float(light[side].std()) > VARIED for side in sides]
    return bool((varied[0] and varied[1]) or (varied[2] and varied[3]))


def _line(
    texture: Texture, eyes: tuple[Spot, ...], mouth: Spot | None, apart: float, seen: Mask
) -> tuple[Colour, float]:
    """Colour and width of the art's own lines: the darkest of its eyes, the stroke of its mouth."""
    pixels = texture[seen > 0][:, :3].astype(np.float32)
    colour: Colour = INK
    if len(pixels) > 8:
        light = pixels @ np.array([0.3, 0.59, 0.11], np.float32)
        dark = pixels[light <= np.percentile(light, 10)].mean(axis=0)
        if float(dark @ np.array([0.3, 0.59, 0.11])) < 105:
            colour = (float(dark[0]), float(dark[1]), float(dark[2]))
    width = 0.42 * float(np.mean([min(eye.rx, eye.ry) for eye in eyes]))
    if mouth is not None and mouth.ry < 0.4 * mouth.rx:
        width = min(max(width, 0.3 * mouth.ry), 0.7 * mouth.ry)
    return colour, float(np.clip(width, 0.028 * apart, 0.085 * apart))
