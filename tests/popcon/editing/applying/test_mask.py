import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.editing.mask import apply_mask, parse_colour
from popcon.errors import BadInput

SIDE = 120
GREEN = (0, 200, 90)


def _truth(radius: float = 38.0) -> NDArray[np.float32]:
    """A disc's exact alpha, by supersampling."""
    fine = np.zeros((SIDE * 8, SIDE * 8), np.float32)
    cv2.circle(fine, (SIDE * 4 + 3, SIDE * 4 - 5), int(radius * 8), 1.0, -1)
    return np.asarray(cv2.resize(fine, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)


def _frame(alpha: NDArray[np.float32], background: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colour = np.full((SIDE, SIDE, 3), (220, 120, 40), np.float32)
    colour[:, : SIDE // 2] = (150, 60, 160)
    mix = colour * alpha[..., None] + background * (1 - alpha[..., None])
    return mix.round().astype(np.uint8)


def _opaque(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)])


def _in_rim(alpha: NDArray[np.float32]) -> NDArray[np.bool_]:
    soft = ((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8)
    return np.asarray(cv2.dilate(soft, np.ones((3, 3))) > 0)


def _stripes() -> NDArray[np.uint8]:
    background = np.full((SIDE, SIDE, 3), (40, 60, 90), np.uint8)
    background[::2] = (52, 70, 98)
    return background


@pytest.mark.parametrize(
    ("background", "backdrop", "share"),
    [(np.full((SIDE, SIDE, 3), GREEN, np.uint8), "#00c85a", 0.2), (_stripes(), None, 0.5)],
)
def test_the_rim_of_a_mask_gets_the_true_alpha(
    background: NDArray[np.uint8], backdrop: str | None, share: float
) -> None:
    alpha = _truth()
    frame = _frame(alpha, background)
    hard = np.where(alpha > 0.5, 255, 0).astype(np.uint8)
    result = apply_mask(frame, _opaque(frame), hard, backdrop)[..., 3] / 255
    rim = _in_rim(alpha)
    assert np.abs(result - alpha)[rim].mean() < share * np.abs(hard / 255 - alpha)[rim].mean()


def test_no_backdrop_is_left_in_the_rims_colour() -> None:
    alpha = _truth()
    frame = _frame(alpha, np.full((SIDE, SIDE, 3), GREEN, np.uint8))
    result = apply_mask(frame, _opaque(frame), np.where(alpha > 0.5, 255, 0).astype(np.uint8), "#00c85a")
    faint = (result[..., 3] > 20) & (result[..., 3] < 200)
    greener = result[..., 1][faint].astype(int) - np.maximum(result[..., 0], result[..., 2])[faint]
    assert faint.sum() > 50
    assert greener.max() < 0


def test_a_mask_that_is_off_by_two_pixels_is_corrected_by_the_picture() -> None:
    alpha = _truth()
    frame = _frame(alpha, np.full((SIDE, SIDE, 3), GREEN, np.uint8))
    loose = cv2.dilate(np.where(alpha > 0.5, 255, 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    result = apply_mask(frame, _opaque(frame), loose, "#00c85a")[..., 3] / 255
    assert np.abs(result - alpha).mean() < 0.3 * np.abs(loose / 255 - alpha).mean()


def test_what_is_outside_goes_and_what_is_inside_stays() -> None:
    alpha = _truth()
    frame = _frame(alpha, np.full((SIDE, SIDE, 3), GREEN, np.uint8))
    cutout = _opaque(frame)
    cutout[50:60, 50:60] = 0  # the machine made a hole
    half = np.where(alpha > 0.5, 255, 0).astype(np.uint8)
    half[:, SIDE // 2 :] = 0  # the person wants the left half
    result = apply_mask(frame, cutout, half, "#00c85a")
    assert (result[50:60, 50:56, 3] == 255).all()
    assert (result[50:60, 50:56, :3] == frame[50:60, 50:56]).all()
    assert result[:, SIDE // 2 + 4 :].max() == 0


def test_a_cut_through_the_character_is_soft_and_no_staircase() -> None:
    frame = np.full((SIDE, SIDE, 3), (220, 120, 40), np.uint8)
    y, x = np.mgrid[:SIDE, :SIDE]
    slanted = np.where(y > 0.23 * x + 40, 255, 0).astype(np.uint8)
    alpha = apply_mask(frame, _opaque(frame), slanted, None)[..., 3].astype(int)
    assert len(set(alpha[:, 10:110].ravel().tolist())) > 10
    steps = np.abs(np.diff(alpha[:, 20:100], axis=1)).max()
    assert steps < 160


def test_where_the_cutouts_own_edge_agrees_it_is_kept() -> None:
    alpha = _truth()
    frame = _frame(alpha, np.full((SIDE, SIDE, 3), GREEN, np.uint8))
    own = np.dstack([np.full((SIDE, SIDE, 3), (9, 8, 7), np.uint8), (alpha * 255).round().astype(np.uint8)])
    own[own[..., 3] == 0] = 0
    result = apply_mask(frame, own, np.where(alpha > 0.5, 255, 0).astype(np.uint8), "#00c85a")
    assert (result[..., 3] == own[..., 3])[_in_rim(alpha)].all()


def test_translucent_parts_inside_stay_translucent() -> None:
    alpha = _truth()
    frame = _frame(alpha, np.full((SIDE, SIDE, 3), GREEN, np.uint8))
    cutout = _opaque(frame)
    cutout[50:70, 50:70, 3] = 180
    result = apply_mask(frame, cutout, np.where(alpha > 0.5, 255, 0).astype(np.uint8), "#00c85a")
    assert (result[52:68, 52:68, 3] == 180).all()


@pytest.mark.parametrize("value", [0, 255])
def test_empty_and_full_masks(value: int) -> None:
    frame = _frame(_truth(), _stripes())
    result = apply_mask(frame, _opaque(frame), np.full((SIDE, SIDE), value, np.uint8), None)
    assert (result[..., 3] == value).all()
    if value == 0:
        assert result.max() == 0


def test_colour_is_zero_where_alpha_is() -> None:
    alpha = _truth()
    frame = _frame(alpha, _stripes())
    result = apply_mask(frame, _opaque(frame), np.where(alpha > 0.5, 255, 0).astype(np.uint8), None)
    assert result[result[..., 3] == 0].max() == 0


@pytest.mark.parametrize("name", ["green", "#12345", "#12345g", ""])
def test_a_backdrop_that_is_no_colour_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="#rrggbb"):
        parse_colour(name)


def test_sizes_have_to_fit() -> None:
    frame = np.zeros((20, 30, 3), np.uint8)
    with pytest.raises(BadInput, match="mask is 30 x 21 px, but its frame is 30 x 20 px"):
        apply_mask(frame, _opaque(frame), np.zeros((21, 30), np.uint8), None)
    with pytest.raises(BadInput, match="cutout is 29 x 20 px"):
        apply_mask(frame, _opaque(frame[:, 1:]), np.zeros((20, 30), np.uint8), None)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (np.zeros((SIDE, SIDE), bool), "bool"),
        (np.zeros((SIDE, SIDE, 1), np.uint8), "one 8-bit value a pixel"),
        (np.zeros(SIDE, np.uint8), "one 8-bit value a pixel"),
        (np.zeros((SIDE, SIDE - 1), np.uint8), "119 x 120 px"),
    ],
)
def test_what_is_no_mask_of_the_frame_is_refused(mask: NDArray[np.generic], reason: str) -> None:
    frame = np.zeros((SIDE, SIDE, 3), np.uint8)
    with pytest.raises(BadInput, match=f"mask .*{reason}"):
        apply_mask(frame, _opaque(frame), mask, None)  # type: ignore[arg-type]


def test_a_cutout_without_alpha_is_refused() -> None:
    frame = np.zeros((SIDE, SIDE, 3), np.uint8)
    with pytest.raises(BadInput, match="cutout has to have 4 8-bit channels"):
        apply_mask(frame, frame, np.zeros((SIDE, SIDE), np.uint8), None)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 2)])
def test_the_smallest_frames_are_cut_out(size: tuple[int, int]) -> None:
    frame = np.full((*size, 3), 90, np.uint8)
    result = apply_mask(frame, _opaque(frame), np.full(size, 255, np.uint8), "#00c060")
    assert result.shape == (*size, 4)
    assert (result[..., 3] == 255).all()
    assert (result[..., :3] == 90).all()
