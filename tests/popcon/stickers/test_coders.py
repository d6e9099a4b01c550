"""What is written is what is read, by programs that are not ours."""

import hashlib
import struct
import zlib
from itertools import pairwise

import numpy as np
import pytest

from popcon.pixels import Rgba
from popcon.stickers import apng, gif, webm, webp
from popcon.stickers.decode import decode
from popcon.stickers.palette import apply_palette, colours_of, make_palette, palette_error, steady
from popcon.stickers.pixels import fill_transparent, in_steps
from tests.popcon.stickers.sticker_makers import ball


def blinking(count: int = 6) -> list[Rgba]:
    """A still body with an eye that opens: small regions, blending over, and something that vanishes."""
    frames = ball(64, 1) * count
    frames = [frame.copy() for frame in frames]
    for k, frame in enumerate(frames):
        frame[20:26, 10 : 10 + 4 * (k % 3)] = (10, 200, 90, 255)
    return frames


def chunk_names(data: bytes) -> list[bytes]:
    return [kind for kind, _ in apng.chunks(data)]


@pytest.mark.parametrize("source", ["rolling", "blinking"])
@pytest.mark.parametrize("colours", [2, 4, 16, 256])
def test_indexed_apng_shows_exactly_its_numbers(source: str, colours: int) -> None:
    frames = ball(64, 6) if source == "rolling" else blinking()
    found = colours_of(frames)
    palette = make_palette(found, colours)
    assert len(palette) <= colours
    numbers = apply_palette(found, palette)
    data = apng.encode_indexed(numbers, palette, [100] * 6, 2)
    for shown, wanted in zip(decode(data, "apng"), numbers, strict=True):
        assert np.array_equal(shown, palette[wanted])


@pytest.mark.parametrize("best", [True, False])
def test_truecolour_apng_loses_nothing(best: bool) -> None:
    for frames in (ball(64, 6), blinking()):
        shown = decode(apng.encode_truecolour(frames, [100] * 6, 0, best=best), "apng")
        assert all(np.array_equal(a, b) for a, b in zip(shown, frames, strict=True))


def test_flattened_apng_is_truecolour() -> None:
    found = colours_of(frames := ball(64, 5))
    palette = make_palette(found, 16)
    numbers = apply_palette(found, palette)
    data = apng.encode_flattened(numbers, palette, [100] * 5, 0)
    assert data[25] == 6
    assert all(np.array_equal(a, palette[b]) for a, b in zip(decode(data, "apng"), numbers, strict=True))
    assert len(frames) == 5


def test_apng_chunks_are_in_order_and_sound() -> None:
    data = apng.encode_truecolour(ball(48, 5), [7, 200, 200, 200, 393], 3)
    names = chunk_names(data)
    assert names[:3] == [b"IHDR", b"acTL", b"fcTL"]
    assert names.index(b"fcTL") < names.index(b"IDAT"), "a first frame that is hidden fails upload"
    content = dict(apng.chunks(data))
    assert struct.unpack(">II", content[b"acTL"]) == (5, 3)
    delays = [struct.unpack(">HH", body[20:24]) for kind, body in apng.chunks(data) if kind == b"fcTL"]
    assert delays == [(7, 1000), (200, 1000), (200, 1000), (200, 1000), (393, 1000)]
    numbers = [struct.unpack(">I", body[:4])[0] for kind, body in apng.chunks(data) if kind in (b"fcTL", b"fdAT")]
    assert numbers == list(range(9))
    at = 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        assert zlib.crc32(data[at + 4 : at + 8 + length]) == struct.unpack_from(">I", data, at + 8 + length)[0]
        at += 12 + length


def test_what_stands_still_costs_next_to_nothing() -> None:
    frame = ball(128, 1)[0]
    once = len(apng.encode_truecolour([frame, frame], [100, 100], 0))
    often = len(apng.encode_truecolour([frame] * 12, [100] * 12, 0))
    assert often - once < 12 * 100


@pytest.mark.parametrize("shared", [True, False])
def test_gif_shows_exactly_its_pixels(shared: bool) -> None:
    for frames in (ball(64, 6), blinking()):
        hard = [gif.harden(frame, None) for frame in frames]
        if shared:
            found = colours_of(hard)
            palette = make_palette(found, 32)
            wanted = [palette[n] for n in apply_palette(found, palette)]
        else:
            wanted = gif.reduce_colours(hard, 64)
        data = gif.encode(wanted, [83, 83, 84, 83, 83, 84], 0, shared)
        shown = decode(data, "gif")
        assert all(np.array_equal(a, b) for a, b in zip(shown, wanted, strict=True))


def test_gif_times_add_up_and_never_run_too_fast() -> None:
    assert sum(gif.centiseconds([83, 83, 84] * 8)) == 200
    assert gif.centiseconds([1, 1]) == [2, 2]


def test_gif_rims_keep_their_colour_or_take_the_matte() -> None:
    frame = np.zeros((4, 4, 4), np.uint8)
    frame[1] = (200, 0, 0, 128)
    frame[2] = (200, 0, 0, 60)
    assert gif.harden(frame, None)[1, 0].tolist() == [200, 0, 0, 255]
    assert gif.harden(frame, "#ffffff")[1, 0].tolist() == [227, 127, 127, 255]
    assert not gif.harden(frame, "#ffffff")[2].any()


