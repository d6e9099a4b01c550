from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.engine import FPS, PuppetImage, PuppetVideo, frames, perform
from popcon.engines.puppet.render import Painter
from popcon.engines.puppet.tracks import FRAMES
from popcon.errors import BadPicture
from popcon.media.clips.clip import frames as decode
from popcon.media.pictures.pixel_art import square_side
from popcon.models.stage import standing
from tests.popcon.engines.puppet.figures import ball, person


def shot(name: str = "wave", side: int = 128, seed: int = 0, backdrop: str = "#1e90ff") -> Shot:
    preset = PRESETS[name]
    return Shot(action=name, motion=preset.motion, effect=preset.effect, backdrop=backdrop, side=side, seed=seed)


def test_a_start_frame_stands_on_the_backdrop() -> None:
    picture = person()
    still, said = PuppetImage().draw_start_frame(picture, shot(side=160))
    assert still.shape == (160, 160, 3)
    assert still.dtype == np.uint8
    assert still.flags.c_contiguous
    assert said.body == standing(*np.ptp(np.argwhere(picture[..., 3] > 8), axis=0)[::-1] + 1)
    assert said.notes == ()
    assert still[0, 0].tolist() == [0x1E, 0x90, 0xFF]
    assert (still != np.array([0x1E, 0x90, 0xFF])).any(axis=2).mean() > 0.1


def test_frame_0_is_the_start_frame() -> None:
    still, _ = PuppetImage().draw_start_frame(ball(), shot())
    clip = list(frames(still, ball(), shot()))
    assert len(clip) == FRAMES
    assert np.array_equal(clip[0], still)
    assert all(frame.shape == still.shape for frame in clip)


def test_the_same_in_every_run_and_thread() -> None:
    wanted = shot("cheer", 96)
    still, _ = PuppetImage().draw_start_frame(ball(), wanted)
    with ThreadPoolExecutor(3) as pool:
        clips = list(pool.map(lambda _: np.stack(list(frames(still, ball(), wanted))), range(3)))
    assert np.array_equal(clips[0], clips[1])
    assert np.array_equal(clips[0], clips[2])


def test_another_seed_looks_different() -> None:
    stills = [PuppetImage().draw_start_frame(ball(), shot(seed=seed))[0].astype(int) for seed in (0, 1, 2)]
    assert np.abs(stills[0] - stills[1]).mean() > 2
    assert np.abs(stills[0] - stills[2]).mean() > 1
    assert np.abs(stills[1] - stills[2]).mean() > 2


def test_the_clip_is_a_video_of_two_seconds() -> None:
    wanted = shot("bow", 96)
    still, _ = PuppetImage().draw_start_frame(person(), wanted)
    data = PuppetVideo().animate(still, person(), wanted).data
    assert data[4:8] == b"ftyp"
    decoded = list(decode(data))
    assert len(decoded) == 2 * FPS == FRAMES
    assert np.abs(decoded[0].astype(int) - still).mean() < 4
    assert PuppetVideo().animate(still, person(), wanted).data == data


def test_coding_noise_does_not_make_a_start_frame_another_one() -> None:
    still, _ = PuppetImage().draw_start_frame(ball(), shot())
    _, jpeg = cv2.imencode(".jpg", still, [cv2.IMWRITE_JPEG_QUALITY, 92])
    noisy = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), dtype=np.uint8)
    assert np.array_equal(next(frames(noisy, ball(), shot())), still)


def test_a_replaced_start_frame_is_what_moves() -> None:
    wanted = shot("laugh", 160)
    approved = np.full((160, 160, 3), (255, 255, 255), np.uint8)
    cv2.rectangle(approved, (50, 60), (109, 139), (200, 30, 160), -1)
    clip = list(frames(approved, ball(), wanted))
    assert np.abs(clip[0].astype(int) - approved).mean() < 1.0
    purple = [(np.abs(frame.astype(int) - (200, 30, 160)).max(axis=2) < 30).sum() for frame in clip]
    assert min(purple) > 0.55 * 60 * 80
    assert not any((np.abs(frame.astype(int) - (250, 200, 60)).max(axis=2) < 12).sum() > 40 for frame in clip[:3])
    moving = np.abs(np.diff(np.stack(clip).astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert moving.max() > 0.5
    assert np.abs(clip[-1].astype(int) - clip[0]).mean() <= 2 * moving.max()


def test_a_replaced_start_frame_of_another_size_is_fitted() -> None:
    approved = np.full((300, 300, 3), 20, np.uint8)
    cv2.circle(approved, (150, 190), 70, (240, 220, 30), -1)
    first = next(frames(approved, ball(), shot("jump", 120)))
    assert first.shape == (120, 120, 3)
    assert first[76, 60].tolist() == pytest.approx([240, 220, 30], abs=8)


def test_an_empty_replacement_is_refused() -> None:
    with pytest.raises(BadPicture, match="nothing but its backdrop"):
        list(frames(np.full((128, 128, 3), 90, np.uint8), ball(), shot()))


def test_effects_are_drawn_and_can_be_left_out() -> None:
    with_effects = shot("love", 160)
    without = with_effects.model_copy(update={"effect": ""})
    one = PuppetImage().draw_start_frame(ball(), with_effects)[0].astype(int)
    other = PuppetImage().draw_start_frame(ball(), without)[0].astype(int)
    assert (np.abs(one - other).max(axis=2) > 60).sum() > 200


def test_start_frames_say_what_was_understood() -> None:
    wanted = Shot(action="mine", motion="subtle bounce", backdrop="#00ff00", side=96)
    assert PuppetImage().draw_start_frame(ball(), wanted)[1].notes == (
        "From the motion prompt: bounce, smaller, usual speed.",
    )


def test_a_transparent_character_is_refused() -> None:
    with pytest.raises(BadPicture):
        PuppetImage().draw_start_frame(np.zeros((64, 64, 4), np.uint8), shot())


@pytest.mark.parametrize("name", ["wave", "love"])
def test_pixel_art_moves_in_whole_pixels(name: str) -> None:
    sprite = np.zeros((16, 16, 4), np.uint8)
    cv2.circle(sprite, (7, 7), 6, (70, 200, 120, 255), -1)
    sprite[5:7, 4:6] = sprite[5:7, 9:11] = (10, 10, 30, 255)
    large = sprite.repeat(20, axis=0).repeat(20, axis=1)
    actor, plan = perform(large, shot(name, side=240))
    assert actor.grid is not None
    pixel = actor.grid.pixel
    assert pixel == 12
    alone = Painter(actor, replace(plan, effects=()), "#1e90ff")
    seen = set()
    for number in (0, 7, 23, 40):
        frame = alone.paint_alone(number)
        squares = frame[actor.grid.top :, actor.grid.left :]
        rows, columns = squares.shape[0] // pixel, squares.shape[1] // pixel
        squares = squares[: rows * pixel, : columns * pixel].reshape(rows, pixel, columns, pixel, 4)
        assert np.array_equal(squares, np.broadcast_to(squares[:, :1, :, :1], squares.shape))
        assert set(np.unique(frame[..., 3])) == {0, 255}
        seen.add(frame.tobytes())
    assert len(seen) > 1
    with_effects = Painter(actor, plan, "#1e90ff").paint_alone(0)
    assert not np.array_equal(with_effects, alone.paint_alone(0))
    half = actor.grid.for_effects.pixel
    assert square_side(with_effects[actor.grid.top % half :, actor.grid.left % half :][: 30 * half, : 30 * half]) > 1
