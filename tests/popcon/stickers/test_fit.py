"""Every sticker within every limit of its platform, or an error that says which."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from popcon.check.checker import check_bytes
from popcon.errors import BadInput, DoesNotFit
from popcon.pixels import Rgba
from popcon.platforms import PLATFORMS, SUFFIXES, Format, platform
from popcon.stickers.decode import decode
from popcon.stickers.fidelity import Original, similarity
from popcon.stickers.fit import encode_sticker
from popcon.stickers.quality_search import first_fit
from tests.popcon.stickers.independent import decoded_by
from tests.popcon.stickers.sticker_makers import ball

CASES: list[tuple[str, Format]] = [(each.name, kind) for each in PLATFORMS.values() for kind in each.formats]


@pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda value: str(value))
def test_every_platform_accepts_what_is_made(name: str, kind: Format) -> None:
    asked = platform(name)
    # Seven frames: more than LINE's least, few enough to be quick.
    frames = [_on(frame, asked.canvas.width, asked.canvas.height) for frame in ball(min(asked.canvas.height, 360), 7)]
    made = encode_sticker(frames, [143] * 7, asked, format=kind)
    checked = check_bytes(made.data, f"x{SUFFIXES[kind]}", name)
    assert checked.ok, [(each.rule, each.found) for each in checked.failures]
    report = made.report
    seen = decoded_by(made.data, SUFFIXES[kind])
    assert {name: len(pictures) for name, pictures in seen.items()} == dict.fromkeys(seen, report.frames)
    first, *others = seen.values()
    assert all(np.array_equal(one, other) for pictures in others for one, other in zip(first, pictures, strict=True))
    assert report.bytes == len(made.data) <= (report.limit or len(made.data))
    assert len(decode(made.data, kind)) == report.frames
    assert report.ssim > (0.9 if kind == "gif" else 0.97)


def _on(frame: Rgba, width: int, height: int) -> Rgba:
    canvas = np.zeros((height, width, 4), np.uint8)
    left = (width - frame.shape[1]) // 2
    canvas[height - frame.shape[0] :, left : left + frame.shape[1]] = frame
    return canvas


def test_the_report_says_what_is_in_the_file(rolling: list[Rgba]) -> None:
    made = encode_sticker(rolling, [83, 83, 84] * 8, platform("line-emoji"))
    report = made.report
    assert (report.width, report.height, report.frames, report.play_ms, report.plays) == (180, 180, 20, 2000, 2)
    shown = decode(made.data, "apng")
    measured = similarity(Original(rolling), [83, 83, 84] * 8, shown, report.durations_ms)
    assert measured == pytest.approx(report.ssim, abs=1e-9)
    assert measured >= 0.97
    assert made.media_type == "image/png"


def test_the_same_input_gives_the_same_bytes_in_any_thread(rolling: list[Rgba]) -> None:
    def run(name: str) -> bytes:
        asked = platform(name)
        frames = [frame[26:154, 26:154] for frame in rolling[:8]] if asked.canvas.width == 128 else rolling[:8]
        return encode_sticker(frames, [125] * 8, asked).data

    names = ["line-emoji", "slack", "discord-emoji"] * 2
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(run, names))
    assert made[:3] == made[3:] == [run(name) for name in names[:3]]


@pytest.mark.parametrize("kind", ["apng", "gif", "webp"])
@pytest.mark.parametrize("limit", [90_000, 30_000, 9_000])
def test_no_file_is_over_its_limit(kind: Format, limit: int, rolling: list[Rgba]) -> None:
    made = encode_sticker(rolling[::3], [250] * 8, platform(kind), max_bytes=limit)
    assert len(made.data) <= limit
    assert made.report.ssim > 0.8
    assert made.report.limit == limit


def test_more_bytes_are_spent_on_being_truer(rolling: list[Rgba]) -> None:
    scores = [
        encode_sticker(rolling[::3], [250] * 8, platform("webp"), max_bytes=limit).report.ssim
        for limit in (8_000, 20_000, 60_000)
    ]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_noise_loses_colours_and_then_frames(noisy: list[Rgba]) -> None:
    report = encode_sticker(noisy, [200] * 5, platform("apng"), max_bytes=40_000).report
    assert report.bytes <= 40_000
    assert (report.colours or 256) < 256
    assert len(report.trials) > 1


def test_what_cannot_fit_says_by_how_much(noisy: list[Rgba]) -> None:
    with pytest.raises(
        DoesNotFit, match=r"limit is 900 bytes, and the smallest of \d+ attempts takes \d+ \(\d+ too many\)"
    ):
        encode_sticker(noisy, [200] * 5, platform("line-emoji"), max_bytes=900)


def test_five_frames_at_least_even_if_only_two_differ() -> None:
    a, b = ball(180, 4)[:2]
    report = encode_sticker([a, a, a, b], [250] * 4, platform("line-emoji")).report
    assert report.frames >= 5
    assert report.play_ms == 1000


def test_whatsapp_ends_on_the_very_first_frame() -> None:
    frames = [_on(frame, 512, 512) for frame in ball(200, 5)]
    made = encode_sticker(frames, [100] * 5, platform("whatsapp"))
    shown = decode(made.data, "webp")
    assert len(shown) == 6
    assert np.array_equal(shown[0], shown[-1])
    assert made.report.play_ms == 500


def test_signal_gets_no_palette() -> None:
    frames = [_on(frame, 512, 512) for frame in ball(300, 5)]
    made = encode_sticker(frames, [100] * 5, platform("signal"))
    assert made.data[25] == 6


def refused() -> list[tuple[str, dict[str, object], str]]:
    good = ball(180, 6)
    return [
        ("line-emoji", {"frames": [], "durations_ms": []}, "no frames"),
        ("line-emoji", {"frames": good, "durations_ms": [100] * 5}, "6 frames but 5 durations"),
        ("line-emoji", {"frames": good, "durations_ms": [100] * 5 + [0]}, "lasts 0 ms"),
        ("line-emoji", {"frames": good[:1] * 6, "durations_ms": [100] * 6}, "All 6 frames are alike"),
        ("line-emoji", {"frames": ball(128, 6), "durations_ms": [100] * 6}, "128x128 is not a canvas of LINE"),
        ("line-emoji", {"frames": [*good[:5], ball(128, 1)[0]], "durations_ms": [100] * 6}, "Frame 5 is 128x128"),
        (
            "line-emoji",
            {"frames": good, "durations_ms": [100] * 6, "format": "gif"},
            "does not take gif; choose fr",
        ),
        ("gif", {"frames": [good[0].astype(np.float32)], "durations_ms": [100]}, "not 8-bit RGBA"),
    ]


@pytest.mark.parametrize(
    ("name", "given", "says"), refused(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_refused(name: str, given: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        encode_sticker(platform=platform(name), **given)  # type: ignore[arg-type]


def test_first_fit_finds_the_first_and_says_when_there_is_none() -> None:
    sizes = [900, 700, 500, 300, 100]
    for limit in (1000, 700, 350, 100):
        assert first_fit(5, sizes.__getitem__, limit) == next(i for i, size in enumerate(sizes) if size <= limit)
        # An estimate may be wrong both ways; what is returned was measured.
        found = first_fit(5, sizes.__getitem__, limit, lambda step: sizes[step] * 0.7)
        assert found is not None
        assert sizes[found] <= limit
    assert first_fit(5, sizes.__getitem__, 99) is None
