"""Masks that cannot be used are refused with what would do."""

import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.engines.segment.graph import GraphEngine
from popcon.engines.segment.prompts import checked_prompts
from popcon.errors import BadInput
from popcon.models.refinement import Click
from tests.popcon.engines.segment.pictures import disc_on, plain

ENGINE = GraphEngine()
MASK = np.zeros((160, 160), np.uint8)
BAD_MASKS = [
    (MASK > 0, "one 8-bit value a pixel.*bool"),
    (MASK.astype(np.float32), "one 8-bit value a pixel.*float32"),
    (MASK[..., None], r"one 8-bit value a pixel.*\(160, 160, 1\)"),
    (MASK[0], "one 8-bit value a pixel"),
    (MASK[:, :150], "150 x 160 px"),
]


@pytest.mark.parametrize(("mask", "reason"), BAD_MASKS)
def test_a_previous_mask_that_is_none_is_refused(mask: NDArray[np.generic], reason: str) -> None:
    embedding = ENGINE.encode(disc_on(plain())[0])
    with pytest.raises(BadInput, match=f"previous mask.*{reason}"):
        ENGINE.predict(embedding, [Click(x=80, y=80)], mask)  # type: ignore[arg-type]


@pytest.mark.parametrize(("mask", "reason"), BAD_MASKS)
def test_a_mask_to_carry_that_is_none_is_refused_before_anything_is_computed(
    mask: NDArray[np.generic], reason: str
) -> None:
    frames = [plain(), plain()]
    with pytest.raises(BadInput, match=f"mask of frame 1.*{reason}"):
        checked_prompts(frames, {1: mask})  # type: ignore[dict-item]
    with pytest.raises(BadInput, match=f"mask of frame 1.*{reason}"):
        ENGINE.track(frames, {1: mask})  # type: ignore[dict-item]


def test_a_picture_of_one_pixel_is_refused_with_the_size_that_would_do() -> None:
    with pytest.raises(BadInput, match="1 x 1 px; at least 8 x 8"):
        ENGINE.encode(np.zeros((1, 1, 3), np.uint8))


@pytest.mark.parametrize("x", [float("nan"), float("inf"), -float("inf")])
def test_clicks_nowhere_are_outside(x: float) -> None:
    embedding = ENGINE.encode(plain())
    with pytest.raises(BadInput, match="outside the picture"):
        ENGINE.predict(embedding, [Click.model_construct(x=x, y=3.0, positive=True)])
