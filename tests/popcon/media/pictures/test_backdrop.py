"""Backdrops: far from everything that is drawn on them, and the same each time."""

import re

import numpy as np
import pytest

from popcon.media.clips.clip import encode_mp4, frames
from popcon.media.pictures.backdrop import backdrop_words, choose_backdrop
from popcon.media.pictures.colour import oklab, parse_hex, to_hex, ycc
from popcon.pixels import Rgba


def character(*colours: tuple[tuple[int, int, int], float]) -> Rgba:
    """Stripes of these colours, each of this share of the height, on nothing."""
    picture = np.zeros((1000, 40, 4), np.uint8)
    at = 0
    for colour, share in colours:
        rows = max(1, round(share * 1000))
        picture[at : at + rows] = (*colour, 255)
        at += rows
    return picture


def nearest(backdrop: str, *colours: tuple[int, int, int]) -> float:
    return float(min(np.linalg.norm(oklab(parse_hex(backdrop)) - oklab(colour)) for colour in colours))


BLACK, WHITE = (20, 20, 20), (255, 255, 255)


@pytest.mark.parametrize(
    "main",
    [
        (255, 255, 255),
        (40, 180, 60),
        (240, 60, 50),
        (40, 90, 230),
        (250, 210, 40),
        (230, 60, 200),
        (30, 200, 210),
        (130, 90, 60),
        (120, 40, 200),
    ],
)
def test_far_from_the_character(main: tuple[int, int, int]) -> None:
    backdrop = choose_backdrop(character((main, 0.7), (WHITE, 0.2), (BLACK, 0.1)))
    assert nearest(backdrop, main, WHITE, BLACK) > 30
    assert re.fullmatch(r"#[0-9a-f]{6}", backdrop)


def test_never_white_grey_or_dark() -> None:
    for colours in ([(WHITE, 1.0)], [(BLACK, 1.0)], [((128, 128, 128), 1.0)]):
        backdrop = np.array(parse_hex(choose_backdrop(character(*colours))))
        assert backdrop.max() - backdrop.min() > 120
        assert ycc(backdrop)[0] >= 50


def test_effects_count() -> None:
    body = character((WHITE, 0.8), (BLACK, 0.2))
    without = choose_backdrop(body)
    own = parse_hex(without)
    other = choose_backdrop(body, [own])
    assert nearest(other, own) > 25
    assert nearest(other, own, WHITE, BLACK) > 25


def test_small_but_frequent_colours_count_and_strays_do_not() -> None:
    plain = character((WHITE, 0.8), (BLACK, 0.2))
    backdrop = parse_hex(choose_backdrop(plain))
    eyes = character((WHITE, 0.79), (BLACK, 0.2), (backdrop, 0.01))
    assert nearest(choose_backdrop(eyes), backdrop) > 20
    stray = np.concatenate([np.tile(plain, (1, 5, 1)), np.zeros((1, 200, 4), np.uint8)])
    stray[-1, 0] = (*backdrop, 255)
    assert choose_backdrop(stray) == choose_backdrop(plain)


def test_transparent_pixels_do_not_count() -> None:
    picture = character((WHITE, 0.5), (BLACK, 0.1))
    backdrop = choose_backdrop(picture)
    picture[650:] = (*parse_hex(backdrop), 40)
    assert choose_backdrop(picture) == backdrop


def test_the_same_character_gets_the_same_backdrop() -> None:
    random = np.random.default_rng(4).integers(0, 255, (50, 50, 4), np.uint8)
    assert len({choose_backdrop(random, [(1, 2, 3)]) for _ in range(3)}) == 1
    assert choose_backdrop(random) == choose_backdrop(random[::-1])


def test_nothing_at_all_still_gets_a_backdrop() -> None:
    assert choose_backdrop(np.zeros((10, 10, 4), np.uint8)) == "#00d45a"


@pytest.mark.parametrize("main", [(255, 255, 255), (40, 180, 60), (240, 60, 50), (40, 90, 230)])
def test_it_survives_the_codec_flat(main: tuple[int, int, int]) -> None:
    backdrop = parse_hex(choose_backdrop(character((main, 0.8), (BLACK, 0.2))))
    picture = np.full((96, 96, 3), backdrop, np.uint8)
    picture[30:60, 30:60] = main
    back = np.stack(list(frames(encode_mp4([np.roll(picture, at, axis=1) for at in range(8)], 24, crf=23)))).astype(int)
    assert np.abs(back[:, :15] - backdrop).max() <= 6


def test_in_words() -> None:
    assert backdrop_words("#00D45A") == "bright green (#00d45a)"
    assert backdrop_words("#f00cf0") == "magenta (#f00cf0)"
    assert backdrop_words("#fefefe") == "white (#fefefe)"
    for wrong in ("00d45a", "#00d4", "green"):
        with pytest.raises(ValueError, match="#rrggbb"):
            backdrop_words(wrong)


def test_colours_as_numbers() -> None:
    assert oklab((255, 255, 255)) == pytest.approx([100, 0, 0], abs=0.05)
    assert oklab((255, 0, 0)) == pytest.approx([62.8, 22.49, 12.58], abs=0.05)
    assert ycc((255, 255, 255)) == pytest.approx([255, 0, 0], abs=0.01)
    assert ycc((0, 0, 255)) == pytest.approx([18.4, 127.5, -11.7], abs=0.1)
    assert to_hex([0, 211.6, 300]) == "#00d4ff"
