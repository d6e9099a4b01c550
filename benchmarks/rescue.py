"""Effect rescue against truth: a real model and simulated ones that lose effects, on clips whose effects are known.

    python -m benchmarks.rescue

First table: U²-Net small as a matte, with and without rescue, with and without the keyed engine's evidence; it needs
`popcon models get u2netp`, and goes through the engine rembg and its setting `path` where rembg is installed. Second
table: models simulated to lose effects as BiRefNet does. Asked for there: at least 0.98 of effect alpha back, at most
0.5 % of backdrop pixels kept, at most 5 ms a 480x480 frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from time import thread_time

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.cutout_cast import Member
from benchmarks.cutouts import Figures, keyed, mean, score
from popcon.engines.base import MatteClip, SubjectEngine
from popcon.engines.matte.difference import compare_to_backdrop
from popcon.engines.matte.modelled import ModelledMatte
from popcon.engines.matte.quality import effects_kept
from popcon.engines.matte.rescue import rescue
from popcon.engines.registry import matte
from popcon.engines.subject.u2netp import U2NetP, weights_file
from popcon.errors import EngineUnavailable
from popcon.media.pictures.foreground import clean_colours
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice, Setting
from popcon.pixels import Mask, Rgb
from tests.cutout_set import Kind, TrueClip, make_clip
from tests.rescue_scenes import SCENES, Scene, make, model_alpha

Floats = NDArray[np.float32]
REAL_SEEDS = range(800, 803)
NAME = "u2netp"


class SubjectAlpha:
    """A subject engine as the model of a matte engine: follows `popcon.engines.matte.modelled.AlphaModel`."""

    def __init__(self, engine: SubjectEngine) -> None:
        self._engine = engine

    @property
    def key(self) -> str:
        return NAME

    def check(self) -> None: ...

    def ready(self) -> float | None:
        return None

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        return [self._engine.find(frame) for frame in frames]


def real_engine(rescued: bool) -> ModelledMatte:
    """U²-Net small as a matte engine: by the engine rembg and its setting `path`, by OpenCV where rembg is not there.

    Raises:
        EngineUnavailable: the weights are missing or damaged.
    """
    finder = U2NetP()
    finder.check_ready()
    if find_spec("rembg") is None:
        return ModelledMatte(EngineFingerprint(name=NAME, version="1"), SubjectAlpha(finder), rescued)
    settings: dict[str, Setting] = {"session": NAME, "path": str(weights_file()), "rescue_effects": rescued}
    made = matte(EngineChoice(name="rembg", settings=settings))
    assert isinstance(made, ModelledMatte)
    return made


def real_rows(kind: Kind, seeds: range, count: int) -> dict[str, Figures]:
    """Figures of each way to use a real model, mean over clips of the usual cast."""
    rows: dict[str, list[Figures]] = {}
    for seed in seeds:
        clip = make_clip(seed, kind, count=count, art=Member(seed, 480, kind == "white"))
        for name, rgba in _ways(clip).items():
            rows.setdefault(name, []).append(score(rgba, clip, 0))
        rows.setdefault("keyed alone", []).append(keyed(clip))
    return {name: mean(several) for name, several in rows.items()}


def _ways(clip: TrueClip) -> dict[str, NDArray[np.uint8]]:
    frames = list(clip.frames)
    made = {}
    for rescued in (False, True):
        engine = real_engine(rescued)
        known = engine.study(frames, "#" + bytes(clip.backdrop).hex())
        made[f"{NAME} and keyed{' and rescue' if rescued else ''}"] = _pixels(engine, frames, known)
        if not rescued:
            scenery = MatteClip(backdrop=known.backdrop, details={"flat": False})
            alone = made[f"{NAME} alone"] = _pixels(engine, frames, scenery)
    empty = np.full_like(frames[0], clip.backdrop)
    views = [compare_to_backdrop(f, np.ascontiguousarray(a[..., 3]), empty) for f, a in zip(frames, alone, strict=True)]
    back = [rescue(v, [*views[max(0, i - 1) : i], *views[i + 1 : i + 2]]).alpha for i, v in enumerate(views)]
    made[f"{NAME} and rescue"] = np.stack(
        [np.dstack([clean_colours(f, a), a]) for f, a in zip(frames, back, strict=True)]
    )
    return made


def _pixels(engine: ModelledMatte, frames: list[Rgb], clip: MatteClip) -> NDArray[np.uint8]:
    return np.stack([cut.rgba for cut in engine.cut_out(frames, clip)])


def print_real(seeds: range = REAL_SEEDS, count: int = 3) -> None:
    """Print the table of a real model; what to do instead where its weights are missing."""
    by = "OpenCV" if find_spec("rembg") is None else "the engine rembg and its setting path"
    print(f"| U²-Net small by {by} | MAD ×10³ | dtSSD ×10² | effects kept | rim colour error |\n|---|---|---|---|---|")
    for kind in ("green", "white"):
        try:
            rows = real_rows(kind, seeds, count)
        except EngineUnavailable as error:
            print(f"| {error} | | | | |")
            return
        for name in sorted(rows, key=lambda each: -rows[each].mad):
            got = rows[name]
            print(
                f"| {name}, on {kind} | {got.mad:.2f} | {got.dtssd:.2f} | {got.effects:.3f} | {got.rim:.4f} |",
                flush=True,
            )
    print()


@dataclass(frozen=True)
class Row:
    scene: str
    halo: bool
    kept: float
    backdrop: float
    ms: float


def measure(scene: Scene, halo: bool, seeds: range) -> Row:
    """One line of the table, over several clips."""
    kept, backdrop, ms = [], [], []
    for seed in seeds:
        clip = make(scene, seed)
        alphas = [model_alpha(a, e, halo) for a, e in zip(clip.alpha, clip.effect, strict=True)]
        times = []
        for _ in range(3):
            start = thread_time()
            views = [compare_to_backdrop(f, a, clip.empty) for f, a in zip(clip.frames, alphas, strict=True)]
            made = [rescue(v, [*views[max(0, i - 1) : i], *views[i + 1 : i + 2]]) for i, v in enumerate(views)]
            times.append((thread_time() - start) / len(views) * 1000)
        ms.append(min(times))
        got = np.asarray(np.stack([each.alpha for each in made]) / 255, np.float32)
        # A model's own alpha in the effect's pixels is the character's; what counts is the effect.
        kept.append(effects_kept(got, clip.effect))
        empty = clip.alpha < 0.004
        backdrop.append(float((got[empty] > 0.1).mean()))
    return Row(scene, halo, float(np.mean(kept)), float(np.mean(backdrop)), float(np.median(ms)))


def main() -> None:
    cv2.setNumThreads(1)
    print_real()
    print("| scene | halo | effect alpha back | backdrop kept | ms a frame |")
    print("|---|---|---|---|---|")
    for scene in SCENES:
        for halo in (False, True):
            row = measure(scene, halo, range(400, 406))
            print(
                f"| {scene} | {'yes' if halo else 'no'} | {row.kept:.3f} | {100 * row.backdrop:.2f} % | {row.ms:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
