"""The contact strip shows each cutout on light and on dark, and marks those that it is told to."""

import numpy as np

from popcon.media.pictures.contact_strip import DARK, GAP, LIGHT, MARK, SIDE, contact_strip


def test_cutouts_lie_on_light_and_on_dark_and_marked_ones_have_a_frame() -> None:
    cutout = np.zeros((200, 100, 4), np.uint8)
    cutout[50:150, 25:75] = (200, 30, 40, 255)
    strip = contact_strip([cutout, cutout], [True, False])
    assert strip.shape == (2 * SIDE + 3 * GAP, 2 * (SIDE + GAP) + GAP, 3)
    middles = [GAP + number * (SIDE + GAP) + SIDE // 2 for number in range(2)]
    for row, colour in enumerate((LIGHT, DARK)):
        top = GAP + row * (SIDE + GAP)
        for middle in middles:
            assert tuple(strip[top + SIDE // 2, middle]) == (200, 30, 40), "the character"
            assert tuple(strip[top + 2, middle]) == colour, "what is see-through shows the background"
        assert tuple(strip[top - 2, middles[0]]) == MARK
        assert tuple(strip[top - 2, middles[1]]) != MARK
