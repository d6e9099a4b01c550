"""Refinements: kept as they are made, never overwritten silently, applied only where they belong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from popcon import naming
from popcon.editing.edits import edits_of
from popcon.editing.refinements import FrameTarget, Refinements, SlotTarget, VersionConflict
from popcon.errors import BadInput, Fault, RecordDamaged
from popcon.models.artifact import ArtifactRef
from popcon.models.refinement import Click, Point, Refinement, Stroke
from popcon.models.results import Box, Cutouts, Frames
from popcon.models.timeline import Candidate, FrameRef, Loop, Slot, Timeline
from popcon.storage.store import Store

CLIP = ArtifactRef(sha256="a" * 64, size=1, media_type="video/mp4")
OTHER = ArtifactRef(sha256="b" * 64, size=1, media_type="video/mp4")
CLICKED = Refinement(clicks=(Click(x=3, y=4),))
ERASED = Refinement(strokes=(Stroke(points=(Point(x=1, y=1),), radius=2, mode="erase"),))


def still(index: int, clip: ArtifactRef = CLIP) -> FrameRef:
    return FrameRef(source=clip, index=index)


def frames(*playing: int) -> Frames:
    offered = tuple(Candidate(frame=still(n), score=1) for n in range(6))
    offered += (Candidate(frame=still(2, OTHER), score=0.5),)
    slots = tuple(Slot(frame=still(n), duration_ms=100, candidates=offered) for n in playing)
    loop = Loop(kind="cycle", start=0, stop=6, seam=1)
    crop = Box(left=0, top=0, right=64, bottom=64)
    return Frames(timeline=Timeline(slots=slots, loop=loop), width=64, height=64, crop=crop)


@pytest.fixture
def kept(tmp_path: Path) -> Refinements:
    return Refinements(Store(str(tmp_path)), "fox-1", "wave")


def test_each_save_is_a_record_and_the_latest_counts(kept: Refinements) -> None:
    target = FrameTarget(frame=still(0))
    assert kept.save(target, CLICKED, 0).version == 1
    assert kept.save(target, ERASED, 1).version == 2
    assert [each.refinement for each in kept.current()] == [ERASED]
    assert [each.refinement for each in kept.history()] == [CLICKED, ERASED]


def test_saving_the_same_again_keeps_nothing_new(kept: Refinements) -> None:
    target = FrameTarget(frame=still(0))
    first = kept.save(target, CLICKED, 0, by="Ann")
    assert kept.save(target, CLICKED, 0, by="Bob") == first
    assert len(kept.history()) == 1


def test_a_save_over_somebody_elses_is_told_and_can_be_insisted_on(kept: Refinements, tmp_path: Path) -> None:
    target = FrameTarget(frame=still(0))
    kept.save(target, CLICKED, 0, by="Ann")
    elsewhere = Refinements(Store(str(tmp_path)), "fox-1", "wave")
    with pytest.raises(VersionConflict) as told:
        elsewhere.save(target, ERASED, 0, by="Bob")
    assert told.value.current.by == "Ann"
    assert elsewhere.save(target, ERASED, None, by="Bob").version == 2
    assert kept.current()[0].by == "Bob"


def test_what_somebody_saves_while_a_state_is_amended_is_not_lost(kept: Refinements, tmp_path: Path) -> None:
    target = FrameTarget(frame=still(0))
    elsewhere = Refinements(Store(str(tmp_path)), "fox-1", "wave")
    late = [ERASED, ERASED.model_copy(update={"effects": False})]

    def carried(now: Refinement) -> Refinement:
        if late:
            elsewhere.save(target, late.pop(0), None, by="Ann")
        return now.model_copy(update={"mask": OTHER})

    saved = kept.amend(target, carried, by="Bob")
    assert saved.refinement == ERASED.model_copy(update={"effects": False, "mask": OTHER})
    assert (saved.version, saved.by) == (3, "Bob")
    assert kept.amend(target, carried) == saved, "the same again keeps nothing new"


def test_a_record_of_another_version_is_told_and_read_once_it_can_be(kept: Refinements, tmp_path: Path) -> None:
    elsewhere = Refinements(Store(str(tmp_path)), "fox-1", "wave")
    first = elsewhere.save(FrameTarget(frame=still(0)), CLICKED, 0)
    strange = tmp_path / naming.refinement("fox-1", "wave", 1)
    strange.write_text('{"target": {"kind": "whole"}}')
    for _ in range(2):
        with pytest.raises(Fault, match=r"jobs/fox-1/actions/wave/refinements/000001\.json"):
            kept.history()
    strange.unlink()
    assert kept.history() == [first]


def test_two_who_save_different_frames_do_not_meet(kept: Refinements, tmp_path: Path) -> None:
    elsewhere = Refinements(Store(str(tmp_path)), "fox-1", "wave")
    kept.save(FrameTarget(frame=still(0)), CLICKED, 0)
    elsewhere.save(FrameTarget(frame=still(1)), ERASED, 0)
    assert len(kept.current()) == len(elsewhere.current()) == 2


def test_a_record_that_was_cut_off_is_told_until_it_is_gone(kept: Refinements, tmp_path: Path) -> None:
    path = tmp_path / naming.refinement("fox-1", "wave", 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"target": ')
    with pytest.raises(RecordDamaged):
        kept.save(FrameTarget(frame=still(0)), CLICKED, 0)
    path.unlink()
    assert kept.save(FrameTarget(frame=still(0)), CLICKED, 0).version == 1
    assert len(Refinements(Store(str(tmp_path)), "fox-1", "wave").current()) == 1


@pytest.mark.parametrize(
    "refinement",
    [
        Refinement(clicks=tuple(Click(x=n, y=0) for n in range(201))),
        Refinement(strokes=(Stroke(points=(Point(x=0, y=0),), radius=1, mode="erase"),) * 401),
        Refinement(strokes=(Stroke(points=(Point(x=0, y=0),) * 10_000, radius=1, mode="erase"),) * 7),
    ],
)
def test_more_than_a_frame_can_have_is_refused(kept: Refinements, refinement: Refinement) -> None:
    with pytest.raises(BadInput, match="at most"):
        kept.save(FrameTarget(frame=still(0)), refinement, 0)
    assert kept.history() == []


def test_edits_count_for_frames_that_play_and_picks_for_the_slot_they_were_made_for(kept: Refinements) -> None:
    kept.save(FrameTarget(frame=still(1)), CLICKED, 0)
    kept.save(FrameTarget(frame=still(5)), ERASED, 0)
    kept.save(SlotTarget(slot=0, chosen=still(0)), Refinement(candidate=still(2, OTHER)), 0)
    kept.save(SlotTarget(slot=1, chosen=still(4)), Refinement(candidate=still(3)), 0)
    edits = edits_of(kept.current(), frames(0, 1, 2))
    assert edits.picks == {0: still(2, OTHER)}, "slot 1 shows another frame by now"
    assert [frame for frame, _ in edits.frames] == [still(1)], "frame 5 does not play"
    picked = edits.apply_picks(frames(0, 1, 2))
    assert [slot.frame for slot in picked.timeline.slots] == [still(2, OTHER), still(1), still(2)]
    assert edits.uncut(Cutouts(cutouts=())) == [[still(2, OTHER)]]


def test_without_changes_the_timeline_is_the_same_object(kept: Refinements) -> None:
    kept.save(FrameTarget(frame=still(1)), CLICKED, 0)
    kept.save(FrameTarget(frame=still(1)), Refinement(), 1)
    whole = frames(0, 1)
    edits = edits_of(kept.current(), whole)
    assert edits.empty
    assert edits.apply_picks(whole) is whole


def test_a_pick_that_nobody_offered_is_left_out(kept: Refinements) -> None:
    kept.save(SlotTarget(slot=0, chosen=still(0)), Refinement(candidate=still(40)), 0)
    assert edits_of(kept.current(), frames(0, 1)).empty


def strokes(number: int, first: int = 0) -> tuple[Stroke, ...]:
    return tuple(
        Stroke(points=[Point(x=n, y=m) for m in range(150)], radius=4, mode="erase")
        for n in range(first, first + number)
    )


def test_painting_writes_each_stroke_once(kept: Refinements, tmp_path: Path) -> None:
    target = FrameTarget(frame=still(0))
    for number in range(1, 31):
        kept.save(target, Refinement(strokes=strokes(number)), number - 1)
    assert Refinements(Store(str(tmp_path)), "fox-1", "wave").current() == kept.current()
    assert kept.current()[0].refinement.strokes == strokes(30)
    written = [path.stat().st_size for path in tmp_path.rglob("*.json")]
    assert max(written) < 2 * min(written)
    assert [len(each.refinement.strokes) for each in kept.history()] == list(range(1, 31))


def test_undo_and_other_frames_between_are_told_right(kept: Refinements, tmp_path: Path) -> None:
    one, two = FrameTarget(frame=still(0)), FrameTarget(frame=still(1))
    kept.save(one, Refinement(strokes=strokes(3)), 0)
    kept.save(two, Refinement(strokes=strokes(2, 7), clicks=(Click(x=1, y=1),)), 0)
    kept.save(one, Refinement(strokes=strokes(2)), 1)
    kept.save(two, Refinement(strokes=strokes(1, 7)), 1)
    kept.save(one, Refinement(strokes=strokes(2) + strokes(1, 9)), 2)
    kept.save(two, Refinement(), 2)
    again = Refinements(Store(str(tmp_path)), "fox-1", "wave")
    assert [each.refinement for each in again.current()] == [
        Refinement(strokes=strokes(2) + strokes(1, 9)),
        Refinement(),
    ]
    assert again.count() == 6
    assert [(number, each.version) for number, each in again.since(4)] == [(5, 3), (6, 3)]


def test_a_missing_record_in_the_middle_does_not_stop_saving(kept: Refinements, tmp_path: Path) -> None:
    target = FrameTarget(frame=still(0))
    kept.save(target, CLICKED, 0)
    kept.save(FrameTarget(frame=still(1)), CLICKED, 0)
    kept.save(target, ERASED, 1)
    store = Store(str(tmp_path))
    store.delete(naming.refinement("fox-1", "wave", 1))
    again = Refinements(store, "fox-1", "wave")
    assert again.save(target, CLICKED, None).version == 3
    assert again.any()


@pytest.mark.parametrize("contents", [b"", b'{"target": {', b"[]", b'{"later": 1}'])
def test_a_damaged_newest_record_does_not_show_an_older_edit(
    kept: Refinements, tmp_path: Path, contents: bytes
) -> None:
    target = FrameTarget(frame=still(0))
    kept.save(target, CLICKED, 0)
    kept.save(target, ERASED, 1)
    store, path = Store(str(tmp_path)), naming.refinement("fox-1", "wave", 1)
    store.write(path, contents)
    again = Refinements(store, "fox-1", "wave")
    for read in (again.current, again.count, lambda: again.save(target, CLICKED, None)):
        with pytest.raises(RecordDamaged, match=path):
            read()
    store.delete(path)
    assert [each.refinement for each in again.current()] == [CLICKED], "as the message says"


def test_a_change_that_goes_on_from_a_missing_one_is_not_guessed(kept: Refinements, tmp_path: Path) -> None:
    target = FrameTarget(frame=still(0))
    for number in (1, 2, 3):
        kept.save(target, Refinement(strokes=strokes(number)), None)
    store = Store(str(tmp_path))
    store.delete(naming.refinement("fox-1", "wave", 1))
    with pytest.raises(RecordDamaged):
        Refinements(store, "fox-1", "wave").current()


def test_a_brush_that_takes_minutes_to_draw_is_refused(kept: Refinements) -> None:
    stroke = Stroke(points=[Point(x=n % 7, y=n % 5) for n in range(10_000)], radius=1000, mode="erase")
    with pytest.raises(BadInput, match="smaller brush"):
        kept.save(FrameTarget(frame=still(0)), Refinement(strokes=(stroke,)), 0)


def test_points_are_packed_and_read_like_a_list() -> None:
    stroke = Stroke.model_validate({"points": [{"x": 1, "y": 2.5}, Point(x=3, y=4)], "radius": 1, "mode": "erase"})
    assert list(stroke.points) == [Point(x=1, y=2.5), Point(x=3, y=4)]
    assert stroke.points[1] == Point(x=3, y=4)
    assert stroke.model_dump(mode="json")["points"] == [{"x": 1.0, "y": 2.5}, {"x": 3.0, "y": 4.0}]
    assert Stroke.model_validate_json(stroke.model_dump_json()) == stroke
    for bad in ([], [{"x": 1}], [{"x": float("nan"), "y": 1}], "points", [{"x": 1, "y": 2, "z": 3}], [[1, 2]]):
        with pytest.raises(ValidationError):
            Stroke.model_validate({"points": bad, "radius": 1, "mode": "erase"})
    schema = Stroke.model_json_schema()["properties"]["points"]
    assert schema["type"] == "array"
    assert schema["maxItems"] == 10_000
