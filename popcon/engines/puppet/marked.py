"""Turns the puppet's measures of a character into a rig record in pixels of the picture, and a record into measures."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.attached import attached_limbs
from popcon.engines.puppet.legs import find_limbs
from popcon.engines.puppet.limb_fill import lies_over_body
from popcon.engines.puppet.limb_mask import limb_mask
from popcon.engines.puppet.limbs import WORKING, Limb
from popcon.engines.puppet.rig import Oval, Rig, Spot, muzzle, rig
from popcon.errors import BadInput
from popcon.models.rig import LARGEST_LIMB, USED_FROM, CharacterRig, LimbName, Point, RigBox, RigEye, RigLimb, RigPart
from popcon.pixels import Mask, Rgba

SURE = 0.8
"""Confidence in what was found in the picture; what is guessed from the outline alone is not used."""
GUESSED = 0.2
DETAIL = 0.004
"""How far a limb's outline may be from its mask, in its own perimeter."""
FINE = 0.0015
"""The same where a person marked it."""
OFF = 0.03
"""How far a marked point may be from the character, in its longer side."""


def record(character: Rgba, size: tuple[int, int], box: tuple[float, float, float, float]) -> CharacterRig:
    """Find a character's parts.

    Arguments:
        character: (h, w, 4) uint8, straight alpha, trimmed.
        size: width and height of the picture that it was cut out of, px.
        box: left, top, right, bottom of the character in that picture, px.
    """
    parts = rig(character)
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top

    def at(spot: Spot) -> Point:
        return Point(x=_px(left + (spot[0] / (2 * parts.half) + 0.5) * wide), y=_px(top + (1 - spot[1]) * tall))

    def around(oval: Oval, confidence: float) -> RigPart:
        middle = at(oval[:2])
        rx, ry = oval[2] / (2 * parts.half) * wide, oval[3] * tall
        return RigPart(x=middle.x, y=middle.y, rx=max(0.1, _px(rx)), ry=max(0.1, _px(ry)), confidence=confidence)

    found = round(parts.sure, 3) if parts.sees else GUESSED
    eyes = tuple(
        RigEye(**around(eye, found).model_dump(), source="own" if parts.sees else "guessed")
        for eye in (parts.eyes[:1] if parts.profile else parts.eyes)
    )
    bottom_of_head = parts.neck if parts.upright else 0.0
    head = (parts.face[0], (1 + bottom_of_head) / 2, parts.breadth, (1 - bottom_of_head) / 2)
    found_limbs = find_limbs(character, parts.neck, parts.upright, parts.profile)
    limbs = [_limb(limb, box) for limb in attached_limbs(character, found_limbs)]
    legs = [limb for limb in limbs if limb.name.startswith("leg")]
    compact = not parts.upright and parts.limbs < 0.7
    return CharacterRig(
        width=size[0],
        height=size[1],
        character=RigBox(left=left, top=top, right=right, bottom=bottom),
        kind="biped"
        if (parts.upright and len(legs) < 3) or any(limb.name.startswith("arm") for limb in limbs)
        else "quadruped"
        if not compact or parts.profile or legs
        else "head"
        if parts.sees
        else "object",
        facing={-1: "left", 0: "front", 1: "right"}[parts.profile],
        head=around(head, SURE if parts.sees else 0.4),
        neck=at((parts.face[0], parts.neck)) if parts.upright else None,
        eyes=eyes,
        mouth=around(parts.lips, SURE) if parts.lips is not None else None,
        limbs=tuple(limbs),
    )


def marked_rig(parts: Rig, given: CharacterRig) -> Rig:
    """Return the measures with eyes and mouth as a record says."""
    box = given.character
    wide, tall = box.right - box.left, box.bottom - box.top

    def oval(part: RigPart) -> Oval:
        u = ((part.x - box.left) / wide - 0.5) * 2 * parts.half
        return u, 1 - (part.y - box.top) / tall, part.rx / wide * 2 * parts.half, part.ry / tall

    eyes = sorted(oval(eye) for eye in given.eyes if eye.source == "own" and eye.confidence >= USED_FROM)
    mouth = given.mouth if given.mouth and given.mouth.confidence >= USED_FROM else None
    lips = oval(mouth) if mouth is not None else None
    if len(eyes) == 1:
        profile = {"left": -1, "right": 1}.get(given.facing, -1 if eyes[0][0] < 0 else 1)
        place = lips[:2] if lips else muzzle(eyes[0], profile)
        both = eyes[0], eyes[0]
        return replace(parts, sees=True, sure=1.0, eyes=both, profile=profile, lips=lips, mouth=place, face=eyes[0][:2])
    if not eyes:
        return replace(parts, sees=False, sure=0.0, profile=0, lips=lips, mouth=lips[:2] if lips else parts.mouth)
    between = (eyes[0][0] + eyes[1][0]) / 2, (eyes[0][1] + eyes[1][1]) / 2
    below = between[0], max(0.03, between[1] - 0.8 * (eyes[1][0] - eyes[0][0]))
    place = lips[:2] if lips else below
    face = between[0], (between[1] + place[1]) / 2
    return replace(parts, sees=True, sure=1.0, profile=0, eyes=(eyes[0], eyes[1]), lips=lips, mouth=place, face=face)


def marked_limbs(character: Rgba, given: CharacterRig) -> tuple[Limb, ...]:
    """Return the limbs of a record: of arms, ears and the like the first of each name, and all legs: animals have four.

    Arguments:
        character: (h, w, 4) uint8, trimmed: what the record's box is around.
    """
    found: list[Limb] = []
    for limb in given.limbs:
        again = any(limb.name == other.name for other in found) and not limb.name.startswith("leg")
        if limb.confidence >= USED_FROM and not again:
            made = _mask_of(limb, given.character, character)
            if made.mask.any() and made.rest.any():
                found.append(made)
    return tuple(found)


