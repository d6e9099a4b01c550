"""What the puppet finds of strangers' faces, and whether it acts with them: emoji of five sets, labelled by eye.

`python -m benchmarks.rig FOLDER` fetches the sets into FOLDER with `npm pack` and draws them with `rsvg-convert`
(Debian's librsvg2-bin), once; nothing of them is kept here but where their eyes are (`rig_labels.json`, px of 512).
A third is held out: no weight and no threshold was chosen by it. Mouths of more characters lie in `rig_mouths.json`, as
boxes (left, top, right, bottom, px of 512); those where a person was not sure which region is the mouth are left out.
"""

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from popcon.engines.puppet.expression import draw_expression
from popcon.engines.puppet.eyes import find_eyes, find_mouth
from popcon.engines.puppet.figure import figure, trimmed
from popcon.engines.puppet.marked import record
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.spots import Spot, Texture
from popcon.models.rig import USED_FROM
from popcon.pixels import Rgba

SIDE = 512
ICONS = {
    "twemoji": "@iconify-json/twemoji@1.2.5",
    "openmoji": "@iconify-json/openmoji@1.2.29",
    "flat": "@iconify-json/fluent-emoji-flat@1.2.6",
    "noto": "@iconify-json/noto@1.2.9",
}
SOLID = "@lobehub/fluent-emoji-3d@1.1.0"
CODES = {
    "panda": "1f43c", "bear": "1f43b", "cat": "1f431", "dog": "1f436", "rabbit": "1f430", "fox": "1f98a",
    "pig": "1f437", "koala": "1f428", "penguin": "1f427", "owl": "1f989", "monkey": "1f435", "hamster": "1f439",
    "robot": "1f916", "alien": "1f47d", "ghost": "1f47b", "snowman": "26c4", "dino": "1f995", "octopus": "1f419",
    "apple": "1f34e", "baby": "1f476", "unicorn": "1f984", "chick": "1f425", "girl": "1f467", "frog": "1f438",
}  # fmt: skip
LABELS, MOUTHS = (Path(__file__).with_name(name) for name in ("rig_labels.json", "rig_mouths.json"))
NEAR = SIDE / 30
"""An eye is found where it is labelled to within this, px."""
CHANGED, DIFFERENT = 20.0, 12.0
"""Mean difference (0-255) from which an eye counts as shut, and two mouths as different."""
ANGRY = Pose(eye_left=0.16, eye_right=0.16, brow=0.9, frown=0.55, teeth=0.9, red=0.8)
LAUGH = Pose(eye_left=1.0, eye_right=1.0, mouth=0.8, frown=-0.8, joy=1.0)
CRY = Pose(eye_left=1.0, eye_right=1.0, brow=-0.8, mouth=0.5, frown=1.0)
SLEEP = Pose(eye_left=1.0, eye_right=1.0, mouth=0.2)


def main(folder: Path) -> None:
    labels: dict[str, dict[str, Any]] = json.loads(LABELS.read_text())
    mouths: dict[str, dict[str, Any]] = json.loads(MOUTHS.read_text())
    build(folder, labels | mouths)
    for held in (False, True):
        chosen = {name: label for name, label in labels.items() if label["held_out"] == held}
        boxes = {name: label["mouth"] for name, label in mouths.items() if label["held_out"] == held}
        counts = measured(folder, chosen) | found_mouths(folder, boxes)
        print("held out" if held else "tuned on", len(chosen), "characters:")
        for said, (many, of) in counts.items():
            print(f"  {said}: {many} of {of} ({many / max(of, 1):.1%})")


