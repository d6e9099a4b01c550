import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from popcon.engines.segment.graph import REMEMBERED, GraphEngine
from popcon.errors import BadInput
from popcon.models.refinement import Click
from tests.popcon.engines.segment.pictures import SIDE, clouds, disc_on, iou, plain, tiles

ENGINE = GraphEngine()


@pytest.mark.parametrize(("background", "goal"), [(plain(), 0.98), (plain((255, 255, 255)), 0.98), (clouds(), 0.97)])
def test_one_click_finds_the_whole_character(background: NDArray[np.uint8], goal: float) -> None:
    picture, truth = disc_on(background)
    mask, score = ENGINE.predict(ENGINE.encode(picture), [Click(x=82, y=90)])
    assert iou(mask, truth) >= goal
    assert 0.5 < score <= 1
    assert set(np.unique(mask)) == {0, 255}


def test_among_tiles_of_its_own_colours_an_outlined_character_takes_few_clicks() -> None:
    picture, truth = disc_on(tiles())
    embedding = ENGINE.encode(picture)
    clicks = [Click(x=88, y=90), Click(x=67, y=76), Click(x=20, y=20, positive=False)]
    mask, _ = ENGINE.predict(embedding, clicks)
    assert iou(mask, truth) >= 0.9


def test_what_is_white_inside_an_outline_on_white_stays() -> None:
    picture, truth = disc_on(plain((255, 255, 255)))
    picture[70:84, 84:100] = 255
    mask, _ = ENGINE.predict(ENGINE.encode(picture), [Click(x=80, y=100)])
    assert mask[77, 92] == 255
    assert iou(mask, truth) >= 0.97


def test_a_hole_that_shows_the_backdrop_opens() -> None:
    picture, _truth = disc_on(plain())
    picture[66:88, 84:102] = (40, 180, 110)
    mask, _ = ENGINE.predict(ENGINE.encode(picture), [Click(x=60, y=100)])
    assert mask[77, 92] == 0
    assert mask[77, 60] == 255


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1), st.booleans()),
        min_size=1,
        max_size=6,
        unique_by=lambda c: c[:2],
    ),
    st.sampled_from([0, 1, 2]),
)
def test_the_pixel_of_a_click_is_always_on_its_side(places: list[tuple[int, int, bool]], kind: int) -> None:
    picture, _ = disc_on((plain(), clouds(), tiles())[kind])
    clicks = [Click(x=x, y=y, positive=positive) for x, y, positive in places]
    mask, score = ENGINE.predict(ENGINE.encode(picture), clicks)
    assert [bool(mask[y, x]) for x, y, _ in places] == [positive for _, _, positive in places]
    assert 0 <= score <= 1


def test_the_same_clicks_give_the_same_mask_whatever_was_asked_before() -> None:
    picture, _ = disc_on(tiles())
    clicks = [Click(x=88, y=90), Click(x=30, y=60, positive=False), Click(x=67, y=76)]
    fresh, _ = ENGINE.predict(ENGINE.encode(picture), clicks)
    embedding = ENGINE.encode(picture)
    for count in (1, 3, 2, 1):
        ENGINE.predict(embedding, clicks[:count])
    again, _ = ENGINE.predict(embedding, clicks)
    assert (again == fresh).all()


def test_what_is_remembered_is_bounded() -> None:
    embedding = ENGINE.encode(disc_on(plain(side=160))[0])
    for n in range(REMEMBERED + 20):
        ENGINE.predict(embedding, [Click(x=n, y=3)])
    assert len(embedding.chosen) == REMEMBERED


def test_what_is_remembered_of_mended_masks_is_bounded() -> None:
    picture, truth = disc_on(plain())
    embedding = ENGINE.encode(picture)
    given = np.where(truth, 255, 0).astype(np.uint8)
    for number in range(REMEMBERED + 5):
        ENGINE.predict(embedding, [Click(x=20 + number, y=20)], given)
    assert len(embedding.mended) == REMEMBERED