def limb_between(
    character: Rgba,
    box: tuple[float, float, float, float],
    name: LimbName,
    joint: Point,
    tip: Point,
    mask: Mask | None = None,
) -> RigLimb:
    """Mark a limb by its joint and its tip: the art's own lines bound it.

    Arguments:
        character: (h, w, 4) uint8, straight alpha, trimmed.
        box: left, top, right, bottom of the character in its picture, px.
        joint, tip: px of the picture.
        mask: (h, w) uint8, where something else has found the limb; None: it is found.

    Raises:
        BadInput: a point is not on the character, or no limb lies between them.
    """
    height, width = character.shape[:2]
    left, top, right, bottom = box
    by = width / (right - left), height / (bottom - top)
    ends = [((at.x - left) * by[0], (at.y - top) * by[1]) for at in (joint, tip)]
    seen = np.argwhere(character[..., 3] > 96)[:, ::-1] + 0.5
    for at, end in zip((joint, tip), ends, strict=True):
        if not len(seen) or float(np.hypot(*(seen - end).T).min()) > OFF * max(height, width):
            raise BadInput(f"The point {at.x:g}, {at.y:g} is not on the character; choose two points on the limb.")
    if mask is None:
        mask = limb_mask(character, *ends)
    contours, _ = cv2.findContours(
        (mask > 127).astype(np.uint8) if mask is not None else np.zeros((1, 1), np.uint8),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE,
    )
    if not contours:
        raise BadInput("No limb lies between the joint and the tip; choose two points farther apart on the same limb.")
    longest = max(contours, key=cv2.contourArea)
    around = cv2.approxPolyDP(longest, FINE * cv2.arcLength(longest, True), True)[:, 0, :] + 0.5
    outline = tuple(Point(x=_px(left + x / by[0]), y=_px(top + y / by[1])) for x, y in around.tolist())
    if len(outline) < 3:
        raise BadInput("No limb lies between the joint and the tip; choose two points farther apart on the same limb.")
    limb = RigLimb(name=name, outline=outline, pivot=joint, tip=tip, outlined=True)
    if limb.area > LARGEST_LIMB * (right - left) * (bottom - top):
        raise BadInput("What lies between the joint and the tip is nearly the whole character; mark a part that turns.")
    return limb


def _limb(limb: Limb, box: tuple[float, float, float, float]) -> RigLimb:
    left, top, right, bottom = box
    rows, columns = limb.mask.shape
    outlines, _ = cv2.findContours(limb.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    longest = max(outlines, key=cv2.contourArea)
    around = cv2.approxPolyDP(longest, DETAIL * cv2.arcLength(longest, True), True)[:, 0, :] + 0.5

    def at(x: float, y: float) -> Point:
        return Point(x=_px(left + x * (right - left)), y=_px(top + y * (bottom - top)))

    return RigLimb(
        name=limb.name,
        outline=tuple(at(float(x) / columns, float(y) / rows) for x, y in around),
        pivot=at(*limb.joint),
        tip=at(*limb.tip),
        layer="behind" if limb.behind else "front",
        confidence=SURE,
    )


def _mask_of(limb: RigLimb, box: RigBox, character: Rgba) -> Limb:
    """Return a marked limb at the working size of limbs."""
    height, width = character.shape[:2]
    scale = WORKING / max(height, width)
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))

    def share(point: Point) -> tuple[float, float]:
        return (point.x - box.left) / (box.right - box.left), (point.y - box.top) / (box.bottom - box.top)

    alpha = cv2.resize(character[..., 3], (columns, rows), interpolation=cv2.INTER_AREA)
    seen = (np.asarray(alpha) > 110).astype(np.uint8)
    inside: NDArray[np.uint8] = np.zeros((rows, columns), np.uint8)
    corners = np.array([share(point) for point in limb.outline]) * (columns, rows) - 0.5
    cv2.fillPoly(inside, [np.rint(corners).astype(np.int32)], 1)
    part = seen & inside
    if limb.outlined:
        # Slivers of the silhouette between the outline's corners are the limb's.
        rest, kernel = seen & (1 - part), np.ones((3, 3), np.uint8)
        slivers = rest & (1 - np.asarray(cv2.morphologyEx(rest, cv2.MORPH_OPEN, kernel), np.uint8))
        part |= slivers & np.asarray(cv2.dilate(part, kernel, iterations=2), np.uint8)
    joint, tip = share(limb.pivot), share(limb.tip)
    across = np.argwhere(part)[:, ::-1] + 0.5 - np.array(joint) * (columns, rows)
    axis = (np.array(tip) - np.array(joint)) * (columns, rows)
    length = max(float(np.hypot(*axis)), 1e-6)
    along, aside = across @ axis / length, np.abs(across @ np.array([-axis[1], axis[0]]) / length)
    near = aside[np.abs(along) < 0.2 * length]
    thickness = 2 * float(near.max(initial=2.0)) / rows
    made = Limb(
        limb.name,
        part * np.uint8(255),
        (seen & (1 - part)) * np.uint8(255),
        joint,
        tip,
        thickness,
        behind=limb.layer == "behind",
    )
    return replace(made, inside=limb.outlined or lies_over_body(made), straight=limb.outlined)


def _px(value: float) -> float:
    return round(float(value), 2)
