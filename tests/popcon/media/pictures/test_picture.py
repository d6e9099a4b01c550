"""Pictures of every kind that is accepted, made on the fly, and everything that is refused."""

import contextlib
import io
import os
import stat
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from popcon.errors import BadPicture
from popcon.media.pictures import picture as picture_module
from popcon.media.pictures.picture import load_picture, read_picture, reduction

ORANGE, BLUE = (240, 150, 40), (30, 60, 200)


def drawing(width: int = 96, height: int = 80) -> Image.Image:
    """Orange with a blue upper left quarter."""
    picture = Image.new("RGB", (width, height), ORANGE)
    picture.paste(BLUE, (0, 0, width // 2, height // 2))
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def refusal(data: bytes, name: str = "fox.png") -> str:
    with pytest.raises(BadPicture) as caught:
        load_picture(data, name)
    sentence = str(caught.value)
    assert sentence.startswith(name)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def assert_shows_drawing(pixels: np.ndarray, tolerance: int = 0) -> None:
    assert pixels.shape == (80, 96, 4)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert np.abs(pixels[10, 10, :3].astype(int) - BLUE).max() <= tolerance
    assert np.abs(pixels[70, 90, :3].astype(int) - ORANGE).max() <= tolerance
    assert (pixels[..., 3] == 255).all()


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 4),
        ("JPEG", {"quality": 90, "progressive": True}, 12),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 12),
        ("GIF", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0),
    ],
)
def test_every_format_opens(kind: str, options: dict[str, object], tolerance: int) -> None:
    assert_shows_drawing(load_picture(saved(drawing(), kind, **options)), tolerance)


def test_a_palette_with_transparency() -> None:
    picture = drawing().quantize(8)
    index = picture.getpixel((10, 10))
    pixels = load_picture(saved(picture, "PNG", transparency=index))
    assert pixels[10, 10, 3] == 0
    assert pixels[70, 90].tolist() == [*ORANGE, 255]
    assert load_picture(saved(picture, "GIF", transparency=index))[10, 10, 3] == 0


def test_a_colour_that_stands_for_transparency() -> None:
    pixels = load_picture(saved(drawing(), "PNG", transparency=BLUE))
    assert pixels[10, 10, 3] == 0
    assert pixels[70, 90, 3] == 255


def test_soft_alpha_is_kept_straight() -> None:
    rgba = np.full((70, 70, 4), (200, 100, 50, 128), np.uint8)
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        assert load_picture(saved(Image.fromarray(rgba), kind, **options))[5, 5].tolist() == [200, 100, 50, 128]


def test_grey_with_and_without_alpha() -> None:
    assert load_picture(saved(Image.new("L", (70, 70), 90), "PNG"))[0, 0].tolist() == [90, 90, 90, 255]
    assert load_picture(saved(Image.new("LA", (70, 70), (90, 60)), "PNG"))[0, 0].tolist() == [90, 90, 90, 60]
    assert load_picture(saved(Image.new("1", (70, 70), 1), "PNG"))[0, 0].tolist() == [255, 255, 255, 255]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey_are_scaled_and_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 70 * 70).reshape(70, 70).astype(np.uint16)
    pixels = load_picture(saved(Image.fromarray(ramp), kind))
    assert np.abs(pixels[..., 0].astype(int) - np.rint(ramp / 257).astype(int)).max() <= 1
    assert pixels[0, 0, 0] == 0
    assert pixels[-1, -1, 0] == 255


