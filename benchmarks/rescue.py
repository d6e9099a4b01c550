"""Effect rescue against truth: models simulated to lose effects as BiRefNet does, on clips whose effects are known.

    python -m benchmarks.rescue

Asked for: at least 0.98 of effect alpha back, at most 0.5 % of backdrop pixels kept, at most 5 ms a 480x480 frame.
"""

from dataclasses import dataclass
from time import thread_time

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.difference import compare_to_backdrop
from popcon.engines.matte.quality import effects_kept
from popcon.engines.matte.rescue import rescue
from tests.rescue_scenes import SCENES, Scene, make, model_alpha

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    scene: str
    halo: bool
    kept: float
    backdrop: float
    ms: float


def measure(scene: Scene, halo: bool, seeds: range, tell: bool = True) -> Row:
    """One line of the table, over several clips.

    Arguments:
        tell: whether the rescue is told the backdrop, where it is known.
    """
    kept, backdrop, ms = [], [], []
    for seed in seeds:
        clip = make(scene, seed)
        alphas = [model_alpha(a, e, halo) for a, e in zip(clip.alpha, clip.effect, strict=True)]
        times = []
        for _ in range(3):
            start = thread_time()
            views = [
                compare_to_backdrop(f, a, clip.empty if tell else None)
                for f, a in zip(clip.frames, alphas, strict=True)
            ]
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
    print("| scene | backdrop told | halo | effect alpha back | backdrop kept | ms a frame |")
    print("|---|---|---|---|---|---|")
    for scene in SCENES:
        for tell in (True, False) if scene != "gradient" else (False,):
            for halo in (False, True):
                row = measure(scene, halo, range(400, 406), tell)
                print(
                    f"| {scene} | {'yes' if tell else 'no'} | {'yes' if halo else 'no'} "
                    f"| {row.kept:.3f} | {100 * row.backdrop:.2f} % | {row.ms:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
