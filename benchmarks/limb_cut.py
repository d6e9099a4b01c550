"""A limb that is cut off and turned by 40 degrees: how far what it uncovers is from the truth of layered art.

`python -m benchmarks.limb_cut [--out FOLDER]` draws bodies (plain, shaded, striped, checked) with an arm over them,
marks the arm's outline in a rig, turns it, and compares with the same layers turned before they were laid over each
other. MAD: mean absolute difference, 0-255. The same is done with the outline that two clicks find, on the
joint and on the tip, and their overlap with the arm is told. The body "own colour" is plain, and so is its arm.
"""

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from popcon.engines.puppet.arms import Swing, with_limbs
from popcon.engines.puppet.figure import figure
from popcon.engines.puppet.marked import limb_between
from popcon.models.rig import CharacterRig, Point, RigBox, RigLimb
from popcon.pixels import Mask, Rgba
from tests.popcon.engines.puppet.figures import over

SIDE, TURN = 400, 40.0
JOINT, TIP = (150, 150), (236, 276)
INK = (50, 30, 40, 255)
KINDS = ("plain", "own colour", "shaded", "striped", "checked")
BOX = np.s_[20:381, 20:381]


def body(kind: str) -> Rgba:
    """A round body with an outline, without its arm: (SIDE, SIDE, 4)."""
    picture = np.full((SIDE, SIDE, 4), (240, 190, 120, 255), np.uint8)
    ys, xs = np.mgrid[0:SIDE, 0:SIDE]
    if kind == "shaded":
        picture[..., :3] = np.clip(picture[..., :3] - (xs + ys)[..., None] * 0.12, 0, 255)
    if kind == "striped":
        picture[(ys + xs // 3) % 44 < 14] = (150, 90, 60, 255)
    if kind == "checked":
        picture[(ys // 26 + xs // 26) % 2 == 0] = (250, 230, 200, 255)
    inside = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(inside, (200, 200), 180, 255, cv2.FILLED, cv2.LINE_AA)
    picture[..., 3] = inside
    cv2.circle(picture, (200, 200), 176, INK, 8, cv2.LINE_AA)
    return picture


def arm(kind: str = "plain") -> Rgba:
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    cv2.line(picture, JOINT, TIP, INK, 48, cv2.LINE_AA)
    cv2.line(
        picture, JOINT, TIP, (240, 190, 120, 255) if kind == "own colour" else (90, 140, 230, 255), 36, cv2.LINE_AA
    )
    return picture


def clicked(picture: Rgba) -> RigLimb:
    """The arm by two clicks, on its joint and on its tip."""
    joint, tip = (Point(x=float(x), y=float(y)) for x, y in (JOINT, TIP))
    return limb_between(picture[BOX], (20, 20, 381, 381), "arm_left", joint, tip)


def drawn(limb: RigLimb) -> Mask:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.array([(round(at.x), round(at.y)) for at in limb.outline])], 255)
    return mask


def marked(mask: Mask) -> RigLimb:
    """The arm as a person marks it with care."""
    outlines, _ = cv2.findContours((mask > 8).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
    corners = tuple(Point(x=float(x), y=float(y)) for x, y in max(outlines, key=cv2.contourArea)[:, 0])
    joint, tip = (Point(x=float(x), y=float(y)) for x, y in (JOINT, TIP))
    return RigLimb(name="arm_left", outline=corners, pivot=joint, tip=tip)


def rig_of(limb: RigLimb) -> CharacterRig:
    box = RigBox(left=20, top=20, right=381, bottom=381)
    return CharacterRig(width=SIDE, height=SIDE, character=box, kind="biped", limbs=(limb,))


def measured(kind: str, out: Path | None = None) -> tuple[float, float, float, float]:
    """Overlap (IoU) of what two clicks find with the arm, MAD of what is uncovered with it and with the outline marked
    by hand, and the least alpha (255: no hole)."""
    picture = over(body(kind), arm(kind))
    limb, true = clicked(picture), arm()[..., 3] > 127
    mask = drawn(limb) > 127
    overlap = float((true & mask).sum() / (true | mask).sum())
    by_clicks, least = uncovered(kind, picture, limb, out)
    by_hand, also = uncovered(kind, picture, marked(arm()[..., 3]))
    return overlap, by_clicks, by_hand, min(least, also)


def uncovered(kind: str, picture: Rgba, limb: RigLimb, out: Path | None = None) -> tuple[float, float]:
    """MAD of what a turned limb uncovers, and its least alpha."""
    actor = figure(picture, 480, rig_record=rig_of(limb))
    turned = with_limbs(actor.texture, ((actor.limbs[0], Swing(math.radians(TURN), 1.0, True)),))
    tall, wide = turned.shape[0] - 2 * actor.margin[1], turned.shape[1] - 2 * actor.margin[0]
    made = turned[actor.margin[1] : actor.margin[1] + tall, actor.margin[0] : actor.margin[0] + wide]
    matrix = cv2.getRotationMatrix2D(JOINT, -TURN, 1)
    moved = np.asarray(cv2.warpAffine(arm(kind), matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)
    truth = cv2.resize(over(body(kind), moved)[BOX], (wide, tall), interpolation=cv2.INTER_CUBIC)
    was, now = (cv2.resize(each[..., 3][BOX], (wide, tall)) for each in (arm(), moved))
    bare = (was > 8) & (now < 8)
    off = np.abs(made[..., :3].astype(np.float32) - truth[..., :3])[bare].mean()
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.hstack([made, truth])).save(out / f"{kind}.png")
    return float(off), float(made[..., 3][bare].min())


def main() -> None:
    """Measure and print a table."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--out", type=Path, help="folder for pictures: made, truth")
    asked = given.parse_args()
    print(f"{'body':11} {'2 clicks: IoU':>13} {'MAD':>5} {'by hand: MAD':>12} {'least alpha':>11}")
    for kind in KINDS:
        overlap, clicks, hand, least = measured(kind, asked.out)
        print(f"{kind:11} {overlap:13.3f} {clicks:5.1f} {hand:12.1f} {least:11.0f}")


if __name__ == "__main__":
    main()
