import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.engines.segment.graph import GraphEngine
from popcon.errors import BadInput
from popcon.models.refinement import Click
from tests.popcon.engines.segment.pictures import clouds, disc_on, iou, plain

ENGINE = GraphEngine()
PLACES = [(50 + 7 * n, 76 + 3 * n) for n in range(8)]


def _clip(background: NDArray[np.uint8]) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.bool_]]]:
    pairs = [disc_on(background, x=x, y=y) for x, y in PLACES]
    return [picture for picture, _ in pairs], [truth for _, truth in pairs]


@pytest.mark.parametrize("background", [plain(), clouds()])
def test_clicks_on_a_middle_frame_reach_both_ends(background: NDArray[np.uint8]) -> None:
    frames, truths = _clip(background)
    x, y = PLACES[3]
    found = {number: (mask, score) for number, mask, score in ENGINE.track(frames, {3: [Click(x=x + 5, y=y + 10)]})}
    assert sorted(found) == list(range(8))
    assert min(iou(found[n][0], truths[n]) for n in range(8)) >= 0.95


def test_corrected_frames_come_first_and_exactly_as_given() -> None:
    frames, truths = _clip(plain())
    odd = np.where(truths[2], 255, 0).astype(np.uint8)
    odd[:9, :9] = 77
    other = np.where(truths[6], 255, 0).astype(np.uint8)
    tracked = list(ENGINE.track(frames, {6: other, 2: odd}))
    assert [number for number, _, _ in tracked[:2]] == [2, 6]
    assert (tracked[0][1] == odd).all()
    assert (tracked[1][1] == other).all()
    assert sorted(number for number, _, _ in tracked) == list(range(8))


def test_a_frame_between_two_prompts_follows_the_nearer() -> None:
    frames, truths = _clip(plain())
    nothing = np.zeros(frames[0].shape[:2], np.uint8)
    tracked = {
        n: mask for n, mask, _ in ENGINE.track(frames, {0: np.where(truths[0], 255, 0).astype(np.uint8), 7: nothing})
    }
    assert iou(tracked[2], truths[2]) >= 0.95
    assert tracked[6].max() == 0


def test_the_score_falls_where_the_clip_cuts_to_something_else() -> None:
    frames, truths = _clip(plain())
    strange = np.random.default_rng(1).integers(0, 256, frames[0].shape).astype(np.uint8)
    clip = [*frames[:3], strange, strange]
    scores = {n: score for n, _, score in ENGINE.track(clip, {0: np.where(truths[0], 255, 0).astype(np.uint8)})}
    assert scores[2] > 0.7
    assert scores[3] < 0.6 * scores[2]


def test_tracking_streams_and_stops_when_closed() -> None:
    frames, truths = _clip(plain())

    class Counted(list[NDArray[np.uint8]]):
        looked_at: set[int]

        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            self.looked_at.add(index)
            return super().__getitem__(index)

    clip = Counted(frames)
    clip.looked_at = set()
    tracks = ENGINE.track(clip, {0: np.where(truths[0], 255, 0).astype(np.uint8)})
    assert next(tracks)[0] == 0
    assert next(tracks)[0] == 1
    tracks.close()  # type: ignore[attr-defined]
    assert clip.looked_at == {0, 1}


def test_what_cannot_be_tracked_is_said_at_once() -> None:
    frames, truths = _clip(plain())
    mask = np.where(truths[0], 255, 0).astype(np.uint8)
    for clip, prompts, reason in (
        ([], {0: mask}, "no frames"),
        (frames, {}, "click on at least one"),
        (frames, {8: mask}, "no frame 8; the clip has frames 0 to 7"),
        (frames, {-1: mask}, "no frame -1"),
        (frames, {0: mask[:-1]}, "mask of frame 0"),
        (frames, {0: []}, "no clicks"),
        ([frames[0], frames[1][:-4]], {0: mask}, "Frame 1 is 160 x 156"),
    ):
        with pytest.raises(BadInput, match=reason):
            ENGINE.track(clip, prompts)
