"""The driver that executes a job and the one that looks it up follow one workflow: whatever people decide, they come to
the same keys, results, statuses and questions."""

import shutil
import tempfile
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from popcon import naming
from popcon.editing.adjustments import save_adjustments
from popcon.editing.edits import selectable_frames
from popcon.editing.refinements import FrameTarget, Refinements, SlotTarget, frame_name
from popcon.jobs.archive import Archive
from popcon.models.adjustment import Adjustments, Nudge, Outline, StickerAdjustment
from popcon.models.refinement import Click, Refinement
from popcon.models.results import Cutouts, Frames
from popcon.models.step import Step
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Gate, RefinementVerdict, StartFrameVerdict, Status
from popcon.pipeline.garbage import needed_artifacts
from popcon.pipeline.lookup import JobLookup
from popcon.pipeline.plan import finished_actions, make_plan
from popcon.pipeline.rebuild import rebuild_summary
from popcon.storage.records import refs_in
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import FORBIDDEN, SLOTS, FakeJob, place_job

ACTIONS = ("wave", "cry")
PROMPTS = st.sampled_from(["", "waves slowly", "jumps", FORBIDDEN])
NAMES = st.sampled_from(ACTIONS)
NUMBERS = st.integers(0, SLOTS)  # one more than there are slots: a request for it is not fulfilled


