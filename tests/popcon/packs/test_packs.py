"""Packs as they leave: names, covers, lists, bytes; held against the check, which knows the platforms by itself."""

import io
import json
import plistlib
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from popcon.actions import PRESETS
from popcon.check.checker import check_bytes
from popcon.check.report import CheckReport
from popcon.errors import BadInput, DoesNotFit
from popcon.packs.archive import archive
from popcon.packs.build import build_pack
from popcon.packs.covers import fit, still_cover
from popcon.packs.emoji_names import emoji_name
from popcon.packs.model import Pack, PackItem
from popcon.packs.names import file_names
from popcon.packs.wastickers import wastickers
from popcon.pixels import Rgba
from popcon.platforms.model import SUFFIXES, Cover
from popcon.platforms.table import PLATFORMS
from tests.popcon.check.check_makers import Spec, make, pictures
from tests.popcon.stickers.independent import decoded_by

SPECS: dict[str, tuple[int, Spec]] = {
    "line-emoji": (8, Spec("apng", delays=(200,) * 5)),
    "line-sticker": (8, Spec("apng", 270, 270, (200,) * 5)),
    "telegram-sticker": (2, Spec("webm", 512, 100, (100,) * 3)),
    "telegram-emoji": (2, Spec("webm", 100, 100, (100,) * 4)),
    "whatsapp": (3, Spec("webp", 512, 512, (100,) * 3, plays=0, returns=True)),
    "discord-sticker": (2, Spec("apng", 320, 320, (100,) * 3, plays=0)),
    "discord-emoji": (2, Spec("webp", 128, 128, (100,) * 3, plays=0)),
    "slack": (2, Spec("gif", 128, 128, (100,) * 3, plays=0)),
    "signal": (2, Spec("apng", 512, 512, (100,) * 2, plays=0)),
    "imessage": (2, Spec("apng", 300, 300, (100,) * 3, plays=0)),
    "kakao": (24, Spec("gif", 360, 360, (100,) * 2, plays=0, opaque=True)),
    "line-still": (8, Spec("png", 370, 320, (100,))),
    "line-message": (8, Spec("png", 370, 320, (100,))),
    "line-popup": (8, Spec("apng", 480, 320, (200,) * 5, plays=3)),
    "line-effect": (8, Spec("apng", 240, 480, (200,) * 5, plays=3)),
    "kakao-still": (32, Spec("png", 360, 360, (100,))),
    "wechat": (8, Spec("gif", 240, 240, (100,) * 3, plays=0)),
    "twitch": (2, Spec("gif", 112, 112, (100,) * 3, plays=0)),
    "google-chat": (2, Spec("gif", 128, 128, (100,) * 3, plays=0)),
    "teams": (2, Spec("gif", 128, 128, (100,) * 3, plays=0)),
    "mastodon": (2, Spec("webp", 128, 128, (100,) * 3, plays=0)),
    "misskey": (2, Spec("webp", 128, 128, (100,) * 3, plays=0)),
    "gif": (2, Spec("gif", 64, 48, (100,) * 3)),
    "apng": (2, Spec("apng", 64, 48, (100,) * 3)),
    "webp": (2, Spec("webp", 64, 48, (100,) * 3)),
}
NAMES = ("wave", "thank-you", "good-night", "ok")


def character() -> Rgba:
    picture = np.zeros((300, 200, 4), np.uint8)
    picture[40:260, 50:150] = (240, 120, 30, 255)
    picture[60:100, 70:90] = (20, 20, 20, 255)
    return picture


def items(platform: str, count: int | None = None) -> list[PackItem]:
    number, spec = SPECS[platform]
    made = []
    for index in range(number if count is None else count):
        name = NAMES[index % 4] + (f"-{index}" if index > 3 else "")
        # times differ, so that no two files are the same
        last = spec.delays[-1]
        if platform == "kakao" and index >= 3:
            varied = replace(spec, kind="png", delays=(100,), opaque=False, spread=0.2 + 0.005 * index)
        elif len(spec.delays) == 1:
            varied = replace(spec, spread=0.2 + 0.005 * index)
        else:
            varied = replace(spec, delays=(*spec.delays[:-2], last - 10 * (index % 8), last + 10 * (index % 8)))
        title = name.replace("-", " ").capitalize()
        frames = pictures(replace(spec, kind="apng"))
        made.append(PackItem(name, title, ("👋", "🙂"), make(varied), frames, varied.delays))
    return made


