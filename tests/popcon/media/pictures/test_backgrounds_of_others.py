"""Backgrounds of pictures that people bring: gradients, dark JPEGs, and more than one character."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from popcon.engines.segment.graph import GraphEngine
from popcon.media.pictures.colour import difference
from popcon.media.pictures.cut_free import Asked, cut_free
from popcon.media.pictures.gradient import find_gradient
from popcon.media.pictures.paper import find_drawing
from popcon.media.pictures.soft_mask import alike_parts, doubt_of
from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgb, Rgba

SIDE = 300


def opaque(rgb: Rgb) -> Rgba:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def iou(rgba: Rgba, truth: Mask) -> float:
    inside = rgba[..., 3] > 127
    return float((inside & (truth > 127)).sum() / (inside | (truth > 127)).sum())


def gradient() -> Rgb:
    """From orange above to dark red below, rounder in the middle."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    channels = [240 - 90 * y, 140 - 110 * y - 20 * (x - 0.5) ** 2, 40 + 10 * x]
    return np.asarray(np.rint(np.dstack(channels)), np.uint8)


def bust(picture: Rgb) -> Mask:
    """Draw a white head on shoulders that the lower border cuts off; its mask."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.circle(mask, (150, 120), 60, 255, -1)
    cv2.ellipse(mask, (150, 300), (90, 120), 0, 180, 360, 255, -1)
    picture[mask > 0] = (250, 250, 250)
    cv2.circle(picture, (130, 110), 9, (20, 20, 20), -1)
    return mask


def test_a_smooth_gradient_is_taken_away() -> None:
    picture = gradient()
    truth = bust(picture)
    freed = cut_free(opaque(picture), Asked())
    assert (freed.way, freed.doubt) == ("flat background", "")
    assert "gradient" in freed.notes[0]
    assert iou(freed.rgba, truth) > 0.99
    assert (freed.rgba[110, 130, :3] == 20).all()


def test_a_transparent_edge_of_a_few_pixels_hides_no_gradient() -> None:
    picture = opaque(gradient())
    truth = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(truth, (150, 150), 90, 255, -1)
    picture[truth > 0] = (250, 250, 250, 255)
    picture[-3:] = 0
    picture[:, -1] = 0
    freed = cut_free(picture, Asked())
    assert freed.way == "flat background"
    assert iou(freed.rgba, truth) > 0.99


def test_a_gradient_is_left_where_the_subject_is_another_thing() -> None:
    class Sees:
        def find(self, picture: Rgb) -> Mask:
            seen = np.zeros(picture.shape[:2], np.uint8)
            seen[20:60, 20:60] = 255
            return seen

    picture = gradient()
    bust(picture)
    assert cut_free(opaque(picture), Asked(), Sees()).way == "subject"


def test_noise_is_no_gradient() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    assert find_gradient(opaque(noise)) is None


def test_the_noise_of_a_dark_jpeg_is_background() -> None:
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    cv2.circle(picture, (150, 150), 100, (210, 90, 60), -1)
    truth = np.where(picture[..., 0] > 0, 255, 0).astype(np.uint8)
    coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None
    noisy = np.ascontiguousarray(decoded[..., ::-1], np.uint8)
    freed = cut_free(opaque(noisy), Asked())
    far = cv2.dilate(truth, np.ones((7, 7), np.uint8)) == 0
    assert freed.way == "flat background"
    assert (freed.rgba[far][:, 3] > 0).mean() < 0.002
    assert iou(freed.rgba, truth) > 0.98


def test_nearly_black_colours_differ_little_and_others_as_before() -> None:
    assert difference([0, 0, 0], [2, 2, 2]) < 1
    assert difference([0, 0, 0], [60, 60, 60]) > 20
    assert difference([250, 250, 250], [240, 240, 240]) == pytest.approx(3.0, abs=0.6)


def twins() -> tuple[Rgb, Mask]:
    """Two characters beside each other on white, and the mask of the left one."""
    picture = np.full((SIDE, 2 * SIDE, 3), 255, np.uint8)
    for left, colour in ((150, (230, 120, 40)), (450, (60, 120, 220))):
        cv2.circle(picture, (left, 150), 90, (20, 20, 20), -1)
        cv2.circle(picture, (left, 150), 84, colour, -1)
    mask = np.zeros((SIDE, 2 * SIDE), np.uint8)
    cv2.circle(mask, (150, 150), 90, 255, -1)
    return picture, mask


def test_two_characters_on_one_background_are_asked_about_and_a_click_says_which() -> None:
    picture, left = twins()
    freed = cut_free(opaque(picture), Asked())
    assert "2 things of like size" in freed.doubt
    assert not cut_free(opaque(picture), Asked(keep=False)).doubt
    engine = GraphEngine()

    def select(picture: Rgb, clicks: Sequence[Click], likely: Mask | None) -> Mask:
        return engine.predict(engine.encode(picture), clicks)[0]

    chosen = cut_free(opaque(picture), Asked(clicks=(Click(x=150, y=150, positive=True),)), None, select)
    assert iou(chosen.rgba, left) > 0.97


def test_a_character_in_pieces_is_one() -> None:
    inside = np.zeros((100, 100), bool)
    inside[10:50, 10:90] = True
    inside[52:90, 10:90] = True
    assert alike_parts(inside, 0.04) == 0
    assert alike_parts(inside) == 2


def test_what_runs_from_side_to_side_is_a_horizon() -> None:
    picture = np.full((SIDE, SIDE, 3), 200, np.uint8)
    likely = np.zeros((SIDE, SIDE), np.uint8)
    likely[150:220] = 255
    picture[likely > 0] = 40
    assert "horizon" in doubt_of(picture, likely)


def test_a_sky_over_trees_is_no_paper() -> None:
    y, x = np.mgrid[:SIDE, :SIDE]
    picture = np.dstack([150 - y * 0.15, 175 - y * 0.1, 205 - y * 0.05])
    ragged = 200 + 12 * np.sin(x / 3) + 8 * np.sin(x / 7)
    picture[y > ragged] = (40, 60, 35)
    cv2.circle(picture, (150, 180), 14, (90, 50, 30), -1)
    assert find_drawing(np.asarray(np.rint(picture), np.uint8)) is None
