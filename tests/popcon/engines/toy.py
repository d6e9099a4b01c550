"""An engine added in one file: its settings, its class, its row. `python -m tests.popcon.engines.toy JOB STORE HOME`
runs a job with it."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from popcon.engines import table
from popcon.engines.base import PictureReport, Shot
from popcon.models.base import Model
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Rgb, Rgba


class ToySettings(Model):
    """Settings of the toy."""

    price: str = "0.25"


class Toy:
    """An image engine that puts the character's colours on its backdrop, as a disc, and asks money for it."""

    fingerprint = EngineFingerprint(name="toy", version="1")

    def __init__(self, settings: ToySettings) -> None:
        self.settings = settings

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        picture = np.empty((shot.side, shot.side, 3), np.uint8)
        picture[:] = [int(shot.backdrop[i : i + 2], 16) for i in (1, 3, 5)]
        y, x = np.mgrid[: shot.side, : shot.side] / shot.side - 0.5
        picture[x**2 + y**2 < 0.09] = np.median(character[character[..., 3] > 0][:, :3], axis=0)
        return picture, PictureReport(notes=("a toy drew this",), price=self.price())

    def price(self) -> Decimal:
        return Decimal(self.settings.price)


def make(settings: Any, purchase: object) -> Toy:
    return Toy(ToySettings.model_validate(settings))


ROW = table.EngineRow("image", "toy", f"{__name__}:make", settings=f"{__name__}:ToySettings")

if __name__ == "__main__":
    table.register(ROW)
    from flows import inline

    inline.run(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