def encode_cover(frames: list[Rgba], durations_ms: list[int], cover: Cover) -> bytes:
    """Stands in for the encoders: right in size and time."""
    assert {frame.shape for frame in frames} == {(cover.height, cover.width, 4)}
    assert len(frames) == len(durations_ms)
    kind = {"apng": "apng", "webm": "webm"}[cover.format]
    return make(Spec(kind, cover.width, cover.height, tuple(durations_ms)))


def build(platform: str, count: int | None = None) -> Pack:
    return build_pack(PLATFORMS[platform], items(platform, count), character(), "Fox", encode_cover=encode_cover)  # type: ignore[arg-type]


def check(pack: Pack, platform: str) -> CheckReport:
    return check_bytes(pack.data, "pack.zip", platform)


@pytest.mark.parametrize("platform", SPECS)
def test_every_platform_accepts_its_pack(platform: str) -> None:
    pack = build(platform)
    assert pack.notes == ()
    assert [(e.rule, e.file, e.found) for e in check(pack, platform).findings if e.verdict != "pass"] == []
    shown = [(data, Path(name).suffix) for name, data in pack.files if Path(name).suffix in SUFFIXES.values()]
    assert shown
    assert all(len(seen) for data, suffix in shown for seen in decoded_by(data, suffix).values())


def test_names_that_people_type_tell_the_language() -> None:
    named = {
        platform: [Path(name).stem for name in file_names(PLATFORMS[platform], items(platform, 2), "zh-Hant")]
        for platform in ("discord-sticker", "discord-emoji", "slack", "google-chat", "mastodon", "line-emoji")
    }
    assert named == {
        "discord-sticker": ["wave_zh_hant", "thank-you_zh_hant"],
        "discord-emoji": ["wave_zh_hant", "thank_you_zh_hant"],
        "slack": ["wave_zh_hant", "thank-you_zh_hant"],
        "google-chat": ["wave_zh_hant", "thank-you_zh_hant"],
        "mastodon": ["wave_zh_hant", "thank_you_zh_hant"],
        "line-emoji": ["001", "002"],
    }
    long = [replace(item, name="x" * 40) for item in items("discord-sticker", 2)]
    cut = file_names(PLATFORMS["discord-sticker"], long, "ko")
    assert cut == ["x" * 27 + "_ko.png", "x" * 25 + "_2_ko.png"]


def test_every_platform_is_tried() -> None:
    assert set(SPECS) == set(PLATFORMS)


@pytest.mark.parametrize(
    ("platform", "paths"),
    [
        ("line-emoji", ["tab.png", *[f"{n:03d}.png" for n in range(1, 9)]]),
        ("line-sticker", ["main.png", "tab.png", *[f"{n:02d}.png" for n in range(1, 9)]]),
        ("telegram-sticker", ["stickers.json", "cover.webm", "001.webm", "002.webm"]),
        ("telegram-emoji", ["stickers.json", "001.webm", "002.webm"]),
        ("discord-sticker", ["stickers.json", "wave.png", "thank-you.png"]),
        ("discord-emoji", ["wave.webp", "thank_you.webp"]),
        ("slack", ["wave.gif", "thank-you.gif"]),
        ("signal", ["manifest.json", "001.png", "002.png"]),
        ("kakao", [f"{n:02d}.gif" for n in range(1, 4)] + [f"{n:02d}.png" for n in range(4, 25)]),
        (
            "line-popup",
            ["main.png", "main_animation.png", "tab.png"]
            + [f"{n:02d}.png" for n in range(1, 9)]
            + [f"{n:02d}_animation.png" for n in range(1, 9)],
        ),
        (
            "wechat",
            [f"thumb-{n:02d}.png" for n in range(1, 9)]
            + ["banner.png", "cover.png", "icon.png"]
            + [f"{n:02d}.gif" for n in range(1, 9)],
        ),
        ("misskey", ["meta.json", "wave.webp", "thank_you.webp"]),
        ("gif", ["01-wave.gif", "02-thank-you.gif"]),
    ],
)
def test_the_files_of_a_pack(platform: str, paths: list[str]) -> None:
    pack = build(platform)
    assert [path for path, _ in pack.files] == paths
    with zipfile.ZipFile(io.BytesIO(pack.data)) as archived:
        assert archived.namelist() == paths
        assert archived.testzip() is None
        assert [archived.read(path) for path in paths] == [data for _, data in pack.files]


