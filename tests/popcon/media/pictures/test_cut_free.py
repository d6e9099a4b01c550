"""Cutting a character free: the order of the ways, and what each does."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from popcon.engines.segment.graph import GraphEngine
from popcon.errors import BadPicture, EngineUnavailable
from popcon.media.pictures.character import make_character
from popcon.media.pictures.cut_free import Asked, cut_free
from popcon.media.pictures.paper import find_drawing, whitened
from popcon.media.pictures.picture import load_picture, read_picture
from popcon.media.pictures.pixel_art import square_side
from popcon.media.pictures.png import encode_png
from popcon.media.pictures.soft_mask import decide_by_colours, doubt_of, refine
from popcon.models.engine import EngineFingerprint
from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgb, Rgba

SIDE = 480
DRAWINGS = Path(__file__).parents[3] / "data" / "drawings"


class Seeing:
    """A subject engine that sees what it was told, a little blurred and coarse."""

    fingerprint = EngineFingerprint(name="seeing", version="1")

    def __init__(self, mask: Mask) -> None:
        self.mask, self.asked = mask, 0

    def find(self, picture: Rgb) -> Mask:
        self.asked += 1
        size = picture.shape[1], picture.shape[0]
        small = cv2.resize(self.mask, (size[0] // 4, size[1] // 4), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(cv2.resize(small, size), (0, 0), 1.5), np.uint8)


def opaque(rgb: Rgb) -> Rgba:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def scenery(side: int = SIDE) -> Rgb:
    noise = np.random.default_rng(4).integers(0, 255, (side // 8, side // 8, 3), np.uint8)
    large = cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large // 2 + 40, np.uint8)


def figure(picture: Rgb, centre: tuple[int, int] = (240, 240), size: int = 100) -> Mask:
    """Draw an orange character with an arm into a picture; its mask."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.circle(mask, centre, size, 255, -1)
    cv2.line(mask, centre, (centre[0] + size + 60, centre[1] - size), 255, 19)
    picture[mask > 0] = (250, 150, 40)
    cv2.circle(picture, (centre[0] - 30, centre[1] - 20), 12, (20, 20, 20), -1)
    return mask


def iou(one: Mask, other: Mask) -> float:
    return float(((one > 127) & (other > 127)).sum() / ((one > 127) | (other > 127)).sum())