class Drivers(RuleBasedStateMachine):
    """A job that people answer, edit and redo at random. After each of their moves it runs as far as it can."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.archive = Archive(Store(self.folder))

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(review=st.sampled_from(["ask", "ask", "auto"]), elsewhere=st.booleans())
    def order(self, review: str, elsewhere: bool) -> None:
        self.elsewhere = elsewhere
        self.job = place_job(self.archive.store, review, ACTIONS)
        self.go_on()

    def go_on(self) -> None:
        before = JobLookup(self.archive, self.job)
        self.ran = FakeJob(self.archive, self.job, self.elsewhere)
        assert {
            each.key for look in (before, *before.actions) for each in look.looked_up if each.found
        } <= self.ran.keys
        for label in self.ran.ran:
            event(" ".join(word for word in label.split() if not word[0].isdigit()))
        assert self.ran.cut_out_runs <= len(ACTIONS) * 2, "one for the timeline and one for all picks of an action"

    def waiting(self, gate: Gate) -> list[ActionSummary]:
        found = [self.archive.summary(self.job.id, name) for name in ACTIONS]
        return [each for each in found if each.question.startswith(gate)]

    def decide(self, summary: ActionSummary, verdict: StartFrameVerdict | RefinementVerdict) -> None:
        assert self.archive.decide(self.job.id, summary.action, summary.question, verdict)
        self.go_on()

    @precondition(lambda self: self.waiting(Gate.START_FRAME_REVIEW))
    @rule(data=st.data(), kind=st.sampled_from(["approve", "approve", "regenerate", "replace", "skip"]), prompt=PROMPTS)
    def answer_start_frame(self, data: Any, kind: Any, prompt: str) -> None:
        summary = data.draw(st.sampled_from(self.waiting(Gate.START_FRAME_REVIEW)))
        picture = self.archive.store.put(summary.question.encode(), "image/png") if kind == "replace" else None
        self.decide(summary, StartFrameVerdict(kind=kind, prompt=prompt, picture=picture))

    @precondition(lambda self: self.waiting(Gate.REFINEMENT))
    @rule(
        data=st.data(),
        kind=st.sampled_from(["approve", "another_take", "redo_frame", "redo_frame", "skip"]),
        prompt=PROMPTS,
        slot=NUMBERS,
    )
    def answer_refinement(self, data: Any, kind: Any, prompt: str, slot: int) -> None:
        summary = data.draw(st.sampled_from(self.waiting(Gate.REFINEMENT)))
        self.decide(summary, RefinementVerdict(kind=kind, prompt=prompt, slot=slot if kind == "redo_frame" else None))

    @rule(data=st.data(), name=NAMES, goes_on=st.booleans())
    def edit(self, data: Any, name: str, goes_on: bool) -> None:
        """Pick a frame for a slot, or click on one that plays. It counts when the job goes on."""
        results = self.archive.summary(self.job.id, name).results
        if "frames" not in results:
            return
        frames = Frames.model_validate(results["frames"])
        number = data.draw(st.integers(0, len(frames.timeline.slots) - 1))
        slot = frames.timeline.slots[number]
        refinements = Refinements(self.archive.store, self.job.id, name)
        if data.draw(st.booleans()):
            picked = data.draw(st.sampled_from([None, *selectable_frames(frames, number)]))
            target = SlotTarget(slot=number, chosen=slot.frame)
            refinements.save(target, Refinement(candidate=picked), base=None)
        else:
            clicks = data.draw(st.sampled_from([(), (Click(x=3, y=4),)]))
            frame = data.draw(st.sampled_from([slot.frame, *selectable_frames(frames, number)]))
            refinements.save(FrameTarget(frame=frame), Refinement(clicks=clicks), base=None)
        if goes_on or self.archive.summary(self.job.id, name).status is not Status.AWAITING_REFINEMENT:
            self.go_on()

    @rule(data=st.data(), name=NAMES, width=st.integers(0, 3), move=st.integers(-2, 2))
    def adjust(self, data: Any, name: str, width: int, move: int) -> None:
        """Adjust a sticker: its stickers are made again, and nothing before them."""
        results = self.archive.summary(self.job.id, name).results
        if "frames" not in results:
            return
        slots = Frames.model_validate(results["frames"]).timeline.slots
        frame = frame_name(data.draw(st.sampled_from(slots)).frame)
        own = StickerAdjustment(first=frame, nudge=Nudge(x=move), frames={frame: Nudge(y=move)})
        made = Adjustments(outline=Outline(width=width), stickers={name: own})
        save_adjustments(self.archive.store, self.job.id, self.job.spec, made)
        self.go_on()
        assert all(label.split()[0] in ("sticker", "pack", "contact") for label in self.ran.ran), self.ran.ran

    @rule(step=st.sampled_from(list(Step)), name=NAMES)
    def redo(self, step: Step, name: str) -> None:
        whole = step in (Step.CHARACTER, Step.PACK)
        self.archive.redo(self.job, step, None if whole else name)
        self.go_on()

    @rule(data=st.data())
    def lose_a_record(self, data: Any) -> None:
        """A record that is gone is made again, with the same result."""
        kept = self.archive.store.paths(naming.STEPS)
        self.archive.store.delete(data.draw(st.sampled_from(kept)))
        self.go_on()

    @invariant()
    def both_come_to_the_same(self) -> None:
        lookup = JobLookup(self.archive, self.job)
        assert lookup.reached_keys() == self.ran.keys
        assert all(each.found for look in (lookup, *lookup.actions) for each in look.looked_up)
        needed_hashes, _ = needed_artifacts(self.archive)
        summaries = [self.archive.summary(self.job.id, name) for name in ACTIONS]
        for action, kept in zip(self.job.spec.actions, summaries, strict=True):
            rebuilt = rebuild_summary(self.archive, self.job, action)
            assert rebuilt.results == kept.results
            assert (rebuilt.status, rebuilt.question) == (kept.status, kept.question)
            assert {ref.sha256 for ref in refs_in(kept.results)} <= needed_hashes, "garbage collection keeps them"
            if kept.status is Status.DONE:
                self.all_that_plays_is_cut_out(kept)
            event(f"{self.job.spec.review}: {kept.status}")
        again = FakeJob(self.archive, self.job, self.elsewhere)
        assert (again.ran, again.keys, again.cut_out_runs) == ([], self.ran.keys, 0), "all is found the second time"
        self.the_plan_agrees(summaries)

    def all_that_plays_is_cut_out(self, summary: ActionSummary) -> None:
        frames = Frames.model_validate(summary.results["frames"])
        cutouts = Cutouts.model_validate(summary.results["cutouts"])
        playing = {frame for group in frames.by_source() for frame in group}
        assert playing <= {each.frame for each in cutouts.cutouts}
        assert cutouts.notes

    def the_plan_agrees(self, summaries: list[ActionSummary]) -> None:
        plan = make_plan(self.archive, self.job)
        finished = {each.action for each in summaries if each.status in (Status.DONE, Status.SKIPPED)}
        assert len(plan.waiting) == sum(each.status.awaiting for each in summaries)
        assert finished_actions(self.archive, self.job) == finished
        assert plan.finished == (len(finished) == len(ACTIONS))


TestDrivers = Drivers.TestCase
TestDrivers.settings = settings(
    max_examples=15,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
