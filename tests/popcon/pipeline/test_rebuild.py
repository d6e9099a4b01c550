"""Summaries that are rebuilt hold what the run that made the results would have kept."""

import json
from pathlib import Path

from popcon import naming
from popcon.actions import action
from popcon.editing.refinements import Refinements, SlotTarget
from popcon.jobs.archive import Archive
from popcon.models.base import Model
from popcon.models.job import JobSpec
from popcon.models.refinement import Refinement
from popcon.models.results import Box, Character, CutoutRef, Cutouts, Frames, StartFrame, Sticker, Study, Take
from popcon.models.stage import Body
from popcon.models.timeline import Candidate, FrameRef, Loop, Slot, Timeline
from popcon.models.verdict import Status
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.rebuild import rebuild_summary
from popcon.storage.store import Store

BODY = Body(left=0.2, top=0.1, right=0.8, bottom=1)


def test_a_picked_frame_joins_the_cutouts_of_the_machine(tmp_path: Path) -> None:
    """A pick that had to be cut out is one more cutout; the others, their doubts and their notes stay."""
    archive = Archive(Store(str(tmp_path)))
    put = archive.store.put
    wave = action("wave")
    spec = JobSpec(title="Fox", picture=put(b"fox", "image/png"), actions=(wave,), platforms=("line-emoji",))
    job = archive.place(spec)
    builder = StepInputsBuilder(archive, job)

    def finish(inputs: StepInputs, result: Model) -> None:
        record = {"result": json.dumps(result.model_dump(mode="json"))}
        archive.store.write_json(naming.step_record(inputs.key()), record)

    box = Box(left=0, top=0, right=48, bottom=48)
    character = Character(picture=put(b"character", "image/png"), body=box, backdrop="#00ff00")
    start_frame = StartFrame(picture=put(b"start", "image/png"), body=BODY)
    take = Take(clip=put(b"clip", "video/mp4"), width=48, height=48, fps=12, frames=20)
    refs = [FrameRef(source=take.clip, index=number) for number in range(11)]
    picked = FrameRef(source=take.clip, index=15)
    slots = [Slot(frame=ref, duration_ms=80, candidates=(Candidate(frame=picked, score=0.4),)) for ref in refs]
    timeline = Timeline(slots=tuple(slots), loop=Loop(kind="cycle", start=0, stop=20, seam=1))
    frames = Frames(timeline=timeline, width=48, height=48, crop=box)
    study = Study(clip={}, engine="keyed", notes=("The keyed engine cut this action out instead.",))

    def cutout(ref: FrameRef) -> CutoutRef:
        return CutoutRef(frame=ref, picture=put(b"cutout %d" % ref.index, "image/png"), doubt=0.7, reason="its hair")

    target = SlotTarget(slot=3, chosen=refs[3])
    Refinements(archive.store, job.id, "wave").save(target, Refinement(candidate=picked), base=0)

    finish(builder.character(), character)
    finish(builder.start_frame(wave, character, []), start_frame)
    (take_inputs,) = builder.takes(wave, character, start_frame, [], [])
    finish(take_inputs, take)
    finish(builder.frames(wave, character, [take]), frames)
    finish(builder.study(wave, character, frames, refs[0]), study)
    for chunk in builder.chunks(wave, frames, refs, study):
        finish(chunk, Cutouts(cutouts=tuple(cutout(ref) for ref in chunk.frames)))
    (pick,) = builder.chunks(wave, frames, [picked], study)
    finish(pick, Cutouts(cutouts=(cutout(picked),)))
    whole = Cutouts(cutouts=tuple(cutout(ref) for ref in [*refs, picked]), notes=study.notes)
    edited = builder.edits(wave, frames).apply_picks(frames)
    sticker = Sticker(
        action="wave",
        platform="line-emoji",
        file=put(b"sticker", "image/png"),
        width=180,
        height=180,
        frames=11,
        durations_ms=(80,) * 11,
        loops=0,
        fidelity=1,
        setting="as it is",
    )
    finish(builder.sticker(wave, "line-emoji", start_frame, edited, whole), sticker)

    summary = rebuild_summary(archive, job, wave)
    assert summary.status is Status.DONE
    assert Cutouts.model_validate(summary.results["cutouts"]) == whole
    assert summary.results["sticker:line-emoji"] == sticker.model_dump(mode="json")
