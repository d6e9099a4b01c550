"""Adjustments of finished stickers: their pixels, their order, and how they are kept."""

from pathlib import Path

import numpy as np
import pytest

from popcon.editing.adjusted import place_adjusted
from popcon.editing.adjustments import (
    AdjustmentConflict,
    SavedAdjustments,
    current_adjustments,
    save_adjustments,
    saved_adjustments,
    started_at,
)
from popcon.editing.outline import outlined
from popcon.editing.recolour import main_colours, recoloured
from popcon.editing.refinements import frame_name
from popcon.errors import UnknownName
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.colour import oklab
from popcon.models.adjustment import Adjustments, Nudge, Outline, Recolour, StickerAdjustment
from popcon.models.artifact import ArtifactRef
from popcon.models.stage import Body
from popcon.models.timeline import FrameRef, Slot
from popcon.pixels import Rgba
from popcon.stickers.place import place
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import place_job

BODY = Body(left=0.3, top=0.24, right=0.7, bottom=0.9)


def disc(side: int = 200, radius: float = 60, at: tuple[float, float] = (100, 120)) -> Rgba:
    """An orange disc with a soft rim, shaded from left to right."""
    y, x = np.mgrid[:side, :side] + 0.5
    alpha = np.clip(radius + 0.5 - np.hypot(x - at[0], y - at[1]), 0, 1)
    shade = (0.6 + 0.4 * x / side)[..., None]
    frame = np.dstack([np.array([255, 140, 30]) * shade, 255 * alpha]).astype(np.uint8)
    frame[frame[..., 3] == 0] = 0
    return frame


def test_an_outline_follows_the_rim_softly_and_evenly() -> None:
    frame = disc()
    made = outlined(frame, Outline(colour="#0000ff", width=8))
    alpha = made[..., 3].astype(float)
    area = alpha.sum() / 255
    assert area == pytest.approx(np.pi * 68**2, rel=0.006), "8 px wider on every side"
    y, x = np.mgrid[:200, :200] + 0.5
    away = np.hypot(x - 100, y - 120)
    assert ((alpha > 20) & (alpha < 235))[np.abs(away - 68) < 1].mean() > 0.3, "its rim is soft"
    assert (alpha[(away > 62) & (away < 66)] == 255).all(), "no gap between the rim and the line"
    inside = frame[..., 3] == 255
    assert np.array_equal(made[inside], frame[inside])
    assert (made[(away > 63) & (away < 66)][:, :3] == (0, 0, 255)).all()
    assert np.array_equal(made, outlined(frame, Outline(colour="#0000ff", width=8)))


def test_an_outline_of_what_was_within_the_canvas_is_within_it_too() -> None:
    frame = np.zeros((200, 200, 4), np.uint8)
    frame[2:196, 2:198] = 200  # nearly all of the stage
    for width, height in ((180, 180), (320, 270)):
        (plain,) = place([frame], BODY, width, height)
        assert plain[0, :, 3].max() < 128
        (made,) = place_adjusted([frame], BODY, width, height, [()], Outline(width=9))
        border = np.concatenate([made[0], made[-1], made[:, 0], made[:, -1]])
        assert border[:, 3].max() < 128, "not cut off"
        assert made.shape == (height, width, 4)


def test_a_nudge_moves_scales_and_turns_about_the_middle_of_the_body() -> None:
    frame = disc(at=(100, 114))  # the middle of the body
    (plain,) = place([frame], BODY, 200, 200)
    for nudge, centre, area in (
        (Nudge(x=20, y=-10), (20, -10), 1.0),
        (Nudge(scale=0.5), (0, 0), 0.25),
        (Nudge(angle=90), (0, 0), 1.0),
    ):
        (made,) = place_adjusted([frame], BODY, 200, 200, [(Nudge(), nudge)], Outline())
        before, after = _moments(plain), _moments(made)
        assert after[0] / before[0] == pytest.approx(area, rel=0.02)
        assert (after[1] - before[1], after[2] - before[2]) == pytest.approx(centre, abs=0.6)
    (turned,) = place_adjusted([frame], BODY, 200, 200, [(Nudge(angle=90),)], Outline())
    assert turned[70, 100, 0] < turned[158, 100, 0], "the bright right side is below now"


