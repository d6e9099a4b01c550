"""One size, one ground line, no jitter."""

import numpy as np
import pytest

from popcon.errors import BadInput
from popcon.models.stage import Body, standing
from popcon.pixels import Rgba
from popcon.stickers.place import fit_to_canvas, place, resample, visible_box
from popcon.stickers.whole_steps import squares_of


def block(width: int, height: int, box: tuple[int, int, int, int]) -> Rgba:
    frame = np.zeros((height, width, 4), np.uint8)
    left, top, right, bottom = box
    frame[top:bottom, left:right] = (200, 100, 50, 255)
    return frame


def body(width: int, height: int, box: tuple[int, int, int, int]) -> Body:
    return Body(left=box[0] / width, top=box[1] / height, right=box[2] / width, bottom=box[3] / height)


@pytest.mark.parametrize("canvas", [(180, 180), (320, 270), (512, 512), (128, 128)])
def test_bodies_of_any_engine_stand_alike(canvas: tuple[int, int]) -> None:
    found = []
    for size, box in (
        ((480, 480), (173, 115, 307, 432)),
        ((832, 480), (500, 200, 580, 390)),
        ((240, 240), (20, 12, 116, 240)),
    ):
        placed = place([block(*size, box)], body(*size, box), *canvas)
        assert placed[0].shape == (canvas[1], canvas[0], 4)
        found.append(visible_box(placed, least_alpha=128))
    side = min(canvas)
    for left, top, right, bottom in found:
        assert abs(bottom - (canvas[1] - 0.10 * side)) <= 1
        assert abs((bottom - top) - 0.66 * side) <= 2
        assert abs((left + right) / 2 - canvas[0] / 2) <= 1


def test_the_standard_stage_fills_a_square_canvas_exactly() -> None:
    frame = block(360, 360, (0, 0, 360, 360))
    assert visible_box(place([frame], standing(3, 4), 180, 180), 255) == (0, 0, 180, 180)


def test_frames_that_do_not_move_stay_where_they_are() -> None:
    frame = block(480, 480, (100, 100, 333, 431))
    first, second = place([frame, frame.copy()], body(480, 480, (100, 100, 333, 431)), 180, 180)
    assert np.array_equal(first, second)


def test_colour_of_the_transparent_does_not_bleed_into_the_rim() -> None:
    frame = block(300, 300, (50, 50, 250, 250))
    frame[frame[..., 3] == 0, :3] = (0, 255, 0)
    small = resample([frame], (0, 0, 300, 300), 77, 77)[0]
    rim = small[(small[..., 3] > 60) & (small[..., 3] < 255)]
    assert len(rim)
    assert np.abs(rim[:, :3].astype(int) - (200, 100, 50)).max() <= 4
    assert not small[small[..., 3] == 0].any()


def test_loose_frames_are_made_as_large_as_they_can_be() -> None:
    frames = [block(400, 300, (10, 100, 60, 200)), block(400, 300, (60, 120, 110, 200))]
    left, top, right, bottom = visible_box(fit_to_canvas(frames, 320, 270, margin=0), 128)
    assert (right - left, bottom - top) == (270, 270)
    assert abs(left - 25) <= 1


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        ([], "no frames"),
        ([np.zeros((9, 9, 4), np.uint8), np.zeros((9, 8, 4), np.uint8)], r"different sizes \(8x9, 9x9\)"),
        ([np.zeros((9, 9, 3), np.uint8)], "not 8-bit RGBA"),
        ([np.zeros((9, 9, 4), np.uint8)], "fully transparent"),
    ],
)
def test_refused(frames: list[Rgba], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        fit_to_canvas(frames, 100, 100)


@pytest.mark.parametrize(("canvas", "step"), [(96, 2), (180, 4), (320, 8), (512, 12)])
def test_pixel_art_is_placed_by_whole_steps(canvas: int, step: int) -> None:
    art = np.zeros((40, 40, 4), np.uint8)
    art[8:36, 10:30] = np.random.default_rng(5).choice([0, 255], (28, 20, 1)) * np.array([1, 1, 0, 1], np.uint8)
    art[8:36, 10:30, 0] //= np.arange(1, 21, dtype=np.uint8)
    frame = art.repeat(12, axis=0).repeat(12, axis=1)
    moved = np.roll(frame, 12, axis=1)
    still, next_ = place([frame, moved], standing(20, 28), canvas, canvas)
    assert squares_of([still, next_]) is not None
    seen = visible_box([still])
    assert (seen[2] - seen[0], seen[3] - seen[1]) == (20 * step, 28 * step)
    assert np.array_equal(still[seen[1] :: step, seen[0] :: step][:28, :20], art[8:36, 10:30])
    assert np.array_equal(next_, np.roll(still, step, axis=1))
    assert abs(seen[3] - 0.9 * canvas) <= step


def test_smooth_frames_are_not_placed_by_whole_steps() -> None:
    assert squares_of([np.random.default_rng(2).integers(0, 255, (60, 60, 4), np.uint8)]) is None
    assert squares_of([block(480, 480, (96, 96, 240, 432))]) is None
