"""How a character moves, apart from what is behind it."""

import numpy as np

from popcon.engines.segment.motion import Look, alike, at_rest, flow, stiffened, taken
from tests.popcon.engines.segment.pictures import disc_on, plain, tiles


def test_at_rest_each_pixel_comes_from_itself() -> None:
    picture, _ = disc_on(tiles())
    assert (taken(picture, at_rest(160, 160)) == picture).all()


def test_a_disc_that_moves_is_found_where_it_went() -> None:
    first, was = disc_on(plain(), x=70)
    second, now = disc_on(plain(), x=76, y=79)
    look = Look(first, was.astype(np.float32))
    origin = stiffened(look, second, flow(look, second, at_rest(160, 160)))
    moved = taken(look.share, origin) > 0.5
    assert (moved & now).sum() / (moved | now).sum() > 0.93
    assert alike(look, second, origin)[now].mean() > 0.85


def test_the_background_behind_a_contour_does_not_hold_it_back() -> None:
    first, was = disc_on(tiles(), x=70, radius=24)
    second, now = disc_on(tiles(), x=77, radius=24)
    look = Look(first, was.astype(np.float32))
    dense = flow(look, second, at_rest(160, 160))
    loose, stiff = (taken(look.share, origin) > 0.5 for origin in (dense, stiffened(look, second, dense)))
    scores = [(mask & now).sum() / (mask | now).sum() for mask in (loose, stiff)]
    assert scores[1] > 0.8
    assert scores[1] >= scores[0]