def test_stickers_leave_unchanged_and_in_order() -> None:
    given = items("line-emoji")
    assert [data for path, data in build("line-emoji").files if path[0] == "0"] == [item.data for item in given]


def test_whatsapp_contents() -> None:
    files = dict(build("whatsapp").files)
    contents = json.loads(files["contents.json"])
    pack = contents["sticker_packs"][0]
    folder = pack["identifier"]
    assert folder.startswith("fox-")
    assert set(files) == {"contents.json", *(f"{folder}/{n}" for n in ("tray.png", "01.webp", "02.webp", "03.webp"))}
    assert (pack["name"], pack["publisher"], pack["tray_image_file"]) == ("Fox", "PopCon", "tray.png")
    assert pack["animated_sticker_pack"] is True
    assert pack["stickers"][1] == {
        "image_file": "02.webp", "emojis": ["👋", "🙂"], "accessibility_text": "Thank you",
    }  # fmt: skip


def test_what_a_telegram_bot_needs() -> None:
    listed = json.loads(dict(build("telegram-emoji").files)["stickers.json"])
    assert (listed["title"], listed["sticker_type"]) == ("Fox", "custom_emoji")
    assert listed["stickers"][1] == {
        "sticker": "002.webm", "format": "video", "emoji_list": ["👋", "🙂"], "keywords": ["thank you"],
    }  # fmt: skip
    assert json.loads(dict(build("telegram-sticker").files)["stickers.json"])["thumbnail"] == "cover.webm"


def test_signal_and_discord_lists() -> None:
    listed = json.loads(dict(build("signal").files)["manifest.json"])
    assert listed["stickers"] == [{"id": n, "file": f"{n + 1:03d}.png", "emoji": "👋"} for n in range(2)]
    listed = json.loads(dict(build("discord-sticker").files)["stickers.json"])
    assert listed["stickers"][1] == {
        "file": "thank-you.png", "name": "thank-you", "description": "Thank you", "tags": "wave",
    }  # fmt: skip


def test_the_same_pack_twice_is_the_same_bytes() -> None:
    for platform in ("line-sticker", "whatsapp", "imessage"):
        assert build(platform).data == build(platform).data


def test_the_archive_has_no_clock_and_no_compressor() -> None:
    with zipfile.ZipFile(io.BytesIO(archive([("a.txt", b"x" * 1000)]))) as archived:
        entry = archived.infolist()[0]
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert entry.compress_type == zipfile.ZIP_STORED
    assert entry.external_attr >> 16 == 0o100644


@pytest.mark.parametrize(
    ("platform", "count", "note"),
    [
        ("line-emoji", 3, "takes 8 to 40 stickers: 3 given, 5 more needed before upload."),
        ("line-emoji", 41, "takes 8 to 40 stickers: 41 given, 1 too many before upload."),
        ("line-sticker", 10, "takes 8, 16 or 24 stickers: 10 given, 6 more needed or 2 too many before upload."),
        ("line-sticker", 25, "takes 8, 16 or 24 stickers: 25 given, 1 too many before upload."),
        ("whatsapp", 1, "takes 3 to 30 stickers: 1 given, 2 more needed before upload."),
        ("kakao", 2, "takes exactly 24 stickers: 2 given, 22 more needed before upload."),
    ],
)
def test_a_pack_of_a_wrong_size_is_made_with_a_note(platform: str, count: int, note: str) -> None:
    pack = build(platform, count)
    assert sum(each.endswith(note) for each in pack.notes) == 1
    assert len(pack.notes) == (2 if platform == "kakao" else 1)
    report = check(pack, platform)
    assert "pack.count" in {each.rule for each in report.failures}


def test_without_an_encoder() -> None:
    pack = build_pack(PLATFORMS["line-sticker"], items("line-sticker"), character(), "Fox")
    assert pack.notes == ("main.png is missing: it needs an animation of 240x240 px.",)
    assert {each.rule for each in check(pack, "line-sticker").failures} == {"pack.cover"}
    pack = build_pack(PLATFORMS["telegram-sticker"], items("telegram-sticker"), character(), "Fox")
    assert pack.notes == ()
    assert "cover.png" in dict(pack.files)
    assert check(pack, "telegram-sticker").ok