def _moments(frame: Rgba) -> tuple[float, float, float]:
    weight = frame[..., 3] / 255
    y, x = np.mgrid[: frame.shape[0], : frame.shape[1]]
    return weight.sum(), (weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()


def test_a_recolour_keeps_shading_rims_and_other_colours() -> None:
    frame = disc()
    frame[10:30, 10:30] = (40, 90, 220, 255)  # blue: another part
    frame[40:50, 10:20] = (255, 255, 255, 255)
    made = recoloured(frame, [Recolour(source="#ff8c1e", target="#2f9e44")])
    assert np.array_equal(made[..., 3], frame[..., 3])
    assert np.array_equal(made[10:30, 10:30], frame[10:30, 10:30])
    assert np.array_equal(made[40:50, 10:20], frame[40:50, 10:20])
    row = made[120, 50:150, :3]
    assert (row[:, 1:2] > row[:, [0, 2]]).all(), "green all over"
    lightness = oklab(row)[:, 0]
    assert np.diff(lightness).min() > -0.6
    assert lightness[-1] - lightness[0] > 8, "still darker at the left"
    exact = recoloured(
        np.full((1, 1, 4), (255, 140, 30, 255), np.uint8), [Recolour(source="#ff8c1e", target="#2f9e44")]
    )
    assert np.abs(exact[0, 0, :3].astype(int) - (0x2F, 0x9E, 0x44)).max() <= 4


def test_colours_can_be_swapped() -> None:
    red, blue = "#d02020", "#2040d0"
    pair = np.array([[[0xD0, 0x20, 0x20, 255], [0x20, 0x40, 0xD0, 255]]], np.uint8)
    made = recoloured(pair, [Recolour(source=red, target=blue), Recolour(source=blue, target=red)])
    assert np.abs(made.astype(int) - pair[:, ::-1]).max() <= 5


def test_the_main_colours_of_a_character_are_found() -> None:
    found = main_colours([draw_mascot(256)])
    assert found[0] in ("#ffce38", "#fff7e0") or found[0].startswith("#ff")
    assert 4 <= len(found) <= 8
    assert found == main_colours([draw_mascot(256)])
    assert main_colours([np.zeros((4, 4, 4), np.uint8)]) == []


def test_a_loop_starts_with_the_chosen_frame() -> None:
    clip = ArtifactRef(sha256="ab" * 32, media_type="video/mp4", size=1)
    slots = [Slot(frame=FrameRef(source=clip, index=index), duration_ms=80) for index in range(4)]
    turned = started_at(slots, frame_name(slots[2].frame))
    assert [each.frame.index for each in turned] == [2, 3, 0, 1]
    assert started_at(slots, None) == started_at(slots, "0" * 12 + "-9") == slots


def test_each_state_is_kept_and_a_later_save_is_not_lost(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    job = place_job(store, "auto")
    assert current_adjustments(store, job.id) == SavedAdjustments()
    first = Adjustments(outline=Outline(width=6))
    assert save_adjustments(store, job.id, job.spec, first, base=0, by="Ann").version == 1
    assert save_adjustments(store, job.id, job.spec, first, base=0).by == "Ann", "the same is no conflict"
    second = first.model_copy(update={"recolours": (Recolour(source="#ff0000", target="#00ff00"),)})
    with pytest.raises(AdjustmentConflict, match="Somebody else"):
        save_adjustments(store, job.id, job.spec, second, base=0)
    assert save_adjustments(store, job.id, job.spec, second, base=1).version == 2
    assert saved_adjustments(store, job.id, 1).adjustments == first
    assert saved_adjustments(store, job.id, 0).adjustments == Adjustments()
    with pytest.raises(UnknownName):
        saved_adjustments(store, job.id, 7)
    with pytest.raises(UnknownName, match="jump"):
        save_adjustments(store, job.id, job.spec, Adjustments(stickers={"jump": StickerAdjustment()}))
