"""Clips that several tests encode."""

import pytest

from popcon.pixels import Rgba
from tests.popcon.stickers.sticker_makers import ball, noise


@pytest.fixture(scope="session")
def rolling() -> list[Rgba]:
    """24 frames, 180x180."""
    return ball(180, 24)


@pytest.fixture(scope="session")
def noisy() -> list[Rgba]:
    """5 opaque frames of noise, 180x180."""
    return noise(5)
