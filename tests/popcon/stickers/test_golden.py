"""What each encoder makes of one small clip, held to what it made when it was last looked at.

Pictures are compared after decoding, at points inside flat areas: builds of the same codec differ in bytes, and by a
few levels. Sizes may differ by a tenth.
"""

import numpy as np
import pytest

from popcon.pixels import Rgba
from popcon.platforms import Format, platform
from popcon.stickers.decode import decode
from popcon.stickers.fit import encode_sticker

POINTS = ((30, 64), (64, 40), (64, 100), (110, 64), (4, 4))
"""x, y: in the body, in the part that travels, below it, in the soft bar, outside."""


def clip() -> list[Rgba]:
    """Six frames, 128x128: a body, a block that travels down over 60 px, a half transparent bar."""
    frames = []
    for k in range(6):
        frame = np.zeros((128, 128, 4), np.uint8)
        frame[20:110, 12:50] = (240, 160, 80, 255)
        frame[20 + 12 * k : 60 + 12 * k, 54:76] = (40, 90, 200, 255)
        frame[20:110, 100:120] = (20, 150, 60, 160)
        frames.append(frame)
    return frames


BODY, BLOCK, BAR, NONE = [240, 160, 80, 255], [40, 90, 200, 255], [20, 150, 60, 160], [0, 0, 0, 0]
HARD_BAR = [20, 150, 60, 255]
"""One bit of alpha."""
CUT = 14
"""A 100-px canvas shows the clip without its margins."""


@pytest.mark.parametrize(
    ("name", "format", "setting", "size", "bar"),
    [
        ("apng", "apng", "truecolour", 906, BAR),
        ("gif", "gif", "256 colours", 3490, HARD_BAR),
        ("discord-emoji", "webp", "lossless", 478, BAR),
    ],
)
def test_without_loss(name: str, format: Format, setting: str, size: int, bar: list[int]) -> None:
    made = encode_sticker(clip(), [100] * 6, platform(name), format=format)
    shown = decode(made.data, format)
    assert [shown[0][y, x].tolist() for x, y in POINTS] == [BODY, BLOCK, NONE, bar, NONE]
    assert [shown[-1][y, x].tolist() for x, y in POINTS] == [BODY, NONE, BLOCK, bar, NONE]
    assert made.report.setting == setting
    assert made.report.durations_ms == (100,) * 6
    assert 0.9 * size <= len(made.data) <= 1.1 * size


def test_webm() -> None:
    small = [np.ascontiguousarray(frame[CUT:-CUT, CUT:-CUT]) for frame in clip()]
    made = encode_sticker(small, [100] * 6, platform("telegram-emoji"))
    shown = decode(made.data, "webm")
    for frame, wanted in ((shown[0], [BODY, BLOCK, NONE, BAR]), (shown[-1], [BODY, NONE, BLOCK, BAR])):
        for (x, y), pixel in zip(POINTS, wanted, strict=False):
            seen = frame[y - CUT, x - CUT].astype(int)
            assert abs(seen[3] - pixel[3]) <= 4
            if pixel[3]:
                assert np.abs(seen - pixel).max() <= 10
    assert made.report.setting == "crf 4"
    assert 0.9 * 3621 <= len(made.data) <= 1.1 * 3621
