"""The platforms' limits are written down twice, apart from each other: here the two are compared."""

import pytest

from popcon.check.rulebooks import RULEBOOKS
from popcon.platforms.table import PLATFORMS


def test_the_same_platforms() -> None:
    assert list(RULEBOOKS) == list(PLATFORMS)


@pytest.mark.parametrize("name", RULEBOOKS)
def test_the_same_stills(name: str) -> None:
    book, table = RULEBOOKS[name], PLATFORMS[name]
    assert (book.still is None) == (table.still is None)
    assert (book.pack.stills.value if book.pack.stills else None) == (table.still.count if table.still else None)
    assert (book.sticker.white is None) == (table.background is None)
    if book.still is not None and table.still is not None:
        still = table.as_still()
        assert (book.still.bytes_max.value if book.still.bytes_max else None) == still.max_bytes
        assert book.still.canvas is not None
        for size in ((360, 360), (370, 320), (369, 320), (371, 320), (512, 512)):
            assert book.still.canvas.value.accepts(*size) == still.canvas.accepts(*size)


@pytest.mark.parametrize("name", RULEBOOKS)
def test_the_same_canvas(name: str) -> None:
    ours, table = RULEBOOKS[name].sticker.canvas, PLATFORMS[name].canvas
    edges = [
        1,
        28,
        56,
        63,
        64,
        95,
        96,
        99,
        100,
        101,
        127,
        128,
        179,
        180,
        181,
        269,
        270,
        271,
        300,
        319,
        320,
        321,
        360,
        370,
        480,
        500,
        408,
        511,
        512,
        618,
    ]
    for width in edges:
        for height in edges:
            mine = ours is None or ours.value.accepts(width, height)
            assert mine == table.accepts(width, height), (width, height)


@pytest.mark.parametrize("name", RULEBOOKS)
def test_the_same_sticker_limits(name: str) -> None:
    ours, table = RULEBOOKS[name].sticker, PLATFORMS[name]
    timing = table.timing
    assert set(ours.formats.value) == set(table.formats)
    assert (ours.bytes_max.value if ours.bytes_max else None) == table.max_bytes
    assert (ours.frames.value.high if ours.frames else None) == timing.max_frames
    assert max(1, ours.frames.value.low if ours.frames else 1) == timing.min_frames
    assert (ours.play_ms_max.value if ours.play_ms_max else None) == timing.max_play_ms
    assert (ours.total_ms_max.value if ours.total_ms_max else None) == timing.max_total_ms
    assert (ours.whole_seconds is not None) == timing.whole_seconds
    assert (ours.plays.value.high or None if ours.plays else None) == timing.max_loops
    assert (ours.frame_ms_min.value if ours.frame_ms_min else 1) == timing.min_frame_ms
    assert (ours.fps_max.value if ours.fps_max else None) == timing.max_fps
    assert (ours.truecolour is None) == table.indexed
    assert (ours.ends_on_first is not None) == table.ends_on_first
    assert (ours.still_first is not None) == table.still_first


@pytest.mark.parametrize("name", RULEBOOKS)
def test_what_the_table_demands_the_check_fails(name: str) -> None:
    ours, table = RULEBOOKS[name].sticker, PLATFORMS[name]
    if table.needs_alpha:
        assert ours.alpha is not None
        assert ours.alpha.level == "fail"
    if table.must_move:
        assert ours.moving is not None
        assert ours.moving.level == "fail"


@pytest.mark.parametrize("name", RULEBOOKS)
def test_the_same_pack_limits(name: str) -> None:
    ours, table = RULEBOOKS[name].pack, PLATFORMS[name].pack
    for count in (1, 2, 3, 7, 8, 9, 16, 20, 23, 24, 25, 30, 31, 40, 41, 50, 120, 121, 200, 201):
        assert ours.count.value.accepts(count) == table.accepts_count(count), count
    assert (ours.zip_bytes_max.value if ours.zip_bytes_max else None) == table.max_zip_bytes
    required = {(c.width, c.height, c.opaque, bool(c.each)) for c in ours.covers if c.required}
    assert required == {(c.width, c.height, c.opaque, c.each) for c in table.covers if c.required}
    for cover in table.covers:
        mine = next(each for each in ours.covers if each.matches(cover.name.format(number=1)))
        assert cover.format in mine.formats
        if cover.max_bytes is not None:
            assert mine.bytes_max == cover.max_bytes
    if table.manifest:
        assert ours.manifest is not None
        assert ours.manifest.value == table.manifest
    if ours.tags is not None:
        assert (ours.tags.value.low, ours.tags.value.high) == (table.min_tags, table.max_tags)


def test_the_same_sources() -> None:
    for name, book in RULEBOOKS.items():
        table = PLATFORMS[name]
        if book.sticker.canvas is not None:
            assert book.sticker.canvas.source.kind == table.source("canvas"), name
        if book.sticker.bytes_max is not None:
            assert book.sticker.bytes_max.source.kind == table.source("bytes"), name
