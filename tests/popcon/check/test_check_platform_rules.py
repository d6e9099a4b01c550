"""For every rule of every platform: a file that keeps it, and one that breaks it and nothing but what follows."""

from dataclasses import replace
from functools import cache

import pytest

from popcon.check.checker import check_bytes
from popcon.check.report import CheckReport
from popcon.check.rulebooks import RULEBOOKS
from tests.popcon.check.check_makers import Spec, make, vp9, webm_blocks, webm_file, webm_tracks

SECOND = (100,) * 10

GOOD: dict[str, Spec] = {
    "line-emoji": Spec("apng"),
    "line-sticker": Spec("apng", 320, 270),
    "telegram-sticker": Spec("webm", 512, 200, (100,) * 8),
    "telegram-emoji": Spec("webm", 100, 100, SECOND),
    "whatsapp": Spec("webp", 512, 512, (100,) * 3, plays=0, returns=True),
    "discord-sticker": Spec("apng", 320, 320, (100,) * 3, plays=0),
    "discord-emoji": Spec("webp", 128, 128, plays=0),
    "slack": Spec("gif", 128, 128, plays=0),
    "signal": Spec("apng", 512, 512, (100,) * 3, plays=0),
    "imessage": Spec("apng", 408, 408, (100,) * 3, plays=0),
    "kakao": Spec("gif", 360, 360, (100,) * 3, plays=0, opaque=True),
    "line-still": Spec("png", 370, 320, (100,)),
    "line-message": Spec("png", 370, 320, (100,)),
    "line-popup": Spec("apng", 480, 320, (200,) * 5, plays=3),
    "line-effect": Spec("apng", 240, 480, (200,) * 5, plays=3),
    "kakao-still": Spec("png", 360, 360, (100,)),
    "wechat": Spec("gif", 240, 240, (100,) * 3, plays=0),
    "twitch": Spec("gif", 112, 112, (100,) * 3, plays=0),
    "google-chat": Spec("gif", 128, 128, (100,) * 3, plays=0),
    "teams": Spec("gif", 128, 128, (100,) * 3, plays=0),
    "mastodon": Spec("webp", 128, 128, (100,) * 3, plays=0),
    "misskey": Spec("webp", 128, 128, (100,) * 3, plays=0),
    "gif": Spec("gif", 64, 48),
    "apng": Spec("apng", 64, 48),
    "webp": Spec("webp", 64, 48),
}


def name_of(spec: Spec) -> str:
    return "sticker." + {"apng": "png"}.get(spec.kind, spec.kind)


@cache
def check(spec: Spec, platform: str) -> CheckReport:
    return check_bytes(make(spec), name_of(spec), platform)


def verdicts(report: CheckReport) -> dict[str, str]:
    return {each.rule: each.verdict for each in report.findings}


def too_long(spec: Spec, platform: str) -> Spec:
    most = RULEBOOKS[platform].sticker.play_ms_max
    assert most is not None
    share = most.value // len(spec.delays)
    return replace(spec, delays=(*spec.delays[:-1], most.value - sum(spec.delays[:-1]) + share - share % 10 + 10))


