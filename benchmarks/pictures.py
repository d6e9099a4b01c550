"""Cuts characters out of other projects' pictures, as a new user's order would, and shows what came out.

    python -m benchmarks.pictures                        # with the packages that are installed
    python -m benchmarks.pictures --fetch /tmp/debian    # downloads Debian's packages into a folder, unpacks them there
    python -m benchmarks.pictures --sheets /tmp/sheets   # each result on dark and on light, to be looked at

Real pictures have no masks, so the first table says what was done, and whether that is what was wanted: `cut` (one
character, to be cut out unasked), `ask` (no character, or several: a person has to say), `either`. Whether a cut-out is
good is seen on the sheets. The second table puts figures with alpha before painted scenery of the same projects: there
the mask is known, and clicks are counted. Every third picture and scene is held out: nothing is tuned on it.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.segment_clicks import simulate
from popcon.engines.base import SubjectEngine
from popcon.engines.registry import subject
from popcon.engines.segment.graph import GraphEmbedding, GraphEngine
from popcon.errors import PopconError
from popcon.media.pictures.character import make_character
from popcon.media.pictures.cut_free import Asked, cut_free
from popcon.media.pictures.picture import read_picture
from popcon.media.pictures.png import encode_png
from popcon.models.job import EngineChoice
from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgb, Rgba

CV = "doc/opencv-doc/examples/data"
CLIP = "openclipart/png"
RENPY = "games/renpy/demo/game"
STORY = "games/wesnoth/1.16/data/core/images/story"
PORTRAITS = "games/wesnoth/1.16/data/core/images/portraits"
TUX = "games/supertux2/images/background"
PACKAGES = ("opencv-doc", "openclipart-png", "renpy-demo", "wesnoth-1.16-data", "supertux-data", "python3-skimage")
SKIMAGE = "../lib/python3/dist-packages/skimage/data"

PICTURES = (
    (f"{CV}/HappyFish.jpg", "cut"),
    (f"{CV}/squirrel_cls.jpg", "cut"),
    (f"{CV}/chicky_512.png", "either"),
    (f"{CV}/messi5.jpg", "cut"),
    (f"{CV}/apple.jpg", "cut"),
    (f"{CV}/aloeL.jpg", "either"),
    (f"{CV}/baboon.jpg", "ask"),
    (f"{CV}/fruits.jpg", "ask"),
    (f"{CV}/starry_night.jpg", "ask"),
    (f"{CV}/stuff.jpg", "ask"),
    (f"{CV}/WindowsLogo.jpg", "either"),
    (f"{SKIMAGE}/astronaut.png", "either"),
    (f"{SKIMAGE}/camera.png", "cut"),
    (f"{SKIMAGE}/chelsea.png", "either"),
    (f"{SKIMAGE}/coffee.png", "cut"),
    (f"{SKIMAGE}/horse.png", "cut"),
    (f"{SKIMAGE}/motorcycle_left.png", "cut"),
    (f"{SKIMAGE}/retina.jpg", "cut"),
    (f"{CLIP}/animals/mammals/bunny_01.png", "cut"),
    (f"{CLIP}/animals/mammals/dogs/bulldog_puppy_ganson.png", "cut"),
    (f"{CLIP}/animals/mammals/stambecco_valdostano_arc_01.png", "cut"),
    (f"{CLIP}/plants/flowers/sun_flower_ganson.png", "cut"),
    (f"{CLIP}/food/menu_example3.png", "cut"),
    (f"{RENPY}/images/concert1.png", "ask"),
    (f"{RENPY}/images/eileen happy.png", "cut"),
    (f"{RENPY}/images/lucy mad.png", "cut"),
    (f"{RENPY}/images/bg whitehouse.jpg", "ask"),
    (f"{STORY}/landscape-castle.jpg", "ask"),
    (f"{STORY}/landscape-battlefield.jpg", "ask"),
    (f"{STORY}/grim-altar.jpg", "ask"),
    (f"{TUX}/christmas/outro.jpg", "ask"),
    (f"{TUX}/halloween/intro.jpg", "either"),
)
"""Path below /usr/share, and what is wanted of an order without review."""

FIGURES = (
    *(f"{RENPY}/images/{name}.png" for name in ("eileen happy", "lucy happy", "logo base")),
    *(f"{PORTRAITS}/humans/{name}.png" for name in ("bandit", "cavalryman", "duelist", "fencer", "general", "mage")),
    *(f"{PORTRAITS}/{name}.png" for name in ("elves/archer", "dwarves/fighter", "trolls/troll-hero", "orcs/grunt")),
)
SCENERIES = (
    *(f"{STORY}/landscape-{name}.jpg" for name in ("castle", "coast", "battlefield_nohumans", "bridge")),
    *(f"{RENPY}/images/bg {name}.jpg" for name in ("washington", "whitehouse")),
    *(f"{STORY}/{name}.jpg" for name in ("swamp-02", "swamp-03", "grim-altar")),
    f"{TUX}/ghostforest/ghostforest.jpg",
)
SIZE = (850, 600)
GOAL, MOST_CLICKS = 0.97, 8


@dataclass(frozen=True)
class Scene:
    """A figure before scenery.

    Attributes:
        picture: (600, 850, 3).
        truth: (600, 850), alpha of the figure.
    """

    name: str
    picture: Rgb
    truth: Mask


def found(roots: list[Path], path: str) -> Path | None:
    """A file of a package, below the first root that has it."""
    return next((root / path for root in roots if (root / path).is_file()), None)


def fetch(folder: Path) -> list[Path]:
    """Download and unpack the packages that are not there; the `usr/share` of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if (folder / name).is_dir() or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            continue
        subprocess.run(["apt-get", "-qq", "download", name], cwd=folder, check=False, stderr=subprocess.DEVNULL)
        for archive in sorted(folder.glob(f"{name}_*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(archive), str(folder / name)], check=False)
            archive.unlink()
    return [folder / name / "usr" / "share" for name in PACKAGES]


def scenes(roots: list[Path], count: int) -> Iterator[Scene]:
    """Figures before scenery, each pair another one; those whose files are there."""
    for number in range(count):
        figure = found(roots, FIGURES[number % len(FIGURES)])
        scenery = found(roots, SCENERIES[number * 3 % len(SCENERIES)])
        if figure is None or scenery is None:
            continue
        width, height = SIZE
        back = cv2.resize(read_picture(scenery)[..., :3], SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
        art = read_picture(figure).astype(np.float32)
        rows, columns = np.flatnonzero((art[..., 3] > 8).any(1)), np.flatnonzero((art[..., 3] > 8).any(0))
        art = art[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        art[..., :3] *= art[..., 3:] / 255
        scale = (0.6 + 0.3 * (number % 4) / 3) * height / art.shape[0]
        size = min(width, round(art.shape[1] * scale)), round(art.shape[0] * scale)
        art = np.asarray(cv2.resize(art, size, interpolation=cv2.INTER_AREA), np.float32)
        left, top = (width - size[0]) * (1 + number % 3) // 4, (height - size[1]) * 3 // 4
        window = slice(top, top + size[1]), slice(left, left + size[0])
        back[window] = art[..., :3] + back[window] * (1 - art[..., 3:] / 255)
        truth = np.zeros((height, width), np.uint8)
        truth[window] = np.rint(art[..., 3])
        yield Scene(f"{figure.stem} in {scenery.stem}", np.clip(np.rint(back), 0, 255).astype(np.uint8), truth)


def overlap(one: Mask, other: Mask) -> float:
    """IoU of two masks."""
    return float(((one > 127) & (other > 127)).sum() / max(1, int(((one > 127) | (other > 127)).sum())))


def clicked(scene: Scene, engine: SubjectEngine | None, seed: int) -> tuple[int, float]:
    """Clicks to the goal of IoU, at most `MOST_CLICKS`, and the IoU after three."""
    graph = GraphEngine()
    embedding = graph.encode_with_prior(scene.picture, engine.find(scene.picture) if engine else None)

    def masker(clicks: list[Click], _: Mask | None, embedding: GraphEmbedding = embedding) -> Mask:
        return graph.predict(embedding, clicks)[0]

    session = simulate(masker, scene.truth > 127, GOAL, seed, MOST_CLICKS)
    return min(MOST_CLICKS, session.clicks_to(GOAL)), session.ious[min(3, len(session.ious)) - 1]


def sheet(picture: Rgba, result: Rgba) -> Rgb:
    """The picture, and what was cut out of it on dark and on light, side by side at 320 px."""

    def fitted(given: Rgba, ground: int) -> Rgb:
        scale = 320 / max(given.shape[:2])
        size = max(1, round(given.shape[1] * scale)), max(1, round(given.shape[0] * scale))
        alpha = given[..., 3:].astype(np.float32) / 255
        flat = given[..., :3] * alpha + ground * (1 - alpha)
        small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
        done = np.full((320, 320, 3), ground, np.uint8)
        done[: size[1], : size[0]] = np.rint(small)
        return done

    return np.hstack([fitted(picture, 128), fitted(result, 32), fitted(result, 245)])


def real_pictures(roots: list[Path], engine: SubjectEngine, sheets: Path | None) -> None:
    """Print what an order without review makes of each picture."""
    print(f"{'picture':32}{'wanted':>8}{'what was done':>18}{'share':>7}  reason told")
    right = {False: [0, 0], True: [0, 0]}
    for number, (path, wanted) in enumerate(PICTURES):
        file = found(roots, path)
        if file is None:
            print(f"{Path(path).name:32} is not there: its package is not installed (--fetch FOLDER downloads it)")
            continue
        picture = read_picture(file)
        try:
            made = make_character(picture, subject=engine)
        except PopconError as error:
            print(f"{file.name:32}{wanted:>8}{'refused':>18}{'':>7}  {error}")
            continue
        got = "ask" if made.doubt else "cut"
        held_out = number % 3 == 2
        right[held_out][0] += wanted in ("either", got)
        right[held_out][1] += 1
        left, top, right_edge, bottom = made.body
        share = (made.rgba[top:bottom, left:right_edge, 3] > 127).mean()
        note = "" if wanted in ("either", got) else " (not as wanted)"
        print(f"{file.name:32}{wanted:>8}{made.way:>18}{share:>7.2f}  {made.doubt or 'sure'}{note}", flush=True)
        if sheets is not None:
            sheets.mkdir(parents=True, exist_ok=True)
            (sheets / f"{number:02}-{file.stem}-{got}.png").write_bytes(
                encode_png(np.dstack([sheet(picture, made.rgba), np.full((320, 960), 255, np.uint8)]))
            )
    for held_out, (good, of) in right.items():
        print(f"asked or cut as wanted, {'held out' if held_out else 'the others'}: {good} of {of}")


def figures_in_scenery(roots: list[Path], engine: SubjectEngine, count: int, sheets: Path | None) -> None:
    """Print how well figures are cut out of scenery, unasked and by clicks."""
    print(f"\n{'figure in scenery':44}{'unasked':>9}{'clicks':>8}{'bare':>6}{'IoU after 3, bare':>19}  doubt")
    rows: dict[bool, list[tuple[float, ...]]] = {False: [], True: []}
    for number, scene in enumerate(scenes(roots, count)):
        rgba = np.dstack([scene.picture, np.full(scene.truth.shape, 255, np.uint8)])
        freed = cut_free(rgba, Asked(), engine)
        cut = overlap(np.ascontiguousarray(freed.rgba[..., 3]), scene.truth)
        known, bare = clicked(scene, engine, number), clicked(scene, None, number)
        rows[number % 3 == 2].append((cut, known[0], bare[0], bare[1], float(bool(freed.doubt))))
        print(f"{scene.name:44}{cut:>9.3f}{known[0]:>8}{bare[0]:>6}{bare[1]:>19.3f}  {freed.doubt}", flush=True)
        if sheets is not None:
            sheets.mkdir(parents=True, exist_ok=True)
            shown = np.dstack([sheet(rgba, freed.rgba), np.full((320, 960), 255, np.uint8)])
            (sheets / f"scene-{number:02}.png").write_bytes(encode_png(shown))
    for held_out, some in rows.items():
        if some:
            cut, known_, bare_, after, asked = np.mean(some, axis=0)
            name = f"mean, {'held out' if held_out else 'the others'} ({len(some)})"
            print(f"{name:44}{cut:>9.3f}{known_:>8.2f}{bare_:>6.2f}{after:>19.3f}  asked about {asked:.0%}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--fetch", type=Path, help="folder for Debian's packages (660 MB are downloaded)")
    parser.add_argument("--sheets", type=Path, help="folder for pictures of the results on dark and on light")
    parser.add_argument("--scenes", type=int, default=18, help="figures in scenery")
    options = parser.parse_args(arguments)
    roots = [*(fetch(options.fetch) if options.fetch else []), Path("/usr/share")]
    if not any(found(roots, path) for path, _ in PICTURES):
        print("None of the packages is installed; --fetch FOLDER downloads them from Debian. Nothing was measured.")
        return 0
    engine = subject(EngineChoice(name="u2netp"))
    real_pictures(roots, engine, options.sheets)
    figures_in_scenery(roots, engine, options.scenes, options.sheets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