def test_an_animated_cover_that_does_not_fit_becomes_a_still() -> None:
    def too_large(*_: object) -> bytes:
        raise DoesNotFit("32000 bytes are too few.")

    pack = build_pack(PLATFORMS["telegram-sticker"], items("telegram-sticker"), character(), "Fox", "me", too_large)
    assert pack.notes == ("cover.webm could not be animated: 32000 bytes are too few.",)
    assert "cover.png" in dict(pack.files)


def test_over_the_zip_limit() -> None:
    item = replace(items("line-emoji")[0], data=make(Spec("apng", padding=2_600_000)))
    with pytest.raises(DoesNotFit, match=r"ZIP has \d+ bytes, \d+ more than the 20000000"):
        build_pack(PLATFORMS["line-emoji"], [item] * 8, character(), "Fox")


def test_names_that_platforms_take() -> None:
    data = make(SPECS["slack"][1])
    given = [PackItem(name, name, ("🙂",), data) for name in ("a", "wave", "wave", "x" * 40, "x" * 40, "good-night")]
    paths = [path for path, _ in build_pack(PLATFORMS["discord-emoji"], given, character(), "F").files]
    assert paths == ["emoji_a.gif", "wave.gif", "wave_2.gif", "x" * 32 + ".gif", "x" * 30 + "_2.gif", "good_night.gif"]
    paths = [path for path, _ in build_pack(PLATFORMS["slack"], given, character(), "F").files]
    assert paths == ["a.gif", "wave.gif", "wave_2.gif", "x" * 40 + ".gif", "x" * 40 + "_2.gif", "good-night.gif"]


def test_tags_are_cut_to_what_is_accepted_and_never_missing() -> None:
    many = replace(items("whatsapp")[0], emoji=("1️⃣", "2️⃣", "2️⃣", "3️⃣", "4️⃣"))
    none = replace(items("whatsapp")[1], emoji=())
    pack = build_pack(PLATFORMS["whatsapp"], [many, none, items("whatsapp")[2]], character(), "Fox")
    listed = json.loads(dict(pack.files)["contents.json"])["sticker_packs"][0]["stickers"]
    assert [each["emojis"] for each in listed] == [["1️⃣", "2️⃣", "3️⃣"], ["🙂"], ["👋", "🙂"]]
    assert pack.notes == ("thank-you has no emoji tag; 🙂 stands in for it.",)
    assert check(pack, "whatsapp").ok


def test_titles_of_any_kind() -> None:
    for title in ("", "  ", "狐狸 🦊", "x" * 300, "../../etc", 'a"b\\c\n'):
        pack = build_pack(PLATFORMS["whatsapp"], items("whatsapp"), character(), title, author="")
        assert check(pack, "whatsapp").ok, title


def test_nothing_to_pack() -> None:
    with pytest.raises(BadInput, match="LINE animated emoji needs at least one sticker"):
        build_pack(PLATFORMS["line-emoji"], [], character(), "Fox")
    with pytest.raises(BadInput, match="picture is empty"):
        build_pack(PLATFORMS["line-emoji"], items("line-emoji"), np.zeros((9, 9, 4), np.uint8), "Fox")


def opened(data: bytes) -> Rgba:
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGBA"
        return np.asarray(image)


def test_a_still_cover_fills_its_size_and_keeps_shape_and_colour() -> None:
    shown = opened(still_cover(character(), Cover(name="tab.png", width=96, height=74, format="png")))
    assert shown.shape == (74, 96, 4)
    rows, columns = np.nonzero(shown[..., 3] > 128)
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert tall == pytest.approx(74 - 6, abs=1)
    assert wide / tall == pytest.approx(100 / 220, abs=0.03)
    assert columns.mean() == pytest.approx(47.5, abs=0.6)
    rim = shown[(shown[..., 3] > 40) & (shown[..., 3] < 220)]
    # the rim has the character's colour, not that of emptiness mixed in
    assert len(rim) == 0 or np.abs(rim[:, :3].astype(int) - (240, 120, 30)).max() < 12


def test_scaling_keeps_a_soft_rim_free_of_hidden_colour() -> None:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[..., :3] = (0, 255, 0)
    picture[16:48, 16:48] = (200, 30, 30, 255)
    small = fit(picture, 20, 20)
    seen = small[small[..., 3] > 0]
    assert len(seen)
    assert seen[:, 1].max() <= 32
    assert not small[small[..., 3] == 0].any()
    assert fit(picture, 200, 100).shape == (100, 200, 4)