def broken(platform: str, rule: str) -> list[Spec]:
    """Files that break a rule."""
    good, limits = GOOD[platform], RULEBOOKS[platform].sticker
    match rule:
        case "format":
            return [replace(good, kind=kind) for kind in ("gif", "webp", "png") if kind not in limits.formats.value][:1]
        case "canvas":
            smaller = replace(good, width=good.width - 60, height=good.height - 60)
            if platform in ("twitch", "google-chat"):
                return [replace(good, width=good.width - 2), replace(good, width=60, height=60)]
            if platform in ("line-popup", "line-effect"):
                return [smaller, replace(good, width=198, height=480), replace(good, width=482)]
            if platform in ("line-still", "line-message"):
                return [replace(good, width=372), replace(good, height=319)]
            return [smaller, replace(good, width=good.width + 2), replace(good, height=good.height + 320)]
        case "bytes":
            assert limits.bytes_max is not None
            return [replace(good, padding=limits.bytes_max.value)]
        case "resolution":
            return [replace(good, dpi=71)]
        case "frames":
            assert limits.frames is not None
            low, high = limits.frames.value.low, limits.frames.value.high
            if high == 1:
                return [replace(good, kind="apng", delays=(100,) * 2)]
            few = [replace(good, delays=(1000 // (low - 1),) * (low - 1))] if low > 1 else []
            return few + ([replace(good, delays=(20,) * (high + 1), jumps=True)] if high else [])
        case "play-time":
            return [too_long(good, platform)]
        case "whole-seconds":
            return [replace(good, delays=delays) for delays in ((150,) * 10, (100,) * 9 + (99,), (100,) * 9 + (101,))]
        case "loops":
            endless = limits.plays is not None and limits.plays.value.high == 0
            return [replace(good, plays=n) for n in ((1, 3) if endless else (0, 5))]
        case "total-time":
            return [replace(good, delays=(200,) * 10, plays=3), replace(good, plays=0)]
        case "frame-time":
            return (
                [replace(good, delays=(*good.delays[:2], limits.frame_ms_min.value - 1, *good.delays[3:]))]
                if (limits.frame_ms_min)
                else []
            )
        case "frame-rate":
            return [replace(good, delays=(25,) * 8), replace(good, delays=(20, 60) * 4)]
        case "delays":
            return [replace(good, kind="gif", delays=(10,) * 3)]
        case "rgb":
            return [replace(good, colour="la")]
        case "truecolour":
            return [replace(good, colour="p")]
        case "white":
            return [replace(good, opaque=False)]
        case "alpha":
            return [replace(good, opaque=True)]
        case "background":
            return [replace(good, filled=True)]
        case "moving":
            return [replace(good, alike=True)]
        case "still-first":
            return [replace(good, hidden=True), replace(good, delays=(0, *good.delays[1:]))]
        case "first-frame":
            return [replace(good, empty_first=True)]
        case "ends-on-first" | "seam":
            return [replace(good, jumps=True)]
        case "codec":
            return [replace(good, codec="V_VP8")]
        case "silent":
            return [replace(good, audio=True)]
    raise AssertionError(f"no broken file for {platform}'s rule {rule}")


PLATFORM_RULES = [
    (platform, finding.rule)
    for platform, spec in GOOD.items()
    for finding in check(spec, platform).findings
    if "." not in finding.rule and finding.rule not in ("suffix", "pictures")
] + [("discord-sticker", "delays"), ("imessage", "delays"), ("discord-emoji", "delays")]


def test_every_platform_has_a_good_file() -> None:
    assert set(GOOD) == set(RULEBOOKS)


@pytest.mark.parametrize("platform", GOOD)
def test_a_good_file_passes_every_rule(platform: str) -> None:
    report = check(GOOD[platform], platform)
    assert [(each.rule, each.found) for each in report.findings if each.verdict != "pass"] == []
    assert report.ok


@pytest.mark.parametrize(("platform", "rule"), PLATFORM_RULES)
def test_a_broken_file_fails_its_rule(platform: str, rule: str) -> None:
    specs = broken(platform, rule)
    assert specs
    for spec in specs:
        found = [each for each in check(spec, platform).findings if each.rule == rule]
        assert [each.verdict for each in found] != ["pass"], (spec, found)
        assert found, spec
        assert found[0].found
        assert found[0].says != found[0].found


@pytest.mark.parametrize("platform", GOOD)
def test_the_ending_of_the_name(platform: str) -> None:
    report = check_bytes(make(GOOD[platform]), "sticker.jpeg", platform)
    assert verdicts(report)["suffix"] in ("fail", "warn")
    assert sum(each.verdict != "pass" for each in report.findings) == 1


@pytest.mark.parametrize("platform", GOOD)
def test_something_else_altogether(platform: str) -> None:
    for data in (b"", b"hello", b"\xff\xd8\xff\xe0" + bytes(100)):
        report = check_bytes(data, "sticker.png", platform)
        asked = {each.rule for each in check(GOOD[platform], platform).findings if "." not in each.rule}
        assert not report.ok
        # every rule of the platform is listed all the same
        assert asked - {"pictures", "delays"} <= set(verdicts(report))
        assert verdicts(report)["format"] == "fail"


def test_what_was_found_is_told() -> None:
    found = {each.rule: each.found for each in check(GOOD["line-emoji"], "line-emoji").findings}
    assert found["canvas"] == "180x180 px"
    assert found["frames"] == "10 frames"
    assert found["whole-seconds"] == "1000 ms"
    assert found["total-time"] == "2 x 1000 ms"
    assert found["rgb"] == "truecolour with alpha, 8 bits"
    assert found["moving"] == "10 different pictures, 7020 pixels move"


def test_edges_of_limits_pass() -> None:
    line = GOOD["line-emoji"]
    for spec in (
        replace(line, delays=(200,) * 5, plays=4),
        replace(line, delays=(200,) * 20, plays=1),
        replace(line, delays=(50,) * 20, plays=4),
        replace(line, dpi=72),
    ):
        assert check(spec, "line-emoji").ok, spec
    sticker = GOOD["line-sticker"]
    for width, height in ((320, 270), (270, 270), (100, 270), (270, 100), (320, 100)):
        assert check(replace(sticker, width=width, height=height), "line-sticker").ok
    for width, height in ((269, 269), (321, 270), (320, 271)):
        assert not check(replace(sticker, width=width, height=height), "line-sticker").ok


def test_thirty_frames_a_second_rounded_to_milliseconds_pass() -> None:
    spec = replace(GOOD["telegram-emoji"], delays=(33, 33, 34) * 10)
    assert verdicts(check(spec, "telegram-emoji"))["frame-rate"] == "pass"


def test_exactly_three_seconds_of_telegram_pass_and_a_frame_more_fails() -> None:
    spec = replace(GOOD["telegram-emoji"], delays=(300,) * 10)
    assert check(spec, "telegram-emoji").ok
    more = webm_file(
        spec,
        webm_tracks(spec),
        webm_blocks(replace(spec, delays=(300,) * 9 + (334,)), vp9(spec, False), vp9(spec, True)),
    )
    assert verdicts(check_bytes(more, "a.webm", "telegram-emoji"))["play-time"] == "fail"
