import pytest

from popcon.engines.segment.clicks import checked_clicks
from popcon.errors import BadInput
from popcon.models.refinement import Click


def test_no_clicks_are_refused_with_what_to_do() -> None:
    with pytest.raises(BadInput, match="click at least once"):
        checked_clicks([], 10, 10)


@pytest.mark.parametrize(("x", "y"), [(-0.1, 3), (3, -1), (10, 3), (3, 20), (1e30, 0)])
def test_a_click_outside_names_itself_and_the_size(x: float, y: float) -> None:
    with pytest.raises(BadInput, match=r"Click 2 .* x has to be from 0 to 9 and y from 0 to 19"):
        checked_clicks([Click(x=1, y=1), Click(x=x, y=y)], 10, 20)


def test_the_last_pixel_is_inside() -> None:
    assert checked_clicks([Click(x=9.99, y=19.99)], 10, 20) == (Click(x=9.99, y=19.99),)


def test_a_pixel_cannot_be_both_inside_and_outside() -> None:
    with pytest.raises(BadInput, match=r"\(4, 5\).*both"):
        checked_clicks([Click(x=4.2, y=5.1), Click(x=4.9, y=5.8, positive=False)], 10, 10)


def test_a_click_given_twice_counts_once() -> None:
    assert len(checked_clicks([Click(x=4, y=5), Click(x=4.5, y=5.5), Click(x=6, y=5)], 10, 10)) == 2
