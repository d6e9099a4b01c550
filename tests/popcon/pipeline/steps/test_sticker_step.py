"""The sticker step with words, with stills, and with the stroke that a platform recommends."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from popcon.check.checker import check_bytes
from popcon.media.pictures.png import decode_png, encode_png
from popcon.models.caption import Caption, CaptionFont
from popcon.models.stage import Body
from popcon.pipeline.steps import sticker
from popcon.pipeline.steps.sticker import StickerInputs, StickerSlot, make_sticker_file
from popcon.platforms import SUFFIXES, platform
from popcon.stickers.decode import decode
from popcon.stickers.pixels import stroked
from popcon.storage.store import Store, open_store
from tests.popcon.media.captions.block_font import block_font
from tests.popcon.stickers.sticker_makers import ball


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path))


def inputs(store: Store, name: str, text: str = "", still: bool = False, stroke: int = 150) -> StickerInputs:
    frames = ball(160, 8)
    slots = tuple(StickerSlot(cutout=store.put(encode_png(f), "image/png"), duration_ms=125) for f in frames)
    font = CaptionFont(file=store.put(block_font("HelloBye!", stroke=stroke), "font/collection"), name="Block Bold")
    return StickerInputs(
        action="wave",
        platform=name,
        slots=slots,
        body=Body(left=0.25, top=0.3, right=0.75, bottom=0.8),
        caption=Caption(text=text, motion="pop", font=font) if text else None,
        still=still,
    )


@pytest.mark.parametrize("name", ["line-emoji", "whatsapp", "kakao", "slack"])
def test_words_are_on_the_sticker_and_it_is_accepted(name: str, store: Store) -> None:
    bare, worded = (make_sticker_file(inputs(store, name, text), store) for text in ("", "Hello"))
    assert worded.notes == ()
    suffix = SUFFIXES[platform(name).default_format]
    assert check_bytes(store.get(worded.file), f"01{suffix}", name).ok
    shown = decode(store.get(worded.file), platform(name).default_format)[0]
    before = decode(store.get(bare.file), platform(name).default_format)[0]
    height = shown.shape[0]
    band = slice(int(0.78 * height), height)
    dark = (shown[band, :, :3].max(axis=2) < 130) & (shown[band, :, 3] > 200)
    none = (before[band, :, :3].max(axis=2) < 130) & (before[band, :, 3] > 200)
    assert dark.mean() > none.mean() + 0.03, "the outline of letters is in the lowest part"


def test_other_words_are_another_sticker_of_the_same_cutouts(store: Store) -> None:
    one, other = inputs(store, "line-emoji", "Hello"), inputs(store, "line-emoji", "Bye!")
    assert one.key() != other.key()
    assert one.slots == other.slots
    assert make_sticker_file(one, store).file == make_sticker_file(one, store).file
    assert make_sticker_file(one, store).file != make_sticker_file(other, store).file


def test_a_still_among_animations(store: Store) -> None:
    still, moving = (make_sticker_file(inputs(store, "kakao", still=each), store) for each in (True, False))
    assert (still.frames, still.file.media_type) == (1, "image/png")
    assert moving.frames > 1
    for made, name in ((still, "04.png"), (moving, "01.gif")):
        report = check_bytes(store.get(made.file), name, "kakao")
        assert report.ok, [(each.rule, each.found) for each in report.failures]
    assert decode(store.get(moving.file), "gif")[0][..., 3].min() == 255
    assert decode_png(store.get(still.file), 4)[0, 0, 3] == 0


def test_words_that_read_badly_are_told(store: Store) -> None:
    made = make_sticker_file(inputs(store, "line-emoji", "HelloHelloHe"), store)
    assert len(made.notes) == 1
    assert made.notes[0].startswith("wave for LINE animated emoji: 'HelloHelloHe' is hard to read at 32 px")


def test_a_message_sticker_leaves_room_for_what_people_type(store: Store) -> None:
    made = make_sticker_file(inputs(store, "line-message"), store)
    shown = decode_png(store.get(made.file), 4)
    height = shown.shape[0]
    assert (made.frames, made.width, height) == (1, 370, 320)
    assert not shown[int(0.8 * height) :].any(), "nothing stands where the words will"
    assert shown[: int(0.8 * height), :, 3].max() == 255
    assert check_bytes(store.get(made.file), "01.png", "line-message").ok


def test_a_light_stroke_stands_around_the_character() -> None:
    frame = np.zeros((60, 60, 4), np.uint8)
    frame[20:40, 20:40] = (10, 10, 10, 255)
    frame[50:55, 5:10] = (10, 10, 10, 60)
    made = stroked(frame, 6)
    assert np.array_equal(made[20:40, 20:40], frame[20:40, 20:40])
    assert (made[15, 22:38, :3] == 255).all()
    assert made[16, 22:38, 3].min() >= 250
    assert made[9, 30, 3] == 0
    assert made[52, 2, 3] == 0, "what is hardly seen has none"
    assert stroked(frame, 0) is frame
    assert hashlib.sha256(stroked(frame, 6).tobytes()).digest() == hashlib.sha256(made.tobytes()).digest()


def test_stickers_for_two_platforms_decode_each_cutout_once_and_order_does_not_matter(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []

    def counted(data: bytes, channels: int) -> np.ndarray:
        decoded.append(data)
        return decode_png(data, channels)

    monkeypatch.setattr(sticker, "decode_png", counted)
    one, other = inputs(store, "line-emoji"), inputs(store, "slack")
    sticker._decoded.cache_clear()
    first = [make_sticker_file(each, store).file for each in (one, other)]
    assert len(decoded) == len({slot.cutout.sha256 for slot in one.slots})
    sticker._decoded.cache_clear()
    assert [make_sticker_file(each, store).file for each in (other, one)] == first[::-1]
