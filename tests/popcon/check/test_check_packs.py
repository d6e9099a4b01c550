"""Packs: ZIPs and folders, their covers and lists; every rule of them broken at least once."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from popcon.check import zips
from popcon.check.checker import check_bytes, check_path
from popcon.check.report import CheckReport
from popcon.check.tables import lines, render
from popcon.errors import BadInput, UnknownName
from tests.popcon.check.check_makers import Spec, make

Files = dict[str, bytes]


def still(width: int, height: int) -> bytes:
    picture = np.zeros((height, width, 4), np.uint8)
    picture[4:-4, 4:-4] = (200, 80, 30, 255)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return buffer.getvalue()


def numbered(spec: Spec, count: int, name: str) -> Files:
    """Stickers that all differ."""
    last, step = spec.delays[-1], 10 if spec.kind == "gif" else 1
    return {
        name.format(n + 1): make(replace(spec, delays=(*spec.delays[:-2], last - step * n, last + step * n)))
        for n in range(count)
    }


def line_emoji() -> Files:
    return {"tab.png": still(96, 74)} | numbered(Spec("apng", delays=(200,) * 5), 8, "{:03d}.png")


def line_sticker() -> Files:
    covers = {"main.png": make(Spec("apng", 240, 240)), "tab.png": still(96, 74)}
    return covers | numbered(Spec("apng", 270, 270, (200,) * 5), 8, "{:02d}.png")


def whatsapp() -> Files:
    stickers = numbered(Spec("webp", 512, 512, (100,) * 3, plays=0, returns=True), 3, "{:02d}.webp")
    pack = {
        "identifier": "fox-1",
        "name": "Fox",
        "publisher": "PopCon",
        "tray_image_file": "tray.png",
        "image_data_version": "1",
        "animated_sticker_pack": True,
        "stickers": [{"image_file": name, "emojis": ["👋", "🙂"], "accessibility_text": "A fox"} for name in stickers],
    }
    listed = json.dumps({"sticker_packs": [pack]}).encode()
    return {"contents.json": listed, "fox-1/tray.png": still(96, 96)} | {f"fox-1/{n}": d for n, d in stickers.items()}


def telegram() -> Files:
    stickers = numbered(Spec("webm", 100, 100, (100,) * 4), 2, "{:03d}.webm")
    listed = [{"sticker": name, "format": "video", "emoji_list": ["🎉"]} for name in stickers]
    return {"stickers.json": json.dumps({"title": "Fox", "stickers": listed}).encode()} | stickers


def signal() -> Files:
    stickers = numbered(Spec("apng", 512, 512, (100,) * 2, plays=0), 2, "{:03d}.png")
    listed = [{"id": n, "file": name, "emoji": "🎉"} for n, name in enumerate(stickers)]
    return {"manifest.json": json.dumps({"title": "Fox", "author": "me", "stickers": listed}).encode()} | stickers


def discord() -> Files:
    data = make(Spec("apng", 320, 320, (100,) * 3, plays=0))
    listed = [{"file": "thank_you.png", "name": "thank_you", "description": "Thank you", "tags": "pray"}]
    return {"stickers.json": json.dumps({"stickers": listed}).encode(), "thank_you.png": data}


def kakao() -> Files:
    moving = numbered(Spec("gif", 360, 360, (100,) * 3, plays=0, opaque=True), 3, "{:02d}.gif")
    spec = Spec("png", 360, 360, (100,))
    return moving | {f"{n:02d}.png": make(replace(spec, spread=0.2 + 0.005 * n)) for n in range(4, 25)}


def line_popup() -> Files:
    moving = numbered(Spec("apng", 480, 320, (200,) * 5, plays=3), 8, "{:02d}_animation.png")
    covers = {"main.png": still(240, 240), "main_animation.png": make(Spec("apng", 480, 480, (200,) * 5, plays=3))}
    return covers | {"tab.png": still(96, 74)} | moving | {f"{n:02d}.png": still(370 - 2 * n, 320) for n in range(1, 9)}


def wechat() -> Files:
    moving = numbered(Spec("gif", 240, 240, (100,) * 3, plays=0), 8, "{:02d}.gif")
    thumbs = {f"thumb-{n:02d}.png": still(120, 120) for n in range(1, 9)}
    return thumbs | {"banner.png": opaque(750, 400), "cover.png": still(240, 240), "icon.png": still(50, 50)} | moving


def misskey() -> Files:
    moving = numbered(Spec("webp", 128, 128, (100,) * 3, plays=0), 2, "wave_{}.webp")
    listed = [{"downloaded": True, "fileName": name, "emoji": {"name": name[:-5]}} for name in moving]
    return {"meta.json": json.dumps({"metaVersion": 2, "emojis": listed}).encode()} | moving


def opaque(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    picture = Image.new("RGB", (width, height), (250, 240, 220))
    picture.paste((200, 80, 30), (20, 20, width - 20, height - 20))
    picture.save(buffer, "PNG")
    return buffer.getvalue()


GOOD: dict[str, Callable[[], Files]] = {
    "line-emoji": line_emoji,
    "line-sticker": line_sticker,
    "whatsapp": whatsapp,
    "telegram-emoji": telegram,
    "signal": signal,
    "discord-sticker": discord,
    "kakao": kakao,
    "line-popup": line_popup,
    "wechat": wechat,
    "misskey": misskey,
}


def check(files: Mapping[str, bytes], platform: str) -> CheckReport:
    return check_bytes(zipped(files), "pack.zip", platform)


def bad(report: CheckReport) -> dict[str, str]:
    return {each.rule: each.found for each in report.findings if each.verdict != "pass"}


@pytest.mark.parametrize("platform", GOOD)
def test_good_packs_pass_zipped_and_as_folders(platform: str, tmp_path: Path) -> None:
    files = GOOD[platform]()
    report = check(files, platform)
    assert bad(report) == {}
    folder = tmp_path / "pack"
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    assert bad(check_path(folder, platform)) == {}
    (tmp_path / "pack.zip").write_bytes(zipped(files))
    assert check_path(tmp_path / "pack.zip", platform).findings == report.findings


def edited(files: Files, name: str, change: Callable[[dict[str, object]], object]) -> Files:
    content = json.loads(files[name])
    change(content)
    return files | {name: json.dumps(content).encode()}


def wa(change: Callable[[dict[str, object]], object]) -> Files:
    return edited(whatsapp(), "contents.json", lambda content: change(content["sticker_packs"][0]))  # type: ignore[index]


def less(files: Files, *names: str) -> Files:
    return {name: data for name, data in files.items() if name not in names}


LINE, STICKER = line_emoji(), line_sticker()

BROKEN: list[tuple[str, str, Files]] = [
    ("pack.count", "line-emoji", less(LINE, "008.png")),
    ("pack.count", "line-emoji", LINE | {f"{n:03d}.png": LINE["001.png"] for n in range(9, 42)}),
    ("pack.count", "line-sticker", STICKER | {"09.png": STICKER["08.png"]}),
    ("pack.count", "whatsapp", less(whatsapp(), "fox-1/03.webp")),
    ("pack.bytes", "line-emoji", LINE | {"notes.txt": bytes(20_000_000)}),
    ("pack.names", "line-emoji", less(LINE, "008.png") | {"wave.png": LINE["008.png"]}),
    ("pack.stills", "kakao", kakao() | {"04.png": kakao()["03.gif"]}),
    ("pack.pairs", "line-popup", {name: data for name, data in line_popup().items() if name != "03.png"}),
    ("canvas", "line-popup", line_popup() | {"03.png": still(372, 320)}),
    ("bytes", "kakao", kakao() | {"05.png": make(Spec("png", 360, 360, (100,), padding=150_000))}),
    ("pack.cover", "wechat", {name: data for name, data in wechat().items() if name != "thumb-02.png"}),
    ("cover.canvas", "wechat", wechat() | {"thumb-02.png": still(121, 120)}),
    ("cover.opaque", "wechat", wechat() | {"banner.png": still(750, 400)}),
    ("pack.manifest", "misskey", {name: data for name, data in misskey().items() if name != "meta.json"}),
    ("pack.manifest", "misskey", edited(misskey(), "meta.json", lambda c: c["emojis"][0].update(downloaded=False))),  # type: ignore[index]
    ("pack.tags", "discord-sticker", edited(discord(), "stickers.json", lambda c: c["stickers"][0].update(tags="🙏"))),  # type: ignore[index]
    (
        "pack.manifest",
        "whatsapp",
        edited(
            whatsapp(),
            "contents.json",
            lambda c: c["sticker_packs"][0]["stickers"][0].update(accessibility_text="x" * 256),  # type: ignore[index]
        ),
    ),
    ("pack.names", "discord-sticker", {"a.png": discord()["thank_you.png"]}),
    ("pack.names", "slack", {"Wave.gif": make(Spec("gif", 128, 128, plays=0))}),
    ("pack.numbers", "line-emoji", less(LINE, "003.png") | {"009.png": LINE["003.png"]}),
    ("pack.cover", "line-emoji", less(LINE, "tab.png")),
    ("pack.cover", "line-sticker", less(STICKER, "main.png")),
    ("pack.cover", "whatsapp", less(whatsapp(), "fox-1/tray.png")),
    ("pack.animated", "line-emoji", LINE | {"008.png": still(180, 180)}),
    ("pack.unique", "line-emoji", LINE | {"008.png": LINE["007.png"]}),
    ("pack.manifest", "whatsapp", less(whatsapp(), "contents.json")),
    ("pack.manifest", "whatsapp", whatsapp() | {"contents.json": b"{"}),
    ("pack.manifest", "whatsapp", whatsapp() | {"contents.json": b"[" * 100_000}),
    ("pack.manifest", "whatsapp", whatsapp() | {"contents.json": b" " * 1_000_001}),
    ("pack.manifest", "whatsapp", wa(lambda pack: pack.update(identifier="../fox"))),
    ("pack.manifest", "whatsapp", wa(lambda pack: pack.update(name="x" * 129))),
    ("pack.manifest", "whatsapp", wa(lambda pack: pack.pop("publisher"))),
    ("pack.manifest", "whatsapp", wa(lambda pack: pack.update(tray_image_file="other.png"))),
    ("pack.manifest", "whatsapp", wa(lambda pack: pack.update(animated_sticker_pack=False))),
    ("pack.manifest", "whatsapp", wa(lambda pack: pack["stickers"].pop())),  # type: ignore[attr-defined]
    ("pack.manifest", "whatsapp", wa(lambda pack: pack["stickers"].append({"image_file": "no.webp"}))),  # type: ignore[attr-defined]
    ("pack.manifest", "telegram-emoji", less(telegram(), "stickers.json")),
    ("pack.manifest", "telegram-emoji", edited(telegram(), "stickers.json", lambda c: c.update(title=""))),
    ("pack.manifest", "signal", edited(signal(), "manifest.json", lambda c: c.pop("author"))),
    ("pack.manifest", "signal", edited(signal(), "manifest.json", lambda c: c.update(stickers=[1, "two"]))),
    (
        "pack.manifest",
        "discord-sticker",
        edited(discord(), "stickers.json", lambda c: c["stickers"][0].update(description="x")),  # type: ignore[index]
    ),
    ("pack.tags", "whatsapp", wa(lambda pack: pack["stickers"][0].update(emojis=[]))),  # type: ignore[index]
    ("pack.tags", "whatsapp", wa(lambda pack: pack["stickers"][0].update(emojis=["👋"] * 4))),  # type: ignore[index]
    ("pack.tags", "whatsapp", wa(lambda pack: pack["stickers"][0].update(emojis=["wave"]))),  # type: ignore[index]
    ("pack.tags", "signal", edited(signal(), "manifest.json", lambda c: c["stickers"][0].pop("emoji"))),  # type: ignore[index]
    ("pack.others", "line-emoji", LINE | {"__MACOSX/._001.png": b"x", ".DS_Store": b"y"}),
    ("cover.format", "line-emoji", LINE | {"tab.png": make(Spec("apng", 96, 74))}),
    ("cover.format", "line-emoji", LINE | {"tab.png": b"\xff\xd8\xff"}),
    ("cover.canvas", "line-emoji", LINE | {"tab.png": still(74, 96)}),
    ("cover.bytes", "whatsapp", whatsapp() | {"fox-1/tray.png": make(Spec("png", 96, 96, (0,), padding=51_200))}),
    ("cover.seen", "line-emoji", LINE | {"tab.png": make(Spec("png", 96, 74, (0,), empty_first=True))}),
]


@pytest.mark.parametrize(("rule", "platform", "files"), BROKEN, ids=[f"{r}-{i}" for i, (r, _, _) in enumerate(BROKEN)])
def test_a_broken_pack_is_told(rule: str, platform: str, files: Files) -> None:
    assert rule in bad(check(files, platform))


def test_every_pack_rule_is_broken_above() -> None:
    rules = {
        finding.rule
        for platform, files in GOOD.items()
        for finding in check(files(), platform).findings
        if finding.rule.startswith(("pack.", "cover."))
    }
    assert rules == {rule for rule, _, _ in BROKEN if rule.startswith(("pack.", "cover."))}


def test_main_png_is_held_to_the_stickers_rules_but_their_size() -> None:
    found = bad(check(STICKER | {"main.png": make(Spec("apng", 240, 240, (110,) * 10))}, "line-sticker"))
    assert found == {"whole-seconds": "1100 ms"}
    found = bad(check(STICKER | {"main.png": make(Spec("apng", 270, 270))}, "line-sticker"))
    assert found == {"canvas": "270x270 px"}


def test_a_broken_sticker_of_a_pack_is_named() -> None:
    report = check(LINE | {"004.png": make(Spec("apng", delays=(200,) * 4))}, "line-emoji")
    assert {each.file for each in report.failures} == {"004.png"}
    assert {each.rule for each in report.failures} == {"frames", "whole-seconds"}
    row = next(each for each in render(report) if each.rule == "frames")
    assert (row.verdict, row.found, row.files) == ("fail", "4 frames", "004.png")
    assert list(lines(report))[-1] == "pack.zip: not accepted by line-emoji; 2 failed, 0 to look at"


def test_rows_gather_the_files_of_a_pack() -> None:
    rows = [each for each in render(check(LINE, "line-emoji")) if each.rule == "frames"]
    assert [(each.verdict, each.found, each.files) for each in rows] == [("pass", "5 frames", "all 8")]


# ZIP


def directory_entry(data: bytes, name: bytes) -> int:
    return data.rindex(b"PK\x01\x02", 0, data.rindex(name))


def zip_with(offset: int, form: str, *values: int, name: bytes = b"001.png") -> bytes:
    """The LINE pack's ZIP with fields of one file's directory entry changed."""
    data = bytearray(zipped(LINE))
    struct.pack_into(form, data, directory_entry(bytes(data), name) + offset, *values)
    return bytes(data)


def bomb(size: int = 31_000_000) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        target.writestr("001.png", bytes(size))
    return buffer.getvalue()


def twice(data: bytes) -> bytes:
    """Rename 002.png to 001.png in place."""
    return data.replace(b"002.png", b"001.png")


BROKEN_ZIPS: list[tuple[str, bytes]] = [
    ("zip.structure", zipped(LINE)[:-30]),
    ("zip.structure", zipped(LINE) + b"trailing"),
    ("zip.structure", b"PK\x03\x04" + bytes(60)),
    ("zip.structure", zip_with(42, "<I", 5)),
    ("zip.structure", zip_with(42, "<I", 0xFFFFFFF0)),
    ("zip.structure", zip_with(46, "<B", ord("9"))),
    ("zip.structure", zipped(LINE)[:-14] + b"\xff\xff\xff\xff" + zipped(LINE)[-10:]),
    ("zip.names", zipped(LINE | {"../evil.png": b"x"})),
    ("zip.names", zipped(LINE | {"/etc/evil.png": b"x"})),
    ("zip.names", zipped(LINE | {"a\\evil.png": b"x"})),
    ("zip.names", zipped(LINE | {"c:evil.png": b"x"})),
    ("zip.duplicates", twice(zipped(LINE))),
    ("zip.duplicates", zipped(LINE | {"TAB.png": b"x"})),
    ("zip.encryption", zip_with(8, "<H", 1)),
    ("zip.method", zip_with(10, "<H", 14)),
    ("zip.size", bomb()),
    ("zip.size", bomb(40_000_000)),
    ("zip.size", zip_with(24, "<I", 0xFFFFFFF0)),
    ("zip.crc", zip_with(16, "<I", 1)),
    ("zip.crc", zip_with(24, "<I", 100)),
]


@pytest.mark.parametrize(("rule", "data"), BROKEN_ZIPS, ids=[f"{r}-{i}" for i, (r, _) in enumerate(BROKEN_ZIPS)])
def test_a_broken_zip_is_told(rule: str, data: bytes) -> None:
    report = check_bytes(data, "pack.zip", "line-emoji")
    assert rule in {each.rule for each in report.failures}


def test_every_zip_rule_is_broken_above() -> None:
    assert {rule for rule, _ in BROKEN_ZIPS} == set(zips.INTEGRITY.rules)


def test_overlapping_files_are_unpacked_once_at_most() -> None:
    """The trick of the densest bombs: many directory entries, one body."""
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = body.compress(bytes(300_000)) + body.flush()
    name = b"001.png"
    head = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), 300_000, 7, 0) + name
    entry = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, zlib.crc32(bytes(300_000)), len(packed), 300_000,
        7, 0, 0, 0, 0, 0, 0,
    ) + name  # fmt: skip
    start, count = len(head) + len(packed), 2_000
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    files, problems = zips.read(head + packed + entry * count + end)
    assert len(files) * len(packed) <= start + (len(entry) + 1) * count
    assert "overlaps" in problems.about("zip.size") or problems.about("zip.duplicates")
    assert sum(len(data) for _, data in files) <= zips.MAX_TOTAL


# paths


def test_unknown_platforms_are_answered_with_the_known_ones(tmp_path: Path) -> None:
    wanted = "no platform named 'myspace'; choose from line-emoji, line-sticker"
    with pytest.raises(UnknownName, match=wanted):
        check_bytes(b"", "a.png", "myspace")
    with pytest.raises(UnknownName, match=wanted):
        check_path(tmp_path, "myspace")


def test_places_with_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing at .*absent\.png"):
        check_path(tmp_path / "absent.png", "line-emoji")
    with pytest.raises(BadInput, match="holds no stickers"):
        check_path(tmp_path, "line-emoji")
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(BadInput, match="holds no stickers"):
        check_path(tmp_path, "line-emoji")
    with pytest.raises(BadInput, match="nothing at"):
        check_path("a\0b", "line-emoji")
    with (tmp_path / "huge.png").open("wb") as stream:
        stream.truncate(zips.MAX_ZIP_BYTES + 1)
    with pytest.raises(BadInput, match="files of up to 128000000 bytes are checked"):
        check_path(tmp_path / "huge.png", "line-emoji")


def test_a_file_and_a_cover_by_path(tmp_path: Path) -> None:
    (tmp_path / "001.png").write_bytes(LINE["001.png"])
    (tmp_path / "tab.png").write_bytes(LINE["tab.png"])
    assert check_path(tmp_path / "001.png", "line-emoji").ok
    report = check_path(str(tmp_path / "tab.png"), "line-emoji")
    assert report.ok
    assert "cover.canvas" in {each.rule for each in report.findings}


def test_a_report_survives_json() -> None:
    report = check(LINE, "line-emoji")
    assert CheckReport.model_validate_json(report.model_dump_json()) == report
