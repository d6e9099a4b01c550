"""Add an image engine of your own, and draw a start frame with it through the registry.

python examples/own_engine.py OUT
"""

import sys
from pathlib import Path

import numpy as np

from popcon.engines import registry, table
from popcon.engines.base import PictureReport, Shot
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.pixels import Rgb, Rgba


class Mirror:
    """Draws the character as it is, mirrored, in the middle of the frame."""

    fingerprint = EngineFingerprint(name="mirror", version="1")

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        picture = np.empty((shot.side, shot.side, 3), np.uint8)
        picture[:] = [int(shot.backdrop[i : i + 2], 16) for i in (1, 3, 5)]
        top, left = (shot.side - character.shape[0]) // 2, (shot.side - character.shape[1]) // 2
        part = picture[top : top + character.shape[0], left : left + character.shape[1]]
        alpha = character[:, ::-1, 3:] / 255
        part[:] = np.rint(character[:, ::-1, :3] * alpha + part * (1 - alpha)).astype(np.uint8)
        return picture, PictureReport(notes=("mirrored",))


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    table.register(table.EngineRow("image", "mirror", f"{__name__}:Mirror"))
    engine = registry.image(EngineChoice(name="mirror"))
    shot = Shot(action="wave", motion="waves", backdrop="#00d45a", side=240)
    picture, report = engine.draw_start_frame(draw_mascot(200), shot)
    (out / "mirror.png").write_bytes(encode_png(picture))
    print(f"{', '.join(registry.names('image'))}: {'; '.join(report.notes)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