def png(colour_type: int, depth: int, row: bytes, width: int = 70, height: int = 70, **extra: bytes) -> bytes:
    """A PNG by hand: kinds that Pillow does not write, and headers that lie."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = extra.get("body", zlib.compress((b"\0" + row) * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("colour_type", "pixel", "expected"),
    [
        (2, (0xF0F0, 0x8080, 0x1010), (0xF0, 0x80, 0x10, 255)),
        (6, (0xF0F0, 0x8080, 0x1010, 0x4040), (0xF0, 0x80, 0x10, 0x40)),
        (4, (0x9090, 0x4040), (0x90, 0x90, 0x90, 0x40)),
        (0, (0x9090,), (0x90, 0x90, 0x90, 255)),
    ],
)
def test_sixteen_bit_png_of_every_colour_type(
    colour_type: int, pixel: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    row = struct.pack(f">{len(pixel)}H", *pixel) * 70
    pixels = load_picture(png(colour_type, 16, row))
    assert np.abs(pixels[3, 3].astype(int) - expected).max() <= 1


def test_floating_point_and_wide_integers() -> None:
    unit = Image.fromarray(np.full((70, 70), 0.5, np.float32))
    assert load_picture(saved(unit, "TIFF"))[0, 0, 0] in (127, 128)
    wide = np.zeros((70, 70), np.int32)
    wide[:, 35:] = 1_000_000
    assert set(np.unique(load_picture(saved(Image.fromarray(wide), "TIFF"))[..., 0])) == {0, 255}


def test_print_colours() -> None:
    cmyk = Image.new("CMYK", (70, 70), (0, 255, 255, 0))
    for kind in ("JPEG", "TIFF"):
        red, green, blue, alpha = load_picture(saved(cmyk, kind))[30, 30].tolist()
        assert (red > 240, green < 15, blue < 15, alpha) == (True, True, True, 255)


def test_lab_tiff() -> None:
    lab = Image.new("LAB", (70, 70), (136, 208, 195))  # about pure red
    red, green, blue, _ = load_picture(saved(lab, "TIFF"))[0, 0].tolist()
    assert red > 180
    assert max(green, blue) < 90


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_turned_by_exif(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = load_picture(saved(drawing(), kind, exif=exif))
    corner = {3: (-10, -10), 6: (10, -10), 8: (-10, 10)}[orientation]
    assert pixels.shape[:2] == ((80, 96) if orientation == 3 else (96, 80))
    assert np.abs(pixels[corner][:3].astype(int) - BLUE).max() < 25


def test_damaged_exif_turns_nothing() -> None:
    assert_shows_drawing(load_picture(saved(drawing(), "JPEG", quality=95, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")), 20)


def test_an_icc_profile_is_applied_and_a_damaged_one_is_not() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert_shows_drawing(load_picture(saved(drawing(), "PNG", icc_profile=srgb)))
    assert_shows_drawing(load_picture(saved(drawing(), "PNG", icc_profile=b"not a profile at all" * 20)))
    assert_shows_drawing(load_picture(saved(drawing(), "PNG", icc_profile=srgb[:200])))
    # A profile whose red and blue primaries are exchanged: what the numbers call blue is red.
    exchanged = srgb.replace(b"rXYZ", b"tmpX", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmpX", b"bXYZ", 1)
    exchanged = exchanged.replace("sRGB".encode("utf-16-be"), "eRGB".encode("utf-16-be"))
    for kind in ("PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        pixels = load_picture(saved(drawing(), kind, icc_profile=exchanged, **options))
        assert np.abs(pixels[10, 10, :3].astype(int) - BLUE[::-1]).max() <= 2
        assert np.abs(pixels[70, 90, :3].astype(int) - ORANGE[::-1]).max() <= 2
    soft = drawing().convert("RGBA")
    soft.putalpha(77)
    assert load_picture(saved(soft, "PNG", icc_profile=exchanged))[10, 10, 3] == 77
    grey = Image.new("L", (70, 70), 90)
    assert load_picture(saved(grey, "PNG", icc_profile=srgb))[0, 0].tolist() == [90, 90, 90, 255]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_of_an_animation(kind: str) -> None:
    rest = [Image.new("RGB", (96, 80), "white")] * 2
    options = {"lossless": True} if kind == "WEBP" else {}
    assert_shows_drawing(load_picture(saved(drawing(), kind, save_all=True, append_images=rest, **options)))


# What is refused


def test_empty_and_not_a_picture() -> None:
    assert "is empty" in refusal(b"")
    for data in (b"\0" * 500, b"hello, this is text", b"%PDF-1.7 ...", b"PK\x03\x04" + b"x" * 300):
        assert "PNG, JPEG, WebP, GIF, BMP or TIFF" in refusal(data)


def test_only_the_formats_that_are_named_are_opened() -> None:
    for kind in ("PPM", "ICO", "TGA", "PCX", "JPEG2000", "EPS"):
        data = saved(drawing(), kind)
        assert "is not a picture that can be opened" in refusal(data)
    assert "not a picture" in refusal(b"<svg xmlns='http://www.w3.org/2000/svg'/>")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated(kind: str, share: float) -> None:
    random = np.random.default_rng(1).integers(0, 255, (90, 90, 3), np.uint8)
    data = saved(Image.fromarray(random), kind)
    sentence = refusal(data[: int(len(data) * share)])
    assert "ends early" in sentence or "damaged" in sentence or "not a picture" in sentence


def test_too_small() -> None:
    assert "63x200" in refusal(saved(Image.new("RGB", (63, 200)), "PNG"))
    assert "64 px" in refusal(saved(Image.new("RGB", (63, 200)), "PNG"))
    assert load_picture(saved(Image.new("RGB", (64, 64)), "PNG")).shape == (64, 64, 4)


def test_fully_transparent() -> None:
    assert "fully transparent" in refusal(saved(Image.new("RGBA", (90, 90), (255, 0, 0, 0)), "PNG"))


def test_too_many_bytes_are_refused_unread(tmp_path: Path) -> None:
    assert "31 MB" in refusal(b"\x89PNG" + b"\0" * 31_000_000)
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(40_000_000_000)
    with pytest.raises(BadPicture, match="30 MB"):
        read_picture(large)


def test_too_many_pixels_are_refused_before_decoding() -> None:
    declared = png(2, 8, b"", width=10_000, height=5_001, body=b"nothing was decoded")
    assert "50 megapixels" in refusal(declared)
    assert "10000x5001" in refusal(declared)
    assert "50 megapixels" in refusal(png(2, 8, b"", width=60_000, height=60_000, body=b""))


def test_a_header_that_lies_is_no_bomb() -> None:
    data = png(2, 8, b"", width=70, height=70, body=zlib.compress(bytes(60_000_000), 9))
    assert load_picture(data).shape == (70, 70, 4)
    gif = bytearray(saved(drawing().quantize(4), "GIF"))
    at = gif.index(b"\x2c")
    gif[at + 5 : at + 9] = struct.pack("<HH", 65535, 65535)
    refusal(bytes(gif))


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = tmp_path / "fox.png"
    good.write_bytes(saved(drawing(), "PNG"))
    assert_shows_drawing(read_picture(good))
    with pytest.raises(BadPicture, match=r"no picture at .*missing\.png"):
        read_picture(tmp_path / "missing.png")
    with pytest.raises(BadPicture, match=r"no picture at .*fox\.png/inside"):
        read_picture(good / "inside")
    with pytest.raises(BadPicture, match="is a folder"):
        read_picture(tmp_path)
    with pytest.raises(BadPicture, match="cannot be read"):
        read_picture(Path("fo\0x.png"))
    with pytest.raises(BadPicture, match="cannot be read"):
        read_picture(tmp_path / ("x" * 5000))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadPicture, match="is not a file"):
        read_picture(tmp_path / "pipe")

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(BadPicture, match=r"fox\.png cannot be read \(Permission denied\)"):
        read_picture(good)
    assert stat.S_ISREG(good.stat().st_mode)


# Mutilated files

SEEDS = [
    saved(drawing(), "PNG"),
    saved(drawing().quantize(8), "PNG", transparency=0),
    saved(drawing(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
    saved(drawing().convert("CMYK"), "JPEG"),
    saved(drawing(), "WEBP"),
    saved(drawing(), "GIF", save_all=True, append_images=[Image.new("RGB", (96, 80))]),
    saved(drawing(), "BMP"),
    saved(drawing(), "TIFF", compression="tiff_lzw"),
    saved(Image.fromarray(np.full((70, 70), 0.5, np.float32)), "TIFF"),
]


@settings(max_examples=300, deadline=4000, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
    st.floats(0, 1),
    st.booleans(),
)
def test_mutilated_pictures_open_or_are_refused(
    data: bytes, flips: list[tuple[float, int]], length: float, cut: bool
) -> None:
    broken = bytearray(data)
    for where, value in flips:
        # Headers are where the harm is: half of all flips go to the first hundred bytes.
        at = int(where * 200) if where < 0.5 else int(where * (len(broken) - 1))
        broken[min(at, len(broken) - 1)] = value
    if cut:
        broken = broken[: int(len(broken) * length)]
    with contextlib.suppress(BadPicture):
        pixels = load_picture(bytes(broken))
        assert pixels.ndim == 3
        assert pixels.shape[2] == 4
        assert pixels.dtype == np.uint8
        assert pixels[..., 3].any()


def noisy(width: int, height: int, mode: str) -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = np.random.default_rng(1).integers(0, 256, (height, width, channels), np.uint8)
    return Image.fromarray(values.squeeze(), None if channels == 1 else mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "F", "I;16"])
def test_reducing_while_loading_gives_the_pixels_of_reducing_afterwards(mode: str) -> None:
    if mode in ("F", "I;16"):
        values = np.random.default_rng(1).random((1100, 1501)) * (1 if mode == "F" else 65535)
        picture = Image.fromarray(values.astype(np.float32 if mode == "F" else np.uint16))
    else:
        picture = noisy(1501, 1100, "RGB").quantize(64) if mode == "P" else noisy(1501, 1100, mode)
    data = saved(picture, "TIFF" if mode == "F" else "PNG")
    whole = load_picture(data)
    assert reduction(data, 400) == 3
    assert np.array_equal(load_picture(data, enough_px=400), np.asarray(Image.fromarray(whole).reduce(3)))
    assert reduction(data, 800) == 1
    assert np.array_equal(load_picture(data, enough_px=800), whole)


def test_a_turned_picture_is_reduced_after_it_was_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(noisy(1000, 701, "RGB"), "PNG", exif=exif)
    whole = load_picture(data)
    assert whole.shape == (1000, 701, 4)
    assert np.array_equal(load_picture(data, enough_px=300), np.asarray(Image.fromarray(whole).reduce(3)))


def test_jpeg_decodes_at_a_coarser_scale_where_that_is_enough() -> None:
    data = saved(drawing(3000, 2400), "JPEG", quality=95)
    pixels = load_picture(data, enough_px=300, draft=True)
    assert pixels.shape == (300, 375, 4)
    assert np.abs(pixels[20, 20, :3].astype(int) - BLUE).max() < 6
    with pytest.raises(BadPicture, match="ends early"):
        load_picture(data[: len(data) // 2], enough_px=300, draft=True)


def test_a_small_file_that_claims_a_huge_picture_is_refused_before_it_is_decoded() -> None:
    data = saved(Image.new("RGB", (7000, 7000), ORANGE), "WEBP", lossless=True)
    assert len(data) < 5000
    assert "7000x7000" in refusal(data)
    assert load_picture(saved(Image.new("RGB", (2000, 2000), ORANGE), "WEBP", lossless=True)).shape == (2000, 2000, 4)


def test_large_pictures_are_decoded_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = 0, 0
    lock, convert = threading.Lock(), picture_module.to_rgba

    def watched(picture: Image.Image, shrink: int) -> np.ndarray:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.1)
        try:
            return convert(picture, shrink)
        finally:
            with lock:
                now -= 1

    monkeypatch.setattr(picture_module, "to_rgba", watched)
    for side, at_once in ((3000, 1), (200, 2)):
        most, data = 0, saved(noisy(side, side, "L"), "PNG", compress_level=0)
        threads = [threading.Thread(target=load_picture, args=(data,)) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert most == at_once


def test_four_float_pictures_at_once_take_little_more_than_one() -> None:
    """Four parallel TIFFs of 50 megapixels in float took 6 GB."""
    script = """
import io, resource, threading
import numpy as np
from PIL import Image
from popcon.media.pictures.picture import load_picture
file = io.BytesIO()
Image.fromarray(np.zeros((7000, 7000), np.float32)).save(file, "TIFF", compression="tiff_adobe_deflate")
data = file.getvalue()
del file
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
threads = [threading.Thread(target=load_picture, args=(data,), kwargs={"enough_px": 512}) for _ in range(4)]
[each.start() for each in threads]
[each.join() for each in threads]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert int(done.stdout) < 1000 * 1024