def test_a_click_mends_a_given_mask_only_where_they_disagree() -> None:
    picture, truth = disc_on(plain())
    given_mask = np.where(truth, 255, 0).astype(np.uint8)
    given_mask[:12, :12] = 255  # painted by hand, nothing the picture would suggest
    given_mask[60:92, 50:84] = 0
    mask, _ = ENGINE.predict(ENGINE.encode(picture), [Click(x=67, y=76)], given_mask)
    assert (mask[:12, :12] == 255).all()
    assert mask[76, 67] == 255
    assert (mask[:, 110:] == given_mask[:, 110:]).all()


def test_mending_a_mask_click_by_click_gives_what_all_clicks_give_at_once() -> None:
    picture, truth = disc_on(clouds())
    given = np.where(truth, 255, 0).astype(np.uint8)
    places = [(80, 80, False), (20, 20, True), (100, 96, False), (81, 79, True), (140, 30, True)]
    clicks = [Click(x=x, y=y, positive=positive) for x, y, positive in places]
    embedding = ENGINE.encode(picture)
    for number in range(1, len(clicks) + 1):
        now = ENGINE.predict(embedding, clicks[:number], given)[0]
        afresh = ENGINE.predict(ENGINE.encode(picture), clicks[:number], given)[0]
        assert np.array_equal(now, afresh), number
    # Another mask of the same picture is not answered from what was remembered for this one.
    other = ENGINE.predict(embedding, clicks[:1], 255 - given)[0]
    assert np.array_equal(other, ENGINE.predict(ENGINE.encode(picture), clicks[:1], 255 - given)[0])
    assert not np.array_equal(other, ENGINE.predict(embedding, clicks[:1], given)[0])


def test_agreeing_clicks_leave_a_given_mask_as_it_is() -> None:
    picture, truth = disc_on(clouds())
    given_mask = np.where(truth, 255, 0).astype(np.uint8)
    mask, _ = ENGINE.predict(ENGINE.encode(picture), [Click(x=90, y=90), Click(x=4, y=4, positive=False)], given_mask)
    assert (mask != given_mask).mean() < 0.002


def test_negative_clicks_alone_take_away_from_what_is_not_background() -> None:
    picture, truth = disc_on(plain())
    second, other = disc_on(picture, x=136, y=136, radius=18)
    mask, _ = ENGINE.predict(ENGINE.encode(second), [Click(x=140, y=140, positive=False)])
    assert iou(mask, truth & ~other) >= 0.95


def test_large_pictures_are_answered_at_their_own_size() -> None:
    small, truth = disc_on(plain())
    large = np.ascontiguousarray(small.repeat(5, 0).repeat(5, 1))
    mask, _ = ENGINE.predict(ENGINE.encode(large), [Click(x=410, y=450)])
    assert mask.shape == (800, 800)
    assert iou(mask, truth.repeat(5, 0).repeat(5, 1)) >= 0.97


def test_a_character_cut_by_the_border_is_found() -> None:
    picture, truth = disc_on(plain(), x=80, y=140)
    mask, _ = ENGINE.predict(ENGINE.encode(picture), [Click(x=84, y=140)])
    assert iou(mask, truth) >= 0.9


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((40, 40), np.uint8),
        np.zeros((40, 40, 4), np.uint8),
        np.zeros((40, 40, 3), np.float32),
        np.zeros((4, 40, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(picture: NDArray[np.uint8]) -> None:
    with pytest.raises(BadInput, match="picture"):
        ENGINE.encode(picture)


def test_a_previous_mask_of_another_size_is_refused() -> None:
    embedding = ENGINE.encode(plain())
    with pytest.raises(BadInput, match="80 x 70 px"):
        ENGINE.predict(embedding, [Click(x=1, y=1)], np.zeros((70, 80), np.uint8))


@pytest.mark.parametrize("size", [(8, 8), (9, 200), (200, 9)])
@pytest.mark.parametrize("positive", [True, False])
def test_the_smallest_and_the_emptiest_pictures_get_an_answer(size: tuple[int, int], positive: bool) -> None:
    picture = np.full((*size, 3), 90, np.uint8)
    mask, score = ENGINE.predict(ENGINE.encode(picture), [Click(x=4, y=4, positive=positive)])
    assert mask.shape == size
    assert bool(mask[4, 4]) == positive
    assert 0 <= score <= 1
