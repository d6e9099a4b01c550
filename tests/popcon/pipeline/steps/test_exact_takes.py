"""Takes that carry alpha: what the puppet draws reaches the sticker as drawn, and plays in a browser as before."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from popcon.actions.choose import action
from popcon.engines.abilities import DrawsFrames
from popcon.engines.base import Shot
from popcon.engines.puppet.engine import FPS, PuppetImage, PuppetVideo
from popcon.errors import BadClip
from popcon.media.clips.clip import encode_mp4, frames, probe
from popcon.media.clips.clip import frames_at as clip_frames_at
from popcon.media.clips.exact import FRAMES, exact_frames_at, with_box
from popcon.media.pictures.png import decode_png, encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.results import Box, Take
from popcon.models.timeline import FrameRef
from popcon.pipeline.steps.cutouts import EXACT, CutoutInputs, StudyInputs, cut_out_chunk, study_clip
from popcon.pipeline.steps.frames import FramesInputs, choose_frames
from popcon.pipeline.steps.sources import exact_frames, frames_at
from popcon.pipeline.steps.start_frame import ReplacedStartFrameInputs, replace_start_frame
from popcon.pipeline.steps.take import TakeInputs, make_take
from popcon.pixels import Rgba
from popcon.storage.store import Store, open_store

SIDE = 240
BACKDROP = "#00d45a"


def shot(name: str) -> Shot:
    found = action(name)
    return Shot(action=name, motion=found.motion, effect=found.effect, backdrop=BACKDROP, side=SIDE)


def ghost() -> Rgba:
    """Half transparent, pale blue, without any outline."""
    picture = np.zeros((200, 200, 4), np.uint8)
    cv2.circle(picture, (100, 80), 60, (225, 238, 255, 128), -1)
    cv2.rectangle(picture, (40, 80), (160, 180), (225, 238, 255, 128), -1)
    cv2.circle(picture, (80, 75), 8, (20, 20, 60, 255), -1)
    cv2.circle(picture, (120, 75), 8, (20, 20, 60, 255), -1)
    return picture


def pink_outline() -> Rgba:
    """A line 2 px wide around white."""
    picture = np.zeros((220, 220, 4), np.uint8)
    cv2.ellipse(picture, (110, 110), (70, 90), 0, 0, 360, (255, 255, 255, 255), -1)
    cv2.ellipse(picture, (110, 110), (70, 90), 0, 0, 360, (255, 105, 180, 255), 2)
    return picture


def take_of(character: Rgba, name: str, store: Store) -> Take:
    start, _ = PuppetImage().draw_start_frame(character, shot(name))
    height, width = character.shape[:2]
    assert isinstance(PuppetVideo(), DrawsFrames)
    return make_take(
        TakeInputs(
            character=store.put(encode_png(character), "image/png"),
            body=Box(left=0, top=0, right=width, bottom=height),
            shot=shot(name),
            engine=EngineChoice(name="puppet"),
            fingerprint=PuppetVideo.fingerprint,
            start_frame=store.put(encode_png(start), "image/png"),
        ),
        store,
    )


def cut_out(clip: ArtifactRef, indices: tuple[int, ...], store: Store) -> list[Rgba]:
    """The cutouts of a clip's frames by the pipeline's own steps."""
    crop = Box(left=0, top=0, right=SIDE, bottom=SIDE)
    keyed, mark = EngineChoice(name="keyed"), EngineFingerprint(name="keyed", version="x")
    study = study_clip(StudyInputs(source=clip, crop=crop, backdrop=BACKDROP, engine=keyed, fingerprint=mark), store)
    assert study.engine == EXACT
    refs = tuple(FrameRef(source=clip, index=index) for index in indices)
    made = cut_out_chunk(CutoutInputs(frames=refs, crop=crop, study=study, engine=keyed, fingerprint=mark), store)
    assert {each.doubt for each in made.cutouts} == {0}
    return [decode_png(store.get(each.picture), 4) for each in made.cutouts]


def cut_out_take(character: Rgba, name: str, tmp_path: Path) -> tuple[list[Rgba], bytes]:
    store = open_store(str(tmp_path / "store"))
    take = take_of(character, name, store)
    assert take.price == "0"
    return cut_out(take.clip, (0, 7, 31), store), store.get(take.clip)


def test_a_half_transparent_ghost_keeps_its_colour_and_alpha(tmp_path: Path) -> None:
    cutouts, clip = cut_out_take(ghost(), "wave", tmp_path)
    for rgba in cutouts:
        body = np.abs(rgba[..., 3].astype(int) - 128) <= 2
        assert body.mean() > 0.1
        error = np.abs(rgba[body][:, :3].astype(int) - (225, 238, 255)).max(axis=1)
        assert np.percentile(error, 90) <= 3
    info = probe(clip)
    assert (info.frames, info.fps, info.notes) == (60, float(FPS), ())


def test_a_pink_outline_of_two_px_keeps_its_colour(tmp_path: Path) -> None:
    cutouts, _ = cut_out_take(pink_outline(), "wave", tmp_path)
    for rgba in cutouts:
        red, green, blue = (rgba[..., channel].astype(int) for channel in range(3))
        seen = rgba[..., 3] > 128
        coloured = seen & (np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue) > 40)
        assert coloured.sum() > 200
        greenish = coloured & (green > red + 10) & (green > blue + 10)
        assert greenish.sum() <= 0.002 * coloured.sum()


def test_frames_are_drawn_where_they_are_shown_and_the_clip_shows_the_same_smaller(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    clip = take_of(pink_outline(), "jump", store).clip
    data = store.get(clip)
    assert data == store.get(take_of(pink_outline(), "jump", store).clip)
    chosen = choose_frames(FramesInputs(clips=(clip,), backdrop=BACKDROP, slots=8, longest_ms=2000), store)
    assert (chosen.width, chosen.height, chosen.crop.right, chosen.crop.bottom) == (SIDE,) * 4
    indices = tuple(slot.frame.index for slot in chosen.timeline.slots)
    assert len(indices) == 8
    assert max(indices) < probe(data).frames
    small = clip_frames_at(data, indices)
    side = small[0].shape[0]
    assert side < SIDE
    for number, drawn in enumerate(frames_at(clip, indices, store)):
        assert drawn.shape == (SIDE, SIDE, 3)
        reduced = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA)
        apart = [np.abs(reduced.astype(int) - seen).mean() for seen in small]
        assert np.argmin(apart) == number
        assert apart[number] < 8
    assert all(
        np.array_equal(alone, again)
        for alone, again in zip(cut_out(clip, indices, store), exact_frames(clip, indices, store), strict=True)
    )
    with pytest.raises(BadClip, match="no frame 60; it has 60"):
        frames_at(clip, [60], store)


def test_exact_frames_of_older_clips_come_back_to_the_bit(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    part = noise.integers(1, 255, (35, 42, 4), np.uint8)
    record = struct.pack(">IIII", 8, 5, SIDE, SIDE) + encode_png(part)
    mp4 = encode_mp4([np.zeros((SIDE, SIDE, 3), np.uint8)] * 2, 10)
    lengths = struct.pack(">III", 2, len(record), len(record))
    clip = with_box(mp4, FRAMES, lengths + record + record)
    store = open_store(str(tmp_path / "store"))
    for frame in cut_out(store.put(clip, "video/mp4"), (1, 0), store):
        assert np.array_equal(frame[5:40, 8:50], part)
        assert not frame[..., 3][:5].any()
        assert not frame[..., 3][40:].any()
    assert all(np.array_equal(a, b) for a, b in zip(frames(clip), frames(mp4), strict=True))
    with pytest.raises(BadClip, match="no frame 2; it has 2"):
        exact_frames_at(clip, [2])
    with pytest.raises(BadClip, match="carries no exact frames"):
        exact_frames_at(mp4, [0])


def test_a_start_frame_that_came_with_alpha_is_moved_without_keying(tmp_path: Path) -> None:
    """The figure is as green as its backdrop, and half transparent: no key could tell them apart."""
    store = open_store(str(tmp_path / "store"))
    figure = np.zeros((300, 300, 4), np.uint8)
    cv2.circle(figure, (150, 150), 90, (0, 212, 90, 255), -1)
    cv2.circle(figure, (150, 150), 40, (0, 190, 100, 128), -1)
    given = store.put(encode_png(figure), "image/png")
    made = replace_start_frame(ReplacedStartFrameInputs(picture=given, backdrop=BACKDROP, side=SIDE), store)
    assert made.alone is not None
    alone = decode_png(store.get(made.alone), 4).astype(float)
    shown = decode_png(store.get(made.picture), 3)
    over = alone[..., :3] * alone[..., 3:] / 255 + np.array((0, 212, 90)) * (1 - alone[..., 3:] / 255)
    assert np.abs(over - shown).max() < 1.5  # twice rounded to 8 bits
    whole = TakeInputs(
        character=given, body=Box(left=60, top=60, right=240, bottom=240), shot=shot("jump"),
        engine=EngineChoice(name="puppet"), fingerprint=PuppetVideo.fingerprint, start_frame=made.picture,
        alone=made.alone,
    )  # fmt: skip
    take = make_take(whole, store)
    (first,) = exact_frames(take.clip, [0], store)
    solid, ours = first[..., 3] > 250, alone[..., 3] > 250
    assert (solid & ours).sum() > 0.9 * ours.sum()
    half = (np.abs(alone[..., 3] - 128) < 3) & (np.abs(first[..., 3].astype(int) - 128) < 12)
    assert half.sum() > 0.8 * (np.abs(alone[..., 3] - 128) < 3).sum() > 100
    assert whole.key() != whole.model_copy(update={"alone": None}).key()
