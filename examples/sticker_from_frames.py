"""Draw a few frames, make one sticker of them, and check it against the platform's rules.

python examples/sticker_from_frames.py OUT
"""

import sys
from pathlib import Path

import numpy as np

from popcon.check.checker import check_path
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.standalone.export import export


def main(out: Path) -> None:
    frames = out / "frames"
    frames.mkdir(parents=True, exist_ok=True)
    mascot = draw_mascot(320)
    for number in range(8):
        bounce = round(10 * np.sin(2 * np.pi * number / 8))
        (frames / f"{number:04}.png").write_bytes(encode_png(np.roll(mascot, bounce, axis=0)))
    made = export(frames, "line-emoji", fps=8, out=out / "bounce.png", format=None, matte=None)
    report = check_path(out / "bounce.png", "line-emoji")
    print(f"{made.sticker.width}x{made.sticker.height}, {made.sticker.frames} frames, {made.sticker.bytes} bytes")
    print(f"{len(report.findings)} rules, {len(report.failures)} broken")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
