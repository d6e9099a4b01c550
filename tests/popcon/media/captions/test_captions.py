"""Words on stickers: phrases, fonts, layout, motion, and how well they read."""

from pathlib import Path

import numpy as np
import pytest

from popcon.actions import PRESETS
from popcon.errors import BadInput, UnknownName
from popcon.media.captions import fonts, layout, phrases
from popcon.media.captions.colours import PLAIN, caption_colours
from popcon.media.captions.layout import breaks, clusters, lay_out
from popcon.media.captions.overlay import ROOM, caption_frames, room_height, with_room
from popcon.media.captions.readability import SOUGHT_STROKE, needed_weight, readability, stroke_width
from popcon.models.caption import CaptionMotion
from popcon.pixels import Rgba
from popcon.platforms import PLATFORMS
from tests.popcon.media.captions.block_font import block_font

EVERY = "".join(sorted({c for tag in phrases.LANGUAGES for text in phrases.phrases(tag).values() for c in text}))
MOTIONS: tuple[CaptionMotion, ...] = ("pop", "type", "shake", "wave", "glow")


def body(width: int = 180, height: int = 180) -> list[Rgba]:
    """Ten frames of an orange disc in the upper part of the canvas."""
    rows, columns = np.mgrid[0:height, 0:width]
    inside = np.hypot(columns - width / 2, rows - ROOM * height / 2) < 0.3 * height
    frame = np.zeros((height, width, 4), np.uint8)
    frame[inside] = (240, 130, 40, 255)
    return [frame.copy() for _ in range(10)]


@pytest.mark.parametrize("tag", phrases.LANGUAGES)
def test_every_preset_has_a_phrase_in_every_language(tag: str) -> None:
    found = phrases.phrases(tag)
    assert list(found) == list(PRESETS)
    assert all(0 < len(text) <= 16 and text == text.strip() for text in found.values())
    assert len(set(found.values())) >= 22, "phrases tell actions apart"


@pytest.mark.parametrize("name", [each.name for each in PLATFORMS.values() if each.canvas.kind != "free"])
def test_every_phrase_fits_on_every_canvas(name: str) -> None:
    canvas, font = PLATFORMS[name].canvas, block_font(EVERY)
    for tag in phrases.LANGUAGES:
        for text in phrases.phrases(tag).values():
            found = lay_out(text, font, 0, canvas.width, canvas.height)
            assert found.top >= 0
            assert found.top + found.height <= canvas.height


def test_languages_by_their_other_names() -> None:
    asked = ("KO", "zh_tw", "zh-CN", "es-MX", "ja")
    assert [phrases.language(each) for each in asked] == ["ko", "zh-Hant", "zh-Hans", "es", "ja"]
    with pytest.raises(UnknownName, match="no caption language named 'xx'; choose from en, ko, ja"):
        phrases.language("xx")


def test_own_words() -> None:
    assert phrases.own_phrases(["wave=Hi  there!", "Thank you=Ta"], ["wave", "thank-you"]) == {
        "wave": "Hi there!",
        "thank-you": "Ta",
    }
    for bad, says in (
        ("wave", "write it as action=words"), ("nod=Hi", "no action of this job"), ("wave= ", "has no words"),
        ("wave=" + "x" * 81, "81 characters; at most 80"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=says):
            phrases.own_phrases([bad], ["wave"])


def test_words_from_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("\ufeffaction,en,ko\nwave,Hey!,야!\njump,,\nnod,Yes,네\n", "utf-8")
    assert phrases.csv_phrases(path, ["wave", "jump"], "ko") == {"wave": "야!"}
    assert phrases.csv_phrases(path, ["wave", "jump"], "en") == {"wave": "Hey!"}
    with pytest.raises(BadInput, match="no column ja or text"):
        phrases.csv_phrases(path, ["wave"], "ja")
    path.write_text('wave,"Hi, you"\n')
    assert phrases.csv_phrases(path, ["wave"], "en") == {"wave": "Hi, you"}
    path.write_text("wave\n")
    with pytest.raises(BadInput, match=r"Line 1 of .* has no words"):
        phrases.csv_phrases(path, ["wave"], "en")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="cannot be read as UTF-8"):
        phrases.csv_phrases(path, ["wave"], "en")
    with pytest.raises(BadInput, match="cannot be read"):
        phrases.csv_phrases(tmp_path / "none.csv", ["wave"], "en")


def test_a_font_by_path_and_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "block.ttf"
    path.write_bytes(block_font("Hi!", "Popcorn"))
    assert fonts.find_font(str(path), "en").name == "Popcorn Bold"
    monkeypatch.setenv("POPCON_FONTS", str(tmp_path))
    fonts.installed.cache_clear()
    try:
        for name in ("Popcorn", "popcorn bold"):
            assert fonts.find_font(name, "en").path == path
        with pytest.raises(BadInput, match=r"no font named 'Nowhere' .* install fonts-noto-cjk"):
            fonts.find_font("Nowhere", "ko")
    finally:
        fonts.installed.cache_clear()
    (tmp_path / "bad.ttf").write_bytes(b"no font")
    with pytest.raises(BadInput, match="is no font that can be read"):
        fonts.find_font(str(tmp_path / "bad.ttf"), "en")
    with pytest.raises(BadInput, match="There is no font at"):
        fonts.find_font(str(tmp_path / "none.otf"), "en")


