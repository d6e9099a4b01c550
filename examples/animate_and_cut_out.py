"""Animate a character with the embedded engine and cut every frame of the clip out of its backdrop.

python examples/animate_and_cut_out.py OUT
"""

import sys
from pathlib import Path

from popcon.actions import action
from popcon.engines import registry
from popcon.engines.base import Shot
from popcon.media.mascot import draw_mascot
from popcon.models.job import EngineChoice
from popcon.standalone.cutout import cut_out


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    wave = action("wave")
    shot = Shot(action=wave.name, motion=wave.motion, effect=wave.effect, backdrop="#00d45a", side=240)
    puppet = EngineChoice(name="puppet")
    character = draw_mascot(320)
    start_frame, report = registry.image(puppet).draw_start_frame(character, shot)
    clip = registry.video(puppet).animate(start_frame, character, shot)
    (out / "wave.mp4").write_bytes(clip.data)
    made = cut_out(out / "wave.mp4", out / "cutouts", EngineChoice(name="keyed"), shot.backdrop, lambda done: None)
    print(f"{len(made.frames)} frames, {made.doubtful} of them doubtful; {'; '.join(report.notes) or 'no notes'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
