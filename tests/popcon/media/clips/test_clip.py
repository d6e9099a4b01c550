"""Clips: there and back in true colours, every container, every limit, and mutilated files."""

import contextlib
import io
import os
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from popcon.errors import BadClip
from popcon.media.clips import clip
from popcon.media.clips.clip import encode_mp4, frames, frames_at, probe, rgba_frames
from popcon.pixels import Rgb


def moving(count: int, side: int = 96, backdrop: tuple[int, int, int] = (0, 212, 90)) -> list[Rgb]:
    """A drawn face that moves to the right."""
    made = []
    for at in range(count):
        picture = np.full((side, side, 3), backdrop, np.uint8)
        centre = (side // 3 + at * side // (3 * count), side // 2)
        cv2.circle(picture, centre, side // 4, (250, 170, 60), -1, cv2.LINE_AA)
        cv2.circle(picture, centre, side // 4, (40, 30, 30), 2, cv2.LINE_AA)
        made.append(picture)
    return made


def psnr(first: Rgb, second: Rgb) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, float(np.mean((first.astype(float) - second) ** 2)))))


def coded(
    pictures: list[Rgb],
    container: str = "mp4",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: list[int] | None = None,
    rate: int = 25,
    options: dict[str, str] | None = None,
    **codec_settings: int,
) -> bytes:
    """Encode with anything that ffmpeg has; `times` are pts in milliseconds."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        for name, value in codec_settings.items():
            setattr(stream.codec_context, name, value)
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        for at, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgba" if picture.shape[2] == 4 else "rgb24")
            if codec_settings.get("colorspace") == 1:
                frame = frame.reformat(format=pixels, dst_colorspace=1, src_color_range=2, dst_color_range=1)
            frame.pts = times[at] if times else at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def animated(kind: str, pictures: list[Image.Image], durations: list[int]) -> bytes:
    file = io.BytesIO()
    options = {"lossless": True} if kind == "WEBP" else {}
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **options)
    return file.getvalue()


def refusal(source: bytes | Path) -> str:
    sentences = []
    for read in (probe, lambda it: list(frames(it)), lambda it: frames_at(it, [0])):
        with pytest.raises(BadClip) as caught:
            read(source)
        sentences.append(str(caught.value))
    assert sentences[0].endswith(".")
    assert "\n" not in sentences[0]
    return sentences[0]


CLIP = encode_mp4(moving(20), 24)


# There and back


def test_a_clip_comes_back_as_it_went() -> None:
    pictures = moving(24, side=160)
    data = encode_mp4(iter(pictures), 24)
    info = probe(data)
    assert (info.width, info.height, info.fps, info.frames) == (160, 160, 24.0, 24)
    assert info.duration_s == pytest.approx(1.0)
    assert not info.has_alpha
    back = list(frames(data))
    assert len(back) == 24
    assert all(frame.shape == (160, 160, 3) and frame.dtype == np.uint8 and frame.flags.c_contiguous for frame in back)
    assert min(psnr(a, b) for a, b in zip(pictures, back, strict=True)) > 31


@pytest.mark.parametrize(
    "colour", [(0, 212, 90), (240, 32, 240), (255, 255, 255), (0, 0, 0), (12, 50, 240), (250, 220, 10)]
)
@pytest.mark.parametrize("crf", [10, 16, 23])
def test_flat_colours_are_exact_to_two_levels(colour: tuple[int, int, int], crf: int) -> None:
    back = list(frames(encode_mp4([np.full((64, 64, 3), colour, np.uint8)] * 3, 10, crf)))
    assert np.abs(np.stack(back).astype(int) - colour).max() <= 2


def test_the_bytes_depend_on_the_frames_alone() -> None:
    for side in (96, 160):
        pictures = moving(20, side)
        # What the allocator hands out differs from run to run, and must not show.
        assert len({(encode_mp4(pictures, 24), os.urandom(1 + 40_000 * run))[0] for run in range(12)}) == 1
    assert encode_mp4(moving(20), 24) == CLIP
    assert encode_mp4(moving(20), 25) != CLIP
    for signature in (b"x264", b"Lavf", b"Lavc"):
        assert signature not in CLIP


def test_the_index_is_in_front_and_colours_are_tagged() -> None:
    assert CLIP.index(b"moov") < CLIP.index(b"mdat")
    with av.open(io.BytesIO(CLIP)) as file:
        codec = file.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
        assert (codec.colorspace, codec.color_range, codec.color_primaries, codec.color_trc) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("pictures", "fps", "says"),
    [
        ([], 24, "at least one frame"),
        ([np.zeros((64, 63, 3), np.uint8)], 24, "even sides"),
        ([np.zeros((64, 64, 3), np.uint8), np.zeros((64, 66, 3), np.uint8)], 24, "frame 1 is"),
        ([np.zeros((64, 64, 4), np.uint8)], 24, "frame 0 is"),
        ([np.zeros((64, 64, 3), np.uint8)], 0, "not 0"),
    ],
)
def test_what_cannot_be_encoded_is_said(pictures: list[Rgb], fps: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        encode_mp4(pictures, fps)


# Reading


def test_frames_by_number() -> None:
    whole = list(frames(CLIP))
    back = frames_at(CLIP, [19, 0, 7, 7])
    for picture, number in zip(back, [19, 0, 7, 7], strict=True):
        assert np.array_equal(picture, whole[number])
    assert frames_at(CLIP, []) == []
    with pytest.raises(BadClip, match=r"no frame 20; it has 20"):
        frames_at(CLIP, [3, 20])
    with pytest.raises(BadClip, match="no frame -1"):
        frames_at(CLIP, [-1])


def test_a_slice_of_frames() -> None:
    whole = list(frames(CLIP))
    part = list(frames(CLIP, start=5, stop=9))
    assert len(part) == 4
    assert all(np.array_equal(a, b) for a, b in zip(part, whole[5:9], strict=True))
    assert len(list(frames(CLIP, start=18))) == 2


def test_a_path_reads_as_its_bytes_do(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CLIP)
    assert probe(path) == probe(CLIP)
    assert np.array_equal(frames_at(path, [4])[0], frames_at(CLIP, [4])[0])


def test_reading_is_streaming() -> None:
    reader = frames(CLIP)
    assert isinstance(reader, Iterator)
    assert next(reader).shape == (96, 96, 3)
    reader.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("container", "codec", "pixels"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("mp4", "libx264", "yuv444p"),
        ("mov", "libx264", "yuvj420p"),
        ("matroska", "libx264", "yuv420p10le"),
        ("webm", "libvpx-vp9", "yuv420p"),
        ("webm", "libvpx", "yuv420p"),
        ("avi", "mpeg4", "yuv420p"),
        ("avi", "rawvideo", "bgr24"),
        ("mov", "png", "rgb24"),
        ("mov", "qtrle", "rgb24"),
    ],
)
def test_containers_and_codecs(container: str, codec: str, pixels: str) -> None:
    pictures = moving(8)
    options = {"crf": "10", "b": "2M"} if codec.startswith("lib") else {"b": "2M"}
    data = coded(pictures, container, codec, pixels, options=options)
    info = probe(data)
    assert (info.width, info.height, info.frames) == (96, 96, 8)
    assert info.fps == pytest.approx(25, abs=0.05)
    back = list(frames(data))
    assert len(back) == 8
    assert psnr(pictures[5], back[5]) > 27
    assert np.abs(back[0][5, 90].astype(int) - (0, 212, 90)).max() <= 8


def test_untagged_small_clips_are_bt601_and_tagged_ones_as_tagged() -> None:
    # swscale's own conversion, untagged, is BT.601: read as BT.709, green would come back over ten levels off.
    flat = [np.full((64, 64, 3), (0, 212, 90), np.uint8)] * 2
    for data in (coded(flat, options={"crf": "5"}), coded(flat, options={"crf": "5"}, colorspace=1, color_range=1)):
        assert np.abs(frames_at(data, [1])[0].astype(int) - (0, 212, 90)).max() <= 3


def test_rotation_is_undone() -> None:
    pictures = [np.full((64, 96, 3), 255, np.uint8) for _ in range(3)]
    for picture in pictures:
        picture[:20, :20] = (200, 0, 0)
    plain = encode_mp4(pictures, 10)
    turned = bytearray(plain)
    # The matrix in the track header (ISO/IEC 14496-12, 8.3.2): a quarter turn clockwise when played.
    identity = b"\0\1\0\0" + bytes(12) + b"\0\1\0\0" + bytes(12) + b"\x40\0\0\0"
    quarter = bytes(4) + b"\0\1\0\0" + bytes(4) + b"\xff\xff\0\0" + bytes(16) + b"\x40\0\0\0"
    at = turned.index(identity, turned.index(b"tkhd"))
    turned[at : at + 36] = quarter
    assert probe(plain).width == 96
    info = probe(bytes(turned))
    assert (info.width, info.height) == (64, 96)
    picture = frames_at(bytes(turned), [0])[0]
    assert picture.shape == (96, 64, 3)
    assert picture[5, 60, 1] < 60, "what was at the upper left is at the upper right"
    assert picture[5, 5, 1] > 200


def test_frames_of_varying_length_are_repeated() -> None:
    pictures = moving(5)
    data = coded(pictures, "matroska", times=[0, 40, 80, 280, 320], options={"crf": "10", "bf": "0"})
    info = probe(data)
    assert info.resampled
    assert info.fps == pytest.approx(25)
    back = list(frames(data))
    assert len(back) == info.frames == 9
    shown = [max(range(5), key=lambda at, frame=frame: psnr(pictures[at], frame)) for frame in back]  # type: ignore[misc]
    assert shown == [0, 1, 2, 2, 2, 2, 2, 3, 4]
    assert np.array_equal(frames_at(data, [6])[0], back[6])


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animated_pictures_are_clips(kind: str) -> None:
    pictures = [Image.fromarray(picture) for picture in moving(5)]
    data = animated(kind, pictures, [100, 100, 300, 100, 100])
    info = probe(data)
    assert (info.width, info.height, info.fps, info.frames) == (96, 96, 10.0, 7)
    back = list(frames(data))
    assert len(back) == 7
    assert np.array_equal(back[2], back[4])
    assert np.abs(back[0][2, 2].astype(int) - (0, 212, 90)).max() <= 6


def test_browsers_tenth_of_a_second_for_gifs_without_times() -> None:
    data = animated("GIF", [Image.fromarray(picture) for picture in moving(5)], [0] * 5)
    assert probe(data).fps == 10.0


@pytest.mark.parametrize(
    ("container", "codec", "pixels"), [("webm", "libvpx-vp9", "yuva420p"), ("mov", "qtrle", "argb")]
)
def test_alpha_is_read_and_can_be_laid_over_a_colour(container: str, codec: str, pixels: str) -> None:
    pictures = []
    for picture in moving(4):
        alpha = np.where((picture == (0, 212, 90)).all(axis=2), 0, 255).astype(np.uint8)
        pictures.append(np.dstack([picture, alpha]))
    data = coded(pictures, container, codec, pixels, options={"b": "2M", "auto-alt-ref": "0"})
    assert probe(data).has_alpha
    cut = list(rgba_frames(data))
    assert len(cut) == 4
    assert cut[0][2, 2, 3] == 0
    assert cut[0][48, 32, 3] == 255
    assert np.abs(frames_at(data, [0], over="#2040f0")[0][2, 2].astype(int) - (0x20, 0x40, 0xF0)).max() <= 1
    assert frames_at(data, [0])[0][2, 2].tolist() == [255, 255, 255]


def test_clips_without_alpha_are_opaque() -> None:
    assert all((frame[..., 3] == 255).all() for frame in rgba_frames(CLIP))


# What is refused


def test_not_a_clip(tmp_path: Path) -> None:
    assert "is empty" in refusal(b"")
    assert "is not a clip" in refusal(b"hello, this is text" * 9)
    assert "WebM" in refusal(b"\xff\xd8\xff\xe0" + bytes(100))
    with pytest.raises(BadClip, match=r"There is no clip at .*missing\.mp4"):
        probe(tmp_path / "missing.mp4")
    with pytest.raises(BadClip, match="is a folder"):
        probe(tmp_path)
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "nothing")
    with pytest.raises(BadClip, match="There is no clip"):
        list(frames(tmp_path / "dangling.mp4"))


def test_a_codec_that_nobody_knows() -> None:
    assert "coded in a way that cannot be read" in refusal(CLIP.replace(b"avc1", b"zzz9").replace(b"avcC", b"zzzC"))


def test_a_clip_that_changes_its_size() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mov") as out:
        stream = out.add_stream("png", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "rgb24"
        for at, side in enumerate((64, 64, 96)):
            codec = av.CodecContext.create("png", "w")
            assert isinstance(codec, av.VideoCodecContext)
            codec.width = codec.height = side
            codec.pix_fmt, codec.time_base = "rgb24", Fraction(1, 10)
            frame = av.VideoFrame.from_ndarray(np.zeros((side, side, 3), np.uint8), "rgb24")
            frame.pts = at
            for packet in [*codec.encode(frame), *codec.encode(None)]:
                packet.stream, packet.time_base = stream, Fraction(1, 10)
                packet.pts = packet.dts = at
                out.mux(packet)
    with pytest.raises(BadClip, match="changes its size in frame 2"):
        list(frames(file.getvalue()))


def test_playlists_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(CLIP)
    for text in (f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n", f"ffconcat version 1.0\nfile '{secret}'\n"):
        path = tmp_path / "clip.mp4"
        path.write_text(text)
        assert "is not a clip" in refusal(path)


@pytest.mark.parametrize("share", [0.15, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("container", ["mp4", "plain mp4", "webm", "avi", "gif", "png", "webp"])
def test_clips_that_end_early(container: str, share: float) -> None:
    pictures = moving(12)
    if container in ("gif", "png", "webp"):
        data = animated(container.upper(), [Image.fromarray(picture) for picture in pictures], [50] * 12)
    elif container == "mp4":
        data = CLIP
    else:
        codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(container, "libx264")
        data = coded(pictures, container.removeprefix("plain "), codec, options={"b": "2M"})
    assert probe(data).frames == (20 if container == "mp4" else 12)
    assert "ends early" in refusal(data[: int(len(data) * share)])


def test_long_clips_are_refused_with_the_limit() -> None:
    tiny = [np.zeros((32, 32, 3), np.uint8)] * 61
    assert "61 seconds; clips of up to 60 seconds" in refusal(encode_mp4(tiny, 1))
    assert probe(encode_mp4(tiny[:60], 1)).frames == 60
    ten_minutes = animated("GIF", [Image.fromarray(tiny[0]), Image.new("RGB", (32, 32), "red")], [300_000, 300_000])
    assert "600 seconds" in refusal(ten_minutes)


def test_large_clips_are_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wide = encode_mp4([np.zeros((64, 4098, 3), np.uint8)], 1)
    assert "4098x64; clips of up to 4096 px" in refusal(wide)
    sparse = tmp_path / "large.mp4"
    with sparse.open("wb") as file:
        file.write(CLIP)
        file.truncate(20_000_000_000)
    assert "clips of up to 100 MB" in refusal(sparse)
    monkeypatch.setattr(clip, "_MAX_FRAMES", 10)
    assert "over 10 frames" in refusal(CLIP)


def test_a_clip_without_picture_or_rate() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        sound.rate = 8000
        out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    assert "holds no video" in refusal(file.getvalue())
    # An AVI whose rate is 0/1 frames a second.
    avi = bytearray(coded(moving(4), "avi", "mpeg4"))
    at = avi.index(b"strh") + 8 + 20
    avi[at : at + 8] = bytes(8)
    with contextlib.suppress(BadClip):
        assert probe(bytes(avi)).fps > 0


SEEDS = [
    encode_mp4(moving(6, 48), 12),
    coded(moving(6, 48), "webm", "libvpx-vp9", options={"b": "100k", "deadline": "realtime", "cpu-used": "8"}),
    coded(moving(6, 48), "matroska", times=[0, 40, 80, 280, 320, 360]),
    coded(moving(4, 48), "avi", "mpeg4"),
    *(animated(kind, [Image.fromarray(p) for p in moving(4, 48)], [50, 50, 90, 50]) for kind in ("GIF", "PNG", "WEBP")),
]


@settings(max_examples=200, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=10),
    st.floats(0, 1),
    st.booleans(),
)
def test_mutilated_clips_are_read_or_refused(
    data: bytes, flips: list[tuple[float, int]], length: float, cut: bool
) -> None:
    broken = bytearray(data)
    for where, value in flips:
        broken[int(where * (len(broken) - 1))] = value
    if cut:
        broken = broken[: int(len(broken) * length)]
    with contextlib.suppress(BadClip):
        info = probe(bytes(broken))
        read = list(frames(bytes(broken)))
        assert len(read) == info.frames
        assert all(frame.ndim == 3 and frame.shape[2] == 3 for frame in read)


# Files in the wild


def drawn(count: int) -> list[Image.Image]:
    return [Image.fromarray(picture) for picture in moving(count)]


def read_with_notes(data: bytes) -> tuple[int, tuple[str, ...]]:
    info = probe(data)
    assert len(list(frames(data))) == info.frames
    return info.frames, info.notes


def test_a_gif_without_its_trailer_or_padded_is_read() -> None:
    data = animated("GIF", drawn(10), [100] * 10)
    assert data.endswith(b";")
    assert read_with_notes(data) == (10, ())
    assert read_with_notes(data + bytes(40)) == (10, ())
    for mangled in (data[:-1], data[:-1] + bytes(500), data[:-1] + b"\xff" * 9, data[:-1] + b"!\xfe\x20cut"):
        assert read_with_notes(mangled) == (10, ("The file lacks its end marker; its frames are whole.",))
    assert read_with_notes(data + b",rubbish")[1] == ("The file goes on after its end; what follows was passed over.",)


def test_a_gif_whose_frame_is_cut_is_refused() -> None:
    data = animated("GIF", drawn(10), [100] * 10)
    for left in (len(data) // 2, len(data) - 20, 30):
        assert "ends early" in refusal(data[:left])


def test_an_apng_without_its_end_or_with_data_after_it_is_read() -> None:
    data = animated("PNG", drawn(6), [100] * 6)
    assert read_with_notes(data) == (6, ())
    assert read_with_notes(data[:-12]) == (6, ("The file lacks its end marker; its frames are whole.",))
    assert read_with_notes(data[:-5])[0] == 6
    assert read_with_notes(data + b"PK\x03\x04 appended archive")[0] == 6
    assert "ends early" in refusal(data[:-40])


def test_an_apng_with_a_wrong_count_of_frames_is_read() -> None:
    data = animated("PNG", drawn(6), [100] * 6)
    at = data.index(b"acTL")
    for count in (4, 9):
        chunk = b"acTL" + count.to_bytes(4, "big") + data[at + 8 : at + 12]
        wrong = data[:at] + chunk + zlib.crc32(chunk).to_bytes(4, "big") + data[at + 16 :]
        assert read_with_notes(wrong) == (6, (f"The file's header counts {count} frames; it holds 6.",))
        if count > 6:
            assert "ends early" in refusal(wrong[:-12])


def test_a_webp_with_data_after_it_or_a_wrong_size_is_read() -> None:
    data = animated("WEBP", drawn(6), [100] * 6)
    assert read_with_notes(data) == (6, ())
    assert read_with_notes(data + b"rubbish at the end!!")[0] == 6
    small = data[:4] + (len(data) // 2).to_bytes(4, "little") + data[8:]
    assert read_with_notes(small) == (6, ("The file's header gives too small a size; its frames are whole.",))
    large = data[:4] + (len(data) - 8 + 6).to_bytes(4, "little") + data[8:]
    assert read_with_notes(large)[0] == 6
    assert "ends early" in refusal(data[: len(data) - 50])


def test_an_mp4_with_data_after_it_is_read() -> None:
    data = CLIP
    for tail in (b"rubbish that is no box at all", b"\0\0\xff\xfffree and more", b"\x7fELF\x02\x01\x01\0\0\0"):
        frames_read, notes = read_with_notes(data + tail)
        assert frames_read == 20
        assert all("frames are whole" in note for note in notes)
    assert "ends early" in refusal(data[: len(data) // 2])


@pytest.mark.parametrize("table", [b"stts", b"stsz", b"stsc", b"stco", b"ctts"])
@pytest.mark.parametrize("by", [-1, 1, 40, 1 << 30])
def test_an_mp4_whose_tables_count_wrong_is_read_by_what_they_hold(table: bytes, by: int) -> None:
    at = CLIP.index(table) + (12 if table == b"stsz" else 8)
    held = int.from_bytes(CLIP[at : at + 4], "big")
    wrong = CLIP[:at] + (held + by).to_bytes(4, "big") + CLIP[at + 4 :]
    assert read_with_notes(wrong) == (
        20,
        (f"A table of the file's header counts {held + by} entries; it holds {held}.",),
    )
    assert [*frames(wrong)][-1].tobytes() == [*frames(CLIP)][-1].tobytes()


@pytest.mark.parametrize("count", [0, 7, 30])
def test_an_mp4_that_gives_times_to_too_few_frames_is_read(count: int) -> None:
    at = CLIP.index(b"stts") + 12
    wrong = CLIP[:at] + count.to_bytes(4, "big") + CLIP[at + 4 :]
    assert read_with_notes(wrong) == (20, (f"The file's header counts {count} frames; it holds 20.",))


def test_an_mp4_with_a_frame_of_a_size_beyond_the_file_is_refused() -> None:
    at = CLIP.index(b"stsz") + 16 + 4 * 9
    assert "only 9 of its 20 frames can be read" in refusal(CLIP[:at] + b"\x7f\xff\xff\xff" + CLIP[at + 4 :])


WEBM = SEEDS[1]


def test_a_webm_with_data_after_it_or_a_wrong_size_is_read() -> None:
    assert read_with_notes(WEBM) == read_with_notes(WEBM + bytes(300)) == (6, ())
    for tail in (b"<html>", b"PK\x03\x04 appended archive", WEBM, b"\xff" * 50):
        assert read_with_notes(WEBM + tail) == (6, ("The file goes on after its end; what follows was passed over.",))
    at = WEBM.index(b"\x18\x53\x80\x67\x01") + 5
    size = int.from_bytes(WEBM[at : at + 7], "big")
    for by, word in ((-90, "small"), (70, "large")):
        wrong = WEBM[:at] + (size + by).to_bytes(7, "big") + WEBM[at + 7 :]
        assert read_with_notes(wrong) == (6, (f"The file's header gives too {word} a size; its frames are whole.",))
    live = WEBM[:at] + b"\xff" * 7 + WEBM[at + 7 :]
    assert read_with_notes(live) == (6, ())
    assert "ends early" in refusal(live[: live.index(b"\x1f\x43\xb6\x75") + 60])


def test_a_webm_whose_index_is_cut_off_is_read() -> None:
    index = WEBM.rindex(b"\x1c\x53\xbb\x6b")
    count, notes = read_with_notes(WEBM[: index + 9])
    assert (count, notes) == (6, ("The file ends with a box without frames, cut off; its frames are whole.",))
    assert "ends early" in refusal(WEBM[: index - 9])
    assert "ends early" in refusal(WEBM[:index])


def test_a_webp_whose_writer_did_not_know_its_length_is_read() -> None:
    data = animated("WEBP", drawn(6), [100] * 6)
    assert read_with_notes(data[:4] + b"\xff" * 4 + data[8:])[0] == 6


def test_an_apng_is_read_without_its_picture_for_other_readers() -> None:
    file = io.BytesIO()
    still, *moves = drawn(5)
    still.save(file, "PNG", save_all=True, append_images=moves, duration=100, default_image=True)
    assert read_with_notes(file.getvalue()) == (4, ())
    assert next(frames(file.getvalue())).tobytes() == np.asarray(moves[0]).tobytes()


def test_an_mp4_of_boxes_in_boxes_is_refused_and_not_followed_down() -> None:
    nested = b""
    for _ in range(3000):
        nested = (len(nested) + 8).to_bytes(4, "big") + b"trak" + nested
    assert refusal(CLIP[: CLIP.index(b"moov") - 4] + (len(nested) + 8).to_bytes(4, "big") + b"moov" + nested)