@pytest.mark.parametrize(
    ("name", "least"), [("boy", 0.97), ("second", 0.97), ("candy", 0.97), ("stick", 0.95), ("bug", 0.94), ("pig", 0.97)]
)
@pytest.mark.parametrize("guided", [True, False])
def test_a_photographed_drawing_is_cut_out_of_its_paper(name: str, least: float, guided: bool) -> None:
    picture = read_picture(DRAWINGS / f"{name}.png")
    mask = cv2.imread(str(DRAWINGS / f"{name}-mask.png"), cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    freed = cut_free(picture, Asked(), Seeing(np.asarray(mask, np.uint8)) if guided else None)
    assert freed.way == "paper"
    assert not freed.doubt
    assert iou(np.ascontiguousarray(freed.rgba[..., 3]), np.asarray(mask, np.uint8)) >= least


def test_uneven_light_a_shadow_and_gaps_do_not_matter() -> None:
    side = 500
    y, x = np.mgrid[:side, :side] / side
    light = (1 - 0.35 * x - 0.1 * y)[..., None]
    shadow = np.zeros((side, side), np.float32)
    cv2.fillPoly(shadow, [np.array([[0, 250], [side, 420], [side, side], [0, side]], np.int32)], 0.3)
    light = light * (1 - cv2.GaussianBlur(shadow, (0, 0), 4))[..., None]
    sheet = np.full((side, side, 3), (225, 220, 210), np.float32)
    truth = np.zeros((side, side), np.uint8)
    cv2.circle(truth, (240, 250), 143, 255, -1)
    cv2.ellipse(sheet, (240, 250), (140, 140), 0, 4, 176, (40, 40, 90), 5)
    cv2.ellipse(sheet, (240, 250), (140, 140), 0, 183, 359, (40, 40, 90), 5)
    cv2.circle(sheet, (200, 220), 8, (40, 40, 90), -1)
    noise = np.random.default_rng(2).normal(0, 3, sheet.shape)
    picture = np.clip(sheet * light + noise, 0, 255).astype(np.uint8)
    found = find_drawing(picture)
    assert found is not None
    assert found.gaps_closed
    assert iou(found.alpha, truth) > 0.95
    white = whitened(picture, found)
    inner = cv2.erode(truth, np.ones((31, 31), np.uint8)) > 0
    inner[200:245, 180:225] = False
    assert np.percentile(white[inner].min(axis=1), 5) > 238
    assert np.percentile(picture[inner].min(axis=1), 5) < 150


def test_scenery_is_no_paper() -> None:
    rgb = scenery()
    assert find_drawing(rgb) is None
    figure(rgb)
    assert find_drawing(rgb) is None


def test_the_subject_engine_decides_where_there_is_scenery_and_its_rim_is_refined() -> None:
    rgb = scenery()
    mask = figure(rgb)
    engine = Seeing(mask)
    made = make_character(opaque(rgb), subject=engine)
    assert (made.way, made.doubt, engine.asked) == ("subject", "", 1)
    coarse = engine.find(rgb)
    assert doubt_of(rgb, coarse) == ""
    assert iou(refine(rgb, coarse), mask) > max(0.985, iou(coarse, mask))
    left, _, right, _ = made.body
    assert abs((right - left) - (np.flatnonzero(mask.any(0))[-1] - np.flatnonzero(mask.any(0))[0])) <= 4
    rim = made.rgba[(made.rgba[..., 3] > 40) & (made.rgba[..., 3] < 220)]
    assert np.abs(rim[:, :3].astype(int) - (250, 150, 40)).max(axis=1).mean() < 70


def test_the_order_of_the_ways() -> None:
    rgb = scenery()
    mask = figure(rgb)
    seen = Seeing(mask)
    own = np.dstack([rgb, mask])
    assert cut_free(own, Asked(), seen).way == "own alpha"
    flat = np.full((SIDE, SIDE, 3), (60, 120, 240), np.uint8)
    figure(flat)
    assert cut_free(opaque(flat), Asked(), seen).way == "flat background"
    assert cut_free(opaque(rgb), Asked(keep=True), seen).way == "kept"
    assert seen.asked == 0
    assert cut_free(opaque(rgb), Asked(), seen).way == "subject"


def test_a_character_that_touches_three_borders_on_a_flat_colour() -> None:
    rgb = np.full((240, 240, 3), (250, 250, 252), np.uint8)
    mask = np.zeros((240, 240), np.uint8)
    cv2.ellipse(mask, (120, 150), (119, 140), 0, 0, 360, 255, -1)
    mask[215:, 12:228] = 255
    rgb[mask > 0] = (90, 60, 160)
    freed = cut_free(opaque(rgb), Asked())
    assert freed.way == "flat background"
    assert iou(np.ascontiguousarray(freed.rgba[..., 3]), mask) > 0.98


def test_doubts_name_what_is_unclear() -> None:
    rgb = scenery()
    both = figure(rgb, (120, 140), 72) | figure(rgb, (320, 350), 72)
    assert "2 things stand out alike" in cut_free(opaque(rgb), Asked(), Seeing(both)).doubt
    assert "all its borders" in doubt_of(rgb, np.full((SIDE, SIDE), 255, np.uint8))
    assert "no character stands out" in doubt_of(rgb, np.zeros((SIDE, SIDE), np.uint8))
    alone = figure(scenery())
    assert "unclear" in doubt_of(rgb, np.asarray(cv2.GaussianBlur(alone, (0, 0), 40), np.uint8))
    without = cut_free(opaque(rgb), Asked())
    assert without.way == "kept"
    assert "popcon models get u2netp" in without.doubt


class Absent:
    fingerprint = EngineFingerprint(name="absent", version="1")

    def find(self, picture: Rgb) -> Mask:
        raise EngineUnavailable("The weights are not here.")


def test_weights_that_a_job_was_ordered_with_are_not_done_without() -> None:
    """Another result under the same key would stay for good."""
    with pytest.raises(EngineUnavailable):
        cut_free(opaque(scenery()), Asked(), Absent())
    with pytest.raises(EngineUnavailable):
        cut_free(opaque(scenery()), Asked(clicks=(Click(x=9, y=9),)), Absent(), lambda *_: np.zeros((1, 1), np.uint8))


def test_colours_decide_what_a_coarse_mask_leaves_open() -> None:
    rgb = scenery()
    mask = figure(rgb, (220, 240), 90)
    coarse = cv2.resize(cv2.resize(mask, (12, 12), interpolation=cv2.INTER_AREA), mask.shape[::-1])
    likely = np.asarray(cv2.GaussianBlur(coarse, (0, 0), 12), np.uint8)
    decided = decide_by_colours(rgb, likely)
    assert iou(likely, mask) < 0.97 < iou(decided, mask)
    assert not decide_by_colours(rgb, np.zeros_like(mask)).any()


def test_one_click_chooses_one_of_two_characters_in_scenery() -> None:
    rgb = scenery()
    first, second = figure(rgb, (120, 140), 72), figure(rgb, (320, 350), 72)
    engine = GraphEngine()
    likely = Seeing(first | second).find(rgb)
    embedding = engine.encode_with_prior(rgb, likely)
    assert iou(engine.predict(embedding, [Click(x=120, y=120)])[0], first) > 0.9
    assert iou(engine.predict(embedding, [Click(x=320, y=340)])[0], second) > 0.9


def test_many_things_near_each_other_are_asked_about() -> None:
    rgb = np.full((SIDE, SIDE, 3), 250, np.uint8)
    for number in range(7):
        cv2.circle(rgb, (90 + 50 * number, 200 + 30 * (number % 2)), 24, (200, 30, 60 * (number % 4)), -1)
    assert "7 things of like size" in cut_free(opaque(rgb), Asked()).doubt
    assert not cut_free(opaque(rgb), Asked(keep=False)).doubt


def test_further_clicks_mend_what_a_subject_engine_saw_and_keep_the_rest() -> None:
    rgb = scenery()
    mask = figure(rgb.copy(), (220, 240), 90)
    patches = np.random.default_rng(5).integers(60, 220, (SIDE // 12, SIDE // 12, 3), np.uint8)
    motley = np.asarray(cv2.resize(patches, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST), np.uint8)
    rgb[mask > 0] = motley[mask > 0]
    engine = GraphEngine()
    embedding = engine.encode_with_prior(rgb, Seeing(mask).find(rgb))
    clicks = [Click(x=200, y=240), Click(x=60, y=300, positive=False), Click(x=240, y=180)]
    for count in (1, 2, 3):
        assert iou(engine.predict(embedding, clicks[:count])[0], mask) > 0.95


def test_pixel_art_is_enlarged_by_whole_steps() -> None:
    sprite = np.zeros((16, 16, 4), np.uint8)
    sprite[3:14, 4:12] = (220, 40, 60, 255)
    sprite[6, 6] = sprite[6, 9] = (0, 0, 0, 255)
    picture = load_picture(encode_png(sprite))
    made = make_character(picture)
    assert made.pixel == 30
    assert set(map(tuple, made.rgba.reshape(-1, 4))) == set(map(tuple, sprite.reshape(-1, 4)))
    left, top, right, bottom = made.body
    body = made.rgba[top:bottom, left:right]
    assert np.array_equal(body[15::30, 15::30], sprite[3:14, 4:12])
    photo = np.random.default_rng(1).integers(0, 255, (20, 20, 4), np.uint8)
    photo[..., 3] = 255
    with pytest.raises(BadPicture, match="needs at least 64 px a side, 16 if it is pixel art"):
        load_picture(encode_png(photo))


def test_enlarged_pixel_art_keeps_its_grid() -> None:
    sprite = np.full((24, 24, 4), (90, 160, 220, 255), np.uint8)
    cv2.circle(sprite, (11, 12), 8, (220, 40, 60, 255), -1)
    sprite[10, 8:10] = sprite[10, 13:15] = (0, 0, 0, 255)
    plain = make_character(sprite)
    assert plain.way == "flat background"
    assert set(np.unique(plain.rgba[..., 3])) == {0, 255}
    assert square_side(plain.rgba[plain.body[1] : plain.body[3], plain.body[0] : plain.body[2]]) == plain.pixel == 20
    large = make_character(sprite.repeat(50, axis=0).repeat(50, axis=1))
    assert np.array_equal(large.rgba, plain.rgba)
    assert large.source == (150, 200, 1000, 1050)


def test_a_smooth_drawing_is_no_pixel_art() -> None:
    picture = np.zeros((400, 400, 4), np.uint8)
    cv2.circle(picture, (200, 200), 150, (220, 40, 60, 255), -1)
    assert square_side(picture) == 1
    assert square_side(np.full((400, 400, 4), 255, np.uint8)) == 1


def test_a_drawn_landscape_with_a_flat_sky_is_no_flat_background() -> None:
    rgb = np.full((SIDE, SIDE, 3), (120, 190, 240), np.uint8)
    cv2.fillPoly(
        rgb, [np.array([[0, 300], [200, 220], [SIDE, 320], [SIDE, SIDE], [0, SIDE]], np.int32)], (200, 160, 90)
    )
    cv2.circle(rgb, (380, 90), 40, (250, 230, 120), -1)
    mask = figure(rgb, (240, 280), 90)
    freed = cut_free(opaque(rgb), Asked(), Seeing(mask))
    assert freed.way == "subject"
    assert iou(np.ascontiguousarray(freed.rgba[..., 3]), mask) > 0.95