def test_a_foreign_sticker_keeps_its_ending() -> None:
    data = (Path(__file__).parents[2] / "data" / "check" / "gifsicle.gif").read_bytes()
    pack = build_pack(PLATFORMS["discord-emoji"], [PackItem("wave", "Wave", ("👋",), data)], character(), "Fox")
    assert [path for path, _ in pack.files] == ["wave.gif"]
    assert check(pack, "discord-emoji").ok


def test_an_xcode_project_around_the_sticker_pack() -> None:
    files = dict(build("imessage").files)
    assets = "StickerPackExtension/Stickers.xcassets"
    listed = json.loads(files[f"{assets}/Sticker Pack.stickerpack/Contents.json"])
    assert [each["filename"] for each in listed["stickers"]] == ["001.sticker", "002.sticker"]
    assert f"{assets}/Sticker Pack.stickerpack/002.sticker/002.png" in files
    icons = json.loads(files[f"{assets}/iMessage App Icon.stickersiconset/Contents.json"])["images"]
    for icon in icons:
        wide, tall = (float(side) * float(icon["scale"][0]) for side in icon["size"].split("x"))
        with Image.open(io.BytesIO(files[f"{assets}/iMessage App Icon.stickersiconset/{icon['filename']}"])) as image:
            assert image.size == (round(wide), round(tall))
            assert np.asarray(image.convert("RGBA"))[..., 3].min() == 255
    for path in ("App/Info.plist", "StickerPackExtension/Info.plist"):
        assert plistlib.loads(files[path])["CFBundleName"] == "$(PRODUCT_NAME)"
    project = files["Fox.xcodeproj/project.pbxproj"].decode()
    assert "com.apple.product-type.application.messages" in project
    assert "com.apple.product-type.app-extension.messages-sticker-pack" in project
    defined = set(re.findall(r"^\t\t([0-9A-F]{24}) = \{", project, re.MULTILINE))
    named = set(re.findall(r"\b[0-9A-F]{24}\b", project))
    assert named == defined, "every object that is named is there, and none stands alone"
    assert project.count("{") == project.count("}")


def test_the_still_of_a_popup_is_within_its_own_size() -> None:
    files = dict(build("line-popup").files)
    with Image.open(io.BytesIO(files["01.png"])) as image:
        assert image.size == (370, 320)
        assert image.mode == "RGBA"


def test_a_popup_without_frames_is_told() -> None:
    given = [replace(item, frames=()) for item in items("line-popup")]
    pack = build_pack(PLATFORMS["line-popup"], given, character(), "Fox")
    assert "01.png is missing: it needs the frames of wave." in pack.notes
    assert "pack.pairs" in {each.rule for each in check(pack, "line-popup").failures}


def test_emoji_by_name() -> None:
    for preset in PRESETS.values():
        for emoji in preset.emoji:
            assert re.fullmatch(r"[a-z0-9_]{2,}", emoji_name(emoji)), emoji
    assert (emoji_name("❤️"), emoji_name("🦊"), emoji_name("wave")) == ("heart", "fox_face", "wave")


def test_a_wastickers_file_holds_what_importers_read() -> None:
    with zipfile.ZipFile(io.BytesIO(wastickers(build("whatsapp").data, "Fox 狐"))) as archived:
        names = archived.namelist()
        assert names == ["title.txt", "author.txt", "tray.png", "01.webp", "02.webp", "03.webp"]
        assert archived.read("title.txt").decode() == "Fox 狐"
        assert archived.read("author.txt") == b"PopCon"
        assert [archived.read(f"0{n}.webp") for n in (1, 2, 3)] == [item.data for item in items("whatsapp")]


def test_covers_show_the_chosen_sticker() -> None:
    plain = build_pack(PLATFORMS["line-emoji"], items("line-emoji"), character(), "Fox")
    chosen = build_pack(PLATFORMS["line-emoji"], items("line-emoji"), character(), "Fox", shown=NAMES[2])
    assert [name for name, _ in chosen.files] == [name for name, _ in plain.files]
    differ = [name for (name, data), (_, other) in zip(chosen.files, plain.files, strict=True) if data != other]
    assert differ == [cover.name for cover in PLATFORMS["line-emoji"].pack.covers]