def test_webp_lossless_shows_exactly_its_frames() -> None:
    for frames in (ball(64, 5), blinking(5)):
        coded = webp.Stills(frames)
        stills = [(coded.parts[i], coded.still(i, 0)) for i in range(5)]
        data = webp.assemble((64, 64), stills, [100] * 5, 0)
        assert len(data) == webp.OVERHEAD + sum(webp.OVERHEAD_PER_FRAME + len(chunks) for _, chunks in stills)
        shown = decode(data, "webp")
        for a, b in zip(shown, frames, strict=True):
            assert np.array_equal(a[..., 3], b[..., 3])
            assert np.array_equal(a[b[..., 3] > 0], b[b[..., 3] > 0])
        assert all(part.x % 2 == 0 and part.y % 2 == 0 for part in coded.parts)


@pytest.mark.parametrize("side", [100, 97, 128])
def test_webm_keeps_alpha_and_times(side: int) -> None:
    frames = ball(side if side % 2 == 0 else side + 1, 6)
    data = webm.encode([fill_transparent(frame) for frame in frames], [83, 83, 84, 83, 83, 84], 10)
    shown, starts = webm.decode(data)
    assert starts == [0, 83, 166, 250, 333, 416]
    for a, b in zip(shown, frames, strict=True):
        assert np.abs(a[..., 3].astype(int) - b[..., 3]).mean() < 1.5
        solid = b[..., 3] == 255
        assert np.abs(a[solid].astype(int) - b[solid]).mean() < 6
    assert data == webm.encode([fill_transparent(frame) for frame in frames], [83, 83, 84, 83, 83, 84], 10)


def test_a_palette_spends_its_entries_on_what_shows() -> None:
    frames = ball(96, 4)
    found = colours_of(frames)
    errors = [palette_error(found, make_palette(found, size)) for size in (4, 16, 64, 256)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01
    palette = make_palette(found, 64)
    assert palette[0].tolist() == [0, 0, 0, 0]
    assert (np.diff(palette[:, 3].astype(int)) >= 0).all(), "entries with alpha come first: tRNS is short"


def test_few_colours_are_kept_exactly() -> None:
    frame = np.zeros((9, 9, 4), np.uint8)
    frame[:3] = (1, 2, 3, 255)
    frame[3:6] = (250, 128, 7, 255)
    found = colours_of([frame])
    palette = make_palette(found, 256)
    assert len(palette) == 3
    assert np.array_equal(palette[apply_palette(found, palette)[0]], frame)


def test_noise_in_what_stands_still_is_held() -> None:
    random = np.random.default_rng(2)
    flat = np.full((40, 40, 4), 255, np.uint8)
    frames = []
    for _ in range(5):
        frame = flat.copy()
        frame[..., :3] = np.clip(150 + np.arange(40)[:, None, None] + random.integers(-2, 3, (40, 40, 1)), 0, 255)
        frames.append(frame)
    found = colours_of(frames)
    palette = make_palette(found, 24)
    nearest = apply_palette(found, palette)
    held = steady(found, palette, nearest, 0.02)
    flicker = [sum(int((a != b).sum()) for a, b in pairwise(run)) for run in (nearest, held)]
    assert flicker[1] < 0.1 * flicker[0]


def test_filling_changes_nothing_that_shows() -> None:
    frame = ball(64, 1)[0]
    filled = fill_transparent(frame)
    assert np.array_equal(filled[..., 3], frame[..., 3])
    assert np.array_equal(filled[frame[..., 3] > 30], frame[frame[..., 3] > 30])
    beside = filled[30, 50]
    assert beside[:3].max() > 40, "transparent pixels take the colour of the ball beside them"
    assert not fill_transparent(np.zeros((5, 7, 4), np.uint8)).any()


def test_steps_keep_the_opaque_opaque() -> None:
    frame = ball(64, 1)[0]
    coarse = in_steps(frame, 7)
    assert np.array_equal(coarse[..., 3] == 255, frame[..., 3] == 255)
    solid = frame[..., 3] == 255
    assert np.abs(coarse[solid].astype(int) - frame[solid]).max() <= 4


def test_bytes_do_not_change_unnoticed() -> None:
    """A golden digest of what our own coder decides: regions, operations, times, order. Streams are unpacked first,
    because another zlib may pack them differently."""
    frames = []
    for k in range(5):
        frame = np.zeros((32, 32, 4), np.uint8)
        frame[8:28, 4:24] = (240, 160, 80, 255)
        frame[2 + 3 * k : 10 + 3 * k, 20:30] = (40, 90, 200, 255)
        frame[28:30, 4:24] = (0, 0, 0, 90)
        frames.append(frame)
    found = colours_of(frames)
    palette = make_palette(found, 256)
    data = apng.encode_indexed(apply_palette(found, palette), palette, [200] * 5, 4)
    digest = hashlib.sha256()
    for kind, content in apng.chunks(data):
        packed = {b"IDAT": content, b"fdAT": content[4:]}.get(kind)
        digest.update(kind + (content if packed is None else zlib.decompress(packed)))
    assert digest.hexdigest()[:16] == "8b77bfb92a94edf8"


def test_a_gif_shows_wide_softness_as_a_pattern_and_keeps_rims_hard() -> None:
    frame = np.zeros((40, 60, 4), np.uint8)
    frame[..., :3] = (200, 40, 40)
    frame[8:32, 4:24, 3] = 255
    frame[8:32, 24:26, 3] = (170, 60)
    frame[8:32, 34:54, 3] = 128
    hard, dithered = gif.harden(frame, None), gif.harden(frame, None, dithered=True)
    assert np.array_equal(hard[:, :30], dithered[:, :30]), "a rim of 2 px"
    assert (hard[8:32, 34:54, 3] == 255).all()
    share = (dithered[8:32, 34:54, 3] == 255).mean()
    assert share == pytest.approx(0.5, abs=0.07), "as many pixels as the alpha says"
    assert set(np.unique(dithered[..., 3])) == {0, 255}
    assert np.array_equal(dithered, gif.harden(frame, None, dithered=True))
