import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image

from popcon.media.pictures.mask_png import encode_mask_png


@given(
    mask=arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 255)),
    tint=st.tuples(*[st.integers(0, 255)] * 3),
)
def test_a_mask_is_read_back_as_it_is(mask: NDArray[np.uint8], tint: tuple[int, int, int]) -> None:
    with Image.open(io.BytesIO(encode_mask_png(mask, tint))) as opened:
        assert opened.mode == "RGBA"
        read = np.array(opened)
    inside = mask > 127
    assert (read[inside] == (*tint, 255)).all()
    assert not read[~inside].any()


@pytest.mark.parametrize("value", [0, 255])
def test_a_large_plain_mask_is_small(value: int) -> None:
    data = encode_mask_png(np.full((1080, 1080), value, np.uint8), (40, 120, 255))
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
        assert opened.size == (1080, 1080)
    assert len(data) < 40_000