def measured(folder: Path, labels: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """How many of how many: see the names."""
    two = found = invented = shut = mouths = differ = 0
    for name, label in labels.items():
        picture = np.asarray(Image.open(folder / f"{name}.png").convert("RGBA"))
        eyes = seen_eyes(picture)
        wanted = label["eyes"]
        two += bool(wanted)
        right = len(wanted) == 2 == len(eyes) and all(
            np.hypot(a[0] - b[0], a[1] - b[1]) < NEAR for a, b in zip(eyes, wanted, strict=True)
        )
        found += right
        invented += len(eyes) == 2 and not right
        if not right:
            continue
        actor = figure(picture, 480)
        bare = actor.face.bare
        assert bare is not None
        asleep = draw_expression(actor.whole, bare, SLEEP)
        shut += all(apart(asleep, actor.whole, eye) > CHANGED for eye in bare.eyes)
        if bare.mouth is not None:
            mouths += 1
            drawn = [draw_expression(actor.whole, bare, pose) for pose in (ANGRY, LAUGH, CRY)]
            pairs = ((0, 1), (0, 2), (1, 2))
            differ += all(apart(drawn[a], drawn[b], bare.mouth) > DIFFERENT for a, b in pairs)
    return {
        "both eyes found, of those with two": (found, two),
        "pairs that are none": (invented, len(labels)),
        "eyes shut in sleep, of those found": (shut, found),
        "mouths differ in angry, laugh and cry, of mouths found": (differ, mouths),
    }


def found_mouths(folder: Path, boxes: Mapping[str, list[int] | None]) -> dict[str, tuple[int, int]]:
    """How many of how many: see the names. A mouth is found where its box and the labelled one share 0.45 of both."""
    found = mouths = invented = none = 0
    for name, box in boxes.items():
        picture = np.asarray(Image.open(folder / f"{name}.png").convert("RGBA"))
        seen = picture[..., 3] > 8
        left, top = float(np.flatnonzero(seen.any(axis=0))[0]), float(np.flatnonzero(seen.any(axis=1))[0])
        trim = trimmed(picture)
        pair = find_eyes(trim)
        if pair is None:
            continue
        mouth = find_mouth(trim, pair[0], pair[1])
        none += box is None
        mouths += box is not None
        if mouth is None:
            continue
        x, y = mouth.x + left, mouth.y + top
        here = x - mouth.rx, y - mouth.ry, x + mouth.rx, y + mouth.ry
        found += box is not None and shared(here, box) > 0.45
        invented += box is None
    return {
        "mouths found, of characters with eyes and a mouth": (found, mouths),
        "mouths that are none, of characters with eyes only": (invented, none),
    }


def shared(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the intersection over the union of two boxes."""
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    tall = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return wide * tall / (areas - wide * tall)


def seen_eyes(picture: Rgba) -> list[tuple[float, float]]:
    """The middles of the eyes that the rig is sure of, px of the picture."""
    seen = picture[..., 3] > 8
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    box = float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
    rig = record(trimmed(picture), (picture.shape[1], picture.shape[0]), box)
    return [(eye.x, eye.y) for eye in rig.eyes if eye.source == "own" and eye.confidence >= USED_FROM]


def apart(one: Texture, other: Texture, part: Spot) -> float:
    """Mean difference of two textures in the box around a part, 0 to 255."""
    x0, x1 = max(0, round(part.x - part.rx)), round(part.x + part.rx) + 1
    y0, y1 = max(0, round(part.y - part.ry)), round(part.y + part.ry) + 1
    difference = one[y0:y1, x0:x1, :3].astype(np.float32) - other[y0:y1, x0:x1, :3]
    return float(np.abs(difference).mean())


def build(folder: Path, labels: Mapping[str, object]) -> None:
    """Fetch the sets and draw what is labelled, where that was not done yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in labels if not (folder / f"{name}.png").exists()]
    opened: dict[str, dict[str, Any]] = {}
    for name in missing:
        kind, _, icon = name.partition("-")
        if kind == "3d":
            with tarfile.open(packed(folder, SOLID)) as pack:
                member = pack.extractfile(f"package/assets/{CODES.get(icon, icon)}.webp")
                assert member is not None
                Image.open(io.BytesIO(member.read())).convert("RGBA").resize((SIDE, SIDE)).save(folder / f"{name}.png")
            continue
        if kind not in opened:
            with tarfile.open(packed(folder, ICONS[kind])) as pack:
                member = pack.extractfile("package/icons.json")
                assert member is not None
                opened[kind] = json.load(member)
        (folder / f"{name}.png").write_bytes(drawn_icon(opened[kind], icon))


def packed(folder: Path, package: str) -> Path:
    """The package's archive, fetched where it is not here."""
    name = package.removeprefix("@").rpartition("@")[0].replace("/", "-")
    if not list(folder.glob(f"{name}-*.tgz")):
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
    return next(iter(folder.glob(f"{name}-*.tgz")))


def drawn_icon(icons: Mapping[str, Any], name: str) -> bytes:
    """An icon of an Iconify set as a PNG."""
    icon = icons["icons"][name]
    wide, tall = icon.get("width", icons.get("width", 16)), icon.get("height", icons.get("height", 16))
    box = f"{icon.get('left', 0)} {icon.get('top', 0)} {wide} {tall}"
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    svg = f'<svg {space} viewBox="{box}" width="{SIDE}" height="{SIDE}">{icon["body"]}</svg>'
    command = ["rsvg-convert", "-w", str(SIDE), "-h", str(SIDE)]
    return subprocess.run(command, input=svg.encode(), capture_output=True, check=True).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/tmp/popcon-rig-set"))