@pytest.mark.parametrize(
    ("text", "package"),
    [("안녕", "fonts-noto-cjk"), ("晚安", "fonts-noto-cjk"), ("ฝันดี", "fonts-thai-tlwg"), ("Hi 🎉", "fonts-symbola")],
)
def test_a_missing_glyph_is_named_with_its_package(text: str, package: str) -> None:
    font = block_font("Hi")
    assert fonts.missing_glyphs(font, 0, "Hi Hi") == []
    with pytest.raises(BadInput, match=rf"no glyph for . \(U\+[0-9A-F]+\).*install {package}"):
        fonts.check_glyphs(font, "Block Bold", 0, text, "en")


def test_lines_break_where_words_do() -> None:
    assert breaks("Good night") == [("Good night",), ("Good", "night")]
    assert breaks("Hi!") == [("Hi!",)]
    assert breaks("お願いします") == [("お願いします",), ("お願い", "します")]
    assert breaks("사랑해요사랑해") == [("사랑해요사랑해",)]
    assert breaks("up|down") == [("up", "down")]
    assert clusters("ฝันดี") == ["ฝั", "น", "ดี"]
    assert clusters("é👩\u200d🚀") == ["é", "👩\u200d🚀"]


def test_a_caption_that_is_too_long_is_told_what_fits() -> None:
    font = block_font("abcdefgh ")
    with pytest.raises(BadInput, match=r"has 60 characters .* less than the 18 px that can be read; about \d+ such"):
        lay_out("a" * 60, font, 0, 180, 180)
    fits = layout.longest_fitting("a" * 60, font, 0, 180, 180)
    assert lay_out("a" * fits, font, 0, 180, 180).size >= 18
    with pytest.raises(BadInput):
        lay_out("a" * (fits + 1), font, 0, 180, 180)


def test_scripts_that_need_shaping_are_refused_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout.features, "check", lambda name: False)
    with pytest.raises(BadInput, match="needs complex text layout, and this Pillow was built without Raqm"):
        layout.refuse_unshaped("ฝันดี")
    layout.refuse_unshaped("Good night 晚安")


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_caption_stays_inside_the_canvas_and_off_the_face(motion: CaptionMotion) -> None:
    bare = body()
    made = caption_frames(bare, [100] * 10, "Hello", motion, block_font("Helo")).frames
    for frame, before in zip(made, bare, strict=True):
        assert frame.shape == before.shape
        changed = np.abs(frame.astype(int) - before.astype(int)).max(axis=2) > 0
        rows = np.flatnonzero(changed.any(axis=1))
        if len(rows):
            # the face is in the upper half of the character, which has the upper ROOM of the canvas
            assert rows.min() > 0.5 * ROOM * 180
        edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
        assert edge[:, 3].max() <= 40, "nothing solid touches the canvas's edge"
    assert any(not np.array_equal(made[0], frame) for frame in made[1:]), "the words move"


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_first_frame_shows_all_words(motion: CaptionMotion) -> None:
    made = caption_frames(body(), [100] * 10, "Hello", motion, block_font("Helo")).frames
    light = [(f[..., :3].min(axis=2) > 225).sum() * (f[..., 3].max() > 0) for f in made]
    assert light[0] >= 0.75 * max(light)
    again = caption_frames(body(), [100] * 10, "Hello", motion, block_font("Helo")).frames
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True)), "the same bytes every time"


def test_colours_follow_the_character() -> None:
    orange = caption_colours(body()[:1])
    assert min(orange.fill) > 225
    assert orange.outline[0] > orange.outline[2]
    assert max(orange.outline) < 100
    grey = body()[0]
    grey[..., :3] = 120
    assert caption_colours([grey]) == PLAIN
    assert caption_colours([np.zeros((9, 9, 4), np.uint8)]) == PLAIN


def test_readability_is_measured() -> None:
    wide, thin = np.zeros((180, 180), np.uint8), np.zeros((180, 180), np.uint8)
    wide[60:120, 80:92] = 255
    thin[60:120, 80:83] = 255
    assert stroke_width(wide) == pytest.approx(12, abs=1)
    assert stroke_width(thin) == pytest.approx(3, abs=0.6)
    assert stroke_width(np.zeros((5, 5), np.uint8)) == 0
    short = caption_frames(body(), [100] * 10, "Hi", "pop", block_font("Hi"))
    long = caption_frames(body(), [100] * 10, "Hi Hi Hi Hi Hi Hi", "pop", block_font("Hi"))
    assert short.at_32_px.reads
    assert not long.at_32_px.reads
    assert short.at_22_px.stroke == pytest.approx(short.at_32_px.stroke * 22 / 32)
    # letters in the colour of what is around them do not read
    flat = np.zeros((180, 180, 4), np.float32)
    flat[40:140, 40:140] = (90, 90, 90, 255)
    assert readability(wide, flat).contrast == pytest.approx(1, abs=0.05)


def test_thin_letters_are_thickened_to_read_at_32_px() -> None:
    thin, wide = np.zeros((512, 512), np.uint8), np.zeros((512, 512), np.uint8)
    thin[60:420, 80:84] = 255
    wide[60:420, 80:96] = 255
    assert needed_weight(wide) == 0
    weight = needed_weight(thin)
    assert weight >= 1
    thick = thin.copy()
    thick[60 - weight : 420 + weight, 80 - weight : 84 + weight] = 255
    assert stroke_width(thick) * 32 / 512 == pytest.approx(SOUGHT_STROKE, abs=0.1)


def test_room_for_words() -> None:
    assert room_height(100) == 76
    padded = with_room([np.full((76, 100, 4), 9, np.uint8)], 100)
    assert padded[0].shape == (100, 100, 4)
    assert not padded[0][76:].any()
