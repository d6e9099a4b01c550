"""Characters: backgrounds that go and insides that stay, the square, and doing it twice."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from popcon.errors import BadPicture
from popcon.media.pictures.character import MAX_BODY, CharacterPicture, make_character
from popcon.media.pictures.flatness import is_flat, measure_border
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.pixel_art import is_pixel_art
from popcon.pixels import Rgba

WHITE, SKY = (255, 255, 255), (90, 160, 230)


def truth(side: int = 400, gap: bool = False) -> Rgba:
    """An outlined white body with an orange ear, a yellow spot and whiskers, with exact soft alpha."""
    scale = 4
    colours = np.zeros((side * scale, side * scale, 4), np.uint8)

    def put(shape: str, *where: float, colour: tuple[int, int, int], width: float = -1) -> None:
        points = [round(value * side * scale) for value in where]
        thick = round(width * side * scale) if width > 0 else -1
        if shape == "ellipse":
            x0, y0, x1, y1 = points
            cv2.ellipse(
                colours,
                ((x0 + x1) // 2, (y0 + y1) // 2),
                ((x1 - x0) // 2, (y1 - y0) // 2),
                0,
                0,
                360,
                (*colour, 255),
                thick,
            )
        else:
            cv2.line(colours, (points[0], points[1]), (points[2], points[3]), (*colour, 255), thick)

    put("ellipse", 0.22, 0.15, 0.42, 0.42, colour=(250, 160, 60))
    put("ellipse", 0.2, 0.25, 0.8, 0.9, colour=WHITE)
    put("ellipse", 0.2, 0.25, 0.8, 0.9, colour=(40, 30, 30), width=0.016)
    put("ellipse", 0.36, 0.45, 0.42, 0.54, colour=(20, 20, 20))
    put("ellipse", 0.58, 0.45, 0.64, 0.54, colour=(20, 20, 20))
    put("line", 0.06, 0.6, 0.3, 0.62, colour=(60, 60, 60), width=0.008)
    put("line", 0.7, 0.62, 0.94, 0.6, colour=(60, 60, 60), width=0.008)
    put("ellipse", 0.05, 0.8, 0.15, 0.9, colour=(255, 220, 60))
    if gap:
        colours[: round(0.32 * side * scale), round(0.497 * side * scale) : round(0.503 * side * scale)] = (*WHITE, 255)
        colours[: round(0.24 * side * scale), round(0.497 * side * scale) : round(0.503 * side * scale)] = 0
    alpha = cv2.resize(colours[..., 3].astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    weighted = cv2.resize(
        colours[..., :3] * (colours[..., 3:] / np.float32(255)), (side, side), interpolation=cv2.INTER_AREA
    )
    straight = weighted / np.maximum(alpha[..., None] / 255, 1e-6)
    return np.clip(np.rint(np.dstack([straight, alpha])), 0, 255).astype(np.uint8)


def over(picture: Rgba, colour: tuple[int, int, int]) -> Rgba:
    alpha = picture[..., 3:].astype(float) / 255
    flat = np.rint(picture[..., :3] * alpha + np.array(colour) * (1 - alpha)).astype(np.uint8)
    return np.dstack([flat, np.full(flat.shape[:2], 255, np.uint8)])


def jpeg(picture: Rgba, quality: int) -> Rgba:
    file = io.BytesIO()
    Image.fromarray(picture[..., :3]).save(file, "JPEG", quality=quality)
    return load_picture(file.getvalue())


def on_canvas(character: CharacterPicture, reference: Rgba) -> tuple[Rgba, Rgba]:
    """The character and the truth, both cut to the truth's own box."""
    left, top, right, bottom = character.body
    rows, columns = np.nonzero(reference[..., 3] >= 8)
    box = reference[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return character.rgba[top:bottom, left:right], box


@pytest.mark.parametrize("ground", [WHITE, SKY, (0, 0, 0), (0, 200, 80)])
def test_a_flat_background_goes_and_white_insides_stay(ground: tuple[int, int, int]) -> None:
    character = make_character(over(truth(), ground))
    got, expected = on_canvas(character, truth())
    assert abs(got.shape[0] - expected.shape[0]) <= 2
    assert abs(got.shape[1] - expected.shape[1]) <= 2
    height, width = (min(a, b) for a, b in zip(got.shape[:2], expected.shape[:2], strict=True))
    error = np.abs(got[:height, :width, 3].astype(float) - expected[:height, :width, 3])
    assert error.mean() / 255 < 0.004
    assert got[height // 2, width // 2].tolist() == [*WHITE, 255]
    assert "taken away" in character.notes[0]


def test_the_soft_rim_has_no_colour_of_the_background_left() -> None:
    character = make_character(over(truth(), SKY))
    got, expected = on_canvas(character, truth())
    assert got.shape == expected.shape
    rim = (expected[..., 3] > 10) & (expected[..., 3] < 245)
    assert rim.sum() > 500
    for ground in ((0, 0, 0), (255, 255, 255), (120, 0, 160)):
        apart = np.abs(over(got, ground)[..., :3].astype(float) - over(expected, ground)[..., :3])
        assert apart[rim].mean() / 255 < 0.02


@pytest.mark.parametrize("quality", [75, 90])
def test_jpegs_come_out_without_specks(quality: int) -> None:
    character = make_character(jpeg(over(truth(), WHITE), quality))
    count, _, stats, _ = cv2.connectedComponentsWithStats((character.rgba[..., 3] > 0).astype(np.uint8), connectivity=8)
    assert count - 1 <= 3, "the body with its whiskers, and the spot"
    assert stats[1:, cv2.CC_STAT_AREA].min() > 100


def test_enlarged_pictures_have_wider_rims_and_no_halo() -> None:
    small = over(truth(100), WHITE)
    large = np.asarray(cv2.resize(small, (400, 400), interpolation=cv2.INTER_CUBIC), np.uint8)
    large[..., 3] = 255
    got = make_character(large).rgba
    alpha = got[..., 3]
    edge = (alpha > 60) & (cv2.erode((alpha > 0).astype(np.uint8), np.ones((3, 3))) == 0)
    halo = edge & (got[..., :3].min(axis=2) > 200)
    assert halo.sum() < 0.05 * edge.sum()


def test_an_open_outline_keeps_its_inside_and_says_so() -> None:
    character = make_character(over(truth(gap=True), WHITE))
    left, top, right, bottom = character.body
    assert character.rgba[(top + bottom) // 2 + 30, (left + right) // 2].tolist() == [*WHITE, 255]
    assert any("gap" in note for note in character.notes)
    assert not any("gap" in note for note in make_character(over(truth(), WHITE)).notes)


def test_holes_open_on_request() -> None:
    ring = np.full((200, 200, 4), 255, np.uint8)
    cv2.circle(ring, (100, 100), 70, (200, 60, 40, 255), 25, cv2.LINE_AA)
    closed, opened = make_character(ring), make_character(ring, open_holes=True)
    middle = closed.rgba.shape[0] // 2
    assert closed.rgba[middle, middle, 3] == 255
    assert opened.rgba[middle, middle].tolist() == [0, 0, 0, 0]


def test_keep_background_says_no() -> None:
    picture = over(truth(), WHITE)
    kept = make_character(picture, keep_background=True)
    left, top, right, bottom = kept.body
    assert np.array_equal(kept.rgba[top:bottom, left:right], picture)
    assert kept.notes == ()


def test_a_background_that_is_not_flat_is_kept_and_said_to_be() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (120, 160, 3), np.uint8)
    soft = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    photo = np.dstack([soft, np.full((120, 160), 255, np.uint8)])
    for asked in (None, False):
        kept = make_character(photo, asked)
        assert (kept.body[2] - kept.body[0], kept.body[3] - kept.body[1]) == (160, 120)
        assert "not one flat colour" in kept.notes[0]


def test_a_mostly_flat_background_goes_on_request_only() -> None:
    picture = over(truth(), WHITE)
    picture[:, :8] = (10, 90, 40, 255)
    picture[-8:, :200] = (10, 90, 40, 255)
    assert not is_flat(picture)
    assert "kept" in make_character(picture).notes[0]
    asked = make_character(picture, keep_background=False)
    assert "taken away" in asked.notes[0]
    assert (asked.rgba[..., 3] == 0).mean() > 0.3


def test_own_alpha_is_used_as_it_is() -> None:
    picture = truth()
    character = make_character(picture)
    got, expected = on_canvas(character, picture)
    solid = expected[..., 3] >= 8
    assert np.array_equal(got[solid & (expected[..., 3] < 250)], expected[solid & (expected[..., 3] < 250)])
    assert character.notes == ()


def test_rounded_corners_are_no_cut_out() -> None:
    picture = over(truth(), SKY)
    picture[:6, :6, 3] = 0
    assert "taken away" in make_character(picture).notes[0]


def test_invisible_remnants_do_not_count() -> None:
    picture = np.zeros((300, 300, 4), np.uint8)
    picture[100:180, 120:200] = (200, 50, 50, 255)
    picture[5, 5] = (255, 255, 255, 5)
    picture[290:294, 290:294] = (255, 255, 255, 20)
    character = make_character(picture)
    left, top, right, bottom = character.body
    assert (right - left, bottom - top) == (80, 80)
    assert (character.rgba[character.rgba[..., 3] == 0] == 0).all()


@pytest.mark.parametrize(("width", "height"), [(80, 300), (300, 80), (200, 200), (101, 64)])
def test_the_square(width: int, height: int) -> None:
    picture = np.zeros((400, 400, 4), np.uint8)
    picture[20 : 20 + height, 50 : 50 + width] = (200, 50, 50, 255)
    character = make_character(picture)
    left, top, right, bottom = character.body
    side = character.rgba.shape[0]
    assert character.rgba.shape == (side, side, 4)
    assert (right - left, bottom - top) == (width, height)
    assert abs(left - (side - right)) <= 1
    assert abs(top - (side - bottom)) <= 1
    assert 0.04 <= (side - max(width, height)) / 2 / max(width, height) <= 0.06
    assert (character.rgba[top:bottom, left:right, 3] == 255).all()


def test_large_pictures_are_made_smaller_without_dark_rims() -> None:
    picture = np.zeros((2000, 1500, 4), np.uint8)
    cv2.ellipse(picture, (750, 1000), (700, 950), 0, 0, 360, (250, 240, 60, 255), -1)
    character = make_character(picture)
    left, top, right, bottom = character.body
    assert max(right - left, bottom - top) in (MAX_BODY - 1, MAX_BODY)
    seen = character.rgba[..., 3] > 0
    assert np.abs(character.rgba[seen][:, :3].astype(int) - (250, 240, 60)).max() <= 1
    assert "smaller" in character.notes[0]


def test_fifty_megapixels_are_no_burden() -> None:
    photo = np.full((5000, 6000, 4), 255, np.uint8)
    cv2.circle(photo, (3000, 2500), 1500, (200, 60, 40, 255), -1)
    character = make_character(photo)
    left, top, right, bottom = character.body
    assert max(right - left, bottom - top) in (MAX_BODY - 1, MAX_BODY)
    assert "made smaller, from 3" in character.notes[1]


def test_nothing_to_see_is_refused() -> None:
    with pytest.raises(BadPicture, match="nothing but one flat colour"):
        make_character(np.full((100, 100, 4), 255, np.uint8))
    with pytest.raises(BadPicture, match="fully transparent"):
        make_character(np.zeros((100, 100, 4), np.uint8))
    faint = np.zeros((100, 100, 4), np.uint8)
    faint[20:60, 20:60, 3] = 7
    with pytest.raises(BadPicture, match="fully transparent"):
        make_character(faint)
    dot = np.zeros((200, 200, 4), np.uint8)
    dot[40:50, 40:60] = 255
    with pytest.raises(BadPicture, match="20x10; it needs at least 32 px"):
        make_character(dot)


def assert_settled(character: CharacterPicture) -> None:
    for again in (None, False, True):
        second = make_character(character.rgba, again)
        assert np.array_equal(second.rgba, character.rgba)
        assert second.body == character.body


@pytest.mark.parametrize("quality", [None, 80])
@pytest.mark.parametrize("side", [120, 400, 1200])
def test_doing_it_again_changes_nothing(quality: int | None, side: int) -> None:
    how = cv2.INTER_AREA if side < 400 else cv2.INTER_LINEAR
    cut: Rgba = np.asarray(cv2.resize(truth(400), (side, side), interpolation=how), np.uint8)
    picture = over(cut, WHITE)
    assert_settled(make_character(jpeg(picture, quality) if quality else picture))
    assert_settled(make_character(cut))
    assert_settled(make_character(picture, keep_background=True))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(64, 200), st.integers(64, 200), st.floats(0, 1))
@example(4, 100, 80, 0.8)
def test_any_picture_settles_at_once(seed: int, width: int, height: int, opaque: float) -> None:
    random = np.random.default_rng(seed)
    blobs = cv2.GaussianBlur(random.random((height, width)).astype(np.float32), (0, 0), 6)
    blobs = (blobs - blobs.min()) / max(1e-6, float(blobs.max() - blobs.min()))
    alpha = np.clip((blobs - 1 + opaque) * 900, 0, 255).astype(np.uint8)
    picture = np.dstack([random.integers(0, 255, (height, width, 3), np.uint8), alpha])
    try:
        character = make_character(picture)
    except BadPicture:
        return
    assume(not is_pixel_art(character.rgba))  # cut out of a larger canvas, and so not enlarged yet
    assert_settled(character)


# The border


def test_borders_are_measured() -> None:
    border = measure_border(over(truth(), SKY))
    assert border.colour == "#5aa0e6"
    assert (border.share, border.corners) == (1.0, 4)
    assert border.noise < 0.001
    assert is_flat(jpeg(over(truth(), SKY), 70))
    bust = over(truth(), SKY)
    bust[-10:, 100:300] = (200, 50, 50, 255)
    assert is_flat(bust), "a bust that is cut by the lower edge still stands on a flat colour"
    ramp = np.linspace(0, 255, 200).astype(np.uint8)
    assert not is_flat(np.dstack([np.tile(ramp, (200, 1))] * 3))
