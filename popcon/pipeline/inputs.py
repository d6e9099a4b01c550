"""How an order, what people decided and what earlier steps made become the inputs of each step.

Flows ask here before they run a step, and the planner asks here without running any, so both see the same keys.
"""

from collections.abc import Sequence
from typing import Literal

from popcon.editing.adjustments import current_adjustments, started_at
from popcon.editing.edits import Edits, edits_of
from popcon.editing.refinements import Refinements, frame_name
from popcon.engines import registry
from popcon.engines.base import Shot
from popcon.engines.registry import Kind
from popcon.jobs.archive import Archive, Job
from popcon.jobs.arrangement import arranged, arrangement
from popcon.models.action import Action
from popcon.models.adjustment import Nudge
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.results import Character, Cutouts, Frames, StartFrame, Sticker, Study, Take
from popcon.models.rig import CharacterRig
from popcon.models.step import Step
from popcon.models.timeline import FrameRef
from popcon.models.verdict import Gate, RefinementVerdict, StartFrameVerdict
from popcon.naming import edition_parts, question
from popcon.pipeline import editions, fingerprints, redo_requests
from popcon.pipeline.steps.character import CharacterInputs
from popcon.pipeline.steps.cutouts import CutoutInputs, StudyInputs
from popcon.pipeline.steps.frames import FramesInputs
from popcon.pipeline.steps.pack import PackInputs, SheetInputs
from popcon.pipeline.steps.payment import Payment
from popcon.pipeline.steps.redraw import RedrawInputs
from popcon.pipeline.steps.refine import RefinedFrame, RefineInputs
from popcon.pipeline.steps.start_frame import ReplacedStartFrameInputs, StartFrameInputs
from popcon.pipeline.steps.sticker import StickerInputs, StickerSlot
from popcon.pipeline.steps.take import TakeInputs
from popcon.platforms import Timing, platform
from popcon.platforms.model import LONGEST_PLAY_MS

MOST_SLOTS = 30
"""15 frames a second over two seconds: more is not seen at sticker size."""


class StepInputsBuilder:
    """The inputs of a job's steps."""

    def __init__(self, archive: Archive, job: Job) -> None:
        self.archive, self.job, self.spec = archive, job, job.spec
        self._revisions = archive.revisions(job.id)
        self._rig: CharacterRig | None = None

    @property
    def revision_count(self) -> int:
        """How often anything of the job was asked for again."""
        return len(self._revisions)

    def is_current(self) -> bool:
        """Return whether nobody asked for a redo since this builder was made."""
        return len(self.archive.revisions(self.job.id)) == len(self._revisions)

    def question(self, action: Action, gate: Gate, attempt: int) -> str:
        """Return the name of what is asked at a gate for the n-th time."""
        step = Step.START_FRAME if gate is Gate.START_FRAME_REVIEW else Step.TAKE
        return question(gate, self._revisions.of(step, action.name), attempt)

    def payment(self, action: Action) -> Payment:
        """Return who pays for the work on an action."""
        return Payment(job=self.job.id, action=action.name, budget=self.spec.budget_cny)

    def character(self) -> CharacterInputs:
        spec = self.spec
        drawn = spec.engines.image if spec.description else None
        subject = spec.engines.subject if spec.picture else None
        colours = {colour for action in spec.actions for colour in registry.effect_colours(spec.engines.image, action)}
        return CharacterInputs(
            picture=spec.picture,
            description=spec.description,
            reference=spec.reference,
            keep_background=spec.keep_background,
            clicks=spec.clicks,
            whiten_paper=spec.whiten_paper,
            subject=subject,
            subject_fingerprint=registry.fingerprint("subject", subject) if subject else None,
            segment=spec.engines.segment if spec.clicks else None,
            segment_fingerprint=registry.fingerprint("segment", spec.engines.segment) if spec.clicks else None,
            stop_where_unclear=spec.review == "auto" and spec.picture is not None,
            effect_colours=tuple(sorted(colours)),
            engine=drawn,
            fingerprint=registry.fingerprint("image", drawn) if drawn else None,
            payment=Payment(job=self.job.id, budget=spec.budget_cny),
            seed=spec.seed,
            revision=self._revisions.of(Step.CHARACTER),
        )

    def start_frame(
        self, action: Action, character: Character, verdicts: Sequence[StartFrameVerdict]
    ) -> StartFrameInputs | ReplacedStartFrameInputs:
        """Return the attempt that follows the verdicts so far."""
        revision = self._revisions.of(Step.START_FRAME, action.name)
        last = verdicts[-1] if verdicts else None
        if last is not None and last.kind == "replace" and last.picture is not None:
            return ReplacedStartFrameInputs(
                picture=last.picture, backdrop=character.backdrop, side=self.spec.side, revision=revision
            )
        return StartFrameInputs(
            character=character.picture,
            body=character.body,
            shot=self._shot("image", action, character, verdicts, seed=revision + len(verdicts)),
            engine=self.spec.engines.image,
            fingerprint=registry.fingerprint("image", self.spec.engines.image),
            payment=self.payment(action),
            sheet=() if verdicts or revision else self._sheet(character),
            revision=revision,
        )

    def takes(
        self,
        action: Action,
        character: Character,
        start_frame: StartFrame,
        approved: Sequence[StartFrameVerdict],
        verdicts: Sequence[RefinementVerdict],
    ) -> list[TakeInputs]:
        """Return the takes that an action has by now: the first, and one for each that a person asked for."""
        revision = self._revisions.of(Step.TAKE, action.name)
        asked = [verdict for verdict in verdicts if verdict.kind == "another_take"]
        prompts = [""] + [verdict.prompt for verdict in asked]
        shots = [
            self._shot("video", action, character, approved, seed=revision + number, motion=prompt)
            for number, prompt in enumerate(prompts)
        ]
        return [
            TakeInputs(
                character=character.picture,
                body=character.body,
                start_frame=start_frame.picture,
                alone=start_frame.alone if registry.draws_frames(self.spec.engines.video) else None,
                shot=shot,
                engine=self.spec.engines.video,
                fingerprint=registry.fingerprint("video", self.spec.engines.video),
                payment=self.payment(action),
                revision=revision,
            )
            for shot in shots
        ]

    def frames(self, action: Action, character: Character, takes: Sequence[Take]) -> FramesInputs:
        # a platform of stills chooses one of the frames that the others show
        wanted = [t for t in (platform(name).timing for name in self.spec.platforms) if t.max_frames != 1] or [Timing()]
        return FramesInputs(
            clips=tuple(take.clip for take in takes),
            backdrop=character.backdrop,
            slots=max(min(timing.max_frames or MOST_SLOTS, MOST_SLOTS) for timing in wanted),
            longest_ms=min(timing.max_play_ms or LONGEST_PLAY_MS for timing in wanted),
            revision=self._revisions.of(Step.FRAMES, action.name),
        )

    def redraw(
        self, action: Action, character: Character, frames: Frames, request: RefinementVerdict, number: int
    ) -> RedrawInputs | None:
        """Return the inputs of a frame's redraw; None where there is no such slot. `number` counts the requests."""
        frame = redo_requests.requested_frame(frames, request)
        if frame is None:
            return None
        revision = self._revisions.of(Step.FRAMES, action.name)
        return RedrawInputs(
            frame=frame,
            wish=request.prompt,
            backdrop=character.backdrop,
            seed=self.spec.seed + revision + number,
            engine=self.spec.engines.image,
            fingerprint=registry.fingerprint("image", self.spec.engines.image),
            payment=self.payment(action),
            revision=revision,
        )

    def study(self, action: Action, character: Character, frames: Frames, source: FrameRef) -> StudyInputs:
        """Return what is studied before the frames of a source (a clip or a picture) are cut out."""
        return StudyInputs(
            source=source.source,
            crop=frames.crop,
            backdrop=character.backdrop,
            engine=self._matte,
            fingerprint=self._fingerprint("matte", self._matte),
            fallback=self.spec.fallback,
            revision=self._revisions.of(Step.CUTOUTS, action.name),
        )

    def chunks(self, action: Action, frames: Frames, wanted: Sequence[FrameRef], study: Study) -> list[CutoutInputs]:
        """Return the frames of one source as chunks; `wanted` is sorted by frame number."""
        size = self.spec.chunk
        made = []
        for first in range(0, len(wanted), size):
            chunk = wanted[first : first + size]
            made.append(
                CutoutInputs(
                    frames=tuple(chunk),
                    before=wanted[first - 1] if first else None,
                    after=wanted[first + size] if first + size < len(wanted) else None,
                    crop=frames.crop,
                    study=study.without_notes,
                    engine=self._matte,
                    fingerprint=self._fingerprint("matte", self._matte),
                    revision=self._revisions.of(Step.CUTOUTS, action.name),
                )
            )
        return made

    def edits(self, action: Action, frames: Frames) -> Edits:
        """Return what people changed by hand and counts for this timeline."""
        return edits_of(Refinements(self.archive.store, self.job.id, action.name).current(), frames)

    def refine(self, character: Character, frames: Frames, edits: Edits, cutouts: Cutouts) -> RefineInputs | None:
        """Return the frames that were changed by hand; None: there are none."""
        if not edits.frames:
            return None
        return RefineInputs(
            frames=tuple(
                RefinedFrame(frame=frame, cutout=cutouts.of(frame).picture, refinement=refinement)
                for frame, refinement in edits.frames
            ),
            crop=frames.crop,
            backdrop=character.backdrop,
            engine=self.spec.engines.segment,
            fingerprint=self._fingerprint("segment", self.spec.engines.segment),
        )

    def sticker(
        self, action: Action, edition: str, start_frame: StartFrame, frames: Frames, cutouts: Cutouts
    ) -> StickerInputs:
        platform_name, language = edition_parts(edition)
        mixed = {each.frame: each for each in frames.mixed}
        adjustments = current_adjustments(self.archive.store, self.job.id).adjustments
        adjusted = adjustments.of(action.name)
        turned = started_at(frames.timeline.slots, adjusted.first)
        if adjusted.first is not None and editions.shows_one_frame(self.spec, action, platform_name):
            turned = turned[:1]
        slots = []
        for slot in turned:
            mix = mixed.get(slot.frame)
            slots.append(
                StickerSlot(
                    cutout=cutouts.of(slot.frame).picture,
                    duration_ms=slot.duration_ms,
                    blend_with=cutouts.of(mix.other).picture if mix else None,
                    blend=mix.share if mix else 0,
                    nudge=adjusted.frames.get(frame_name(slot.frame), Nudge()),
                )
            )
        return StickerInputs(
            action=action.name,
            platform=platform_name,
            slots=tuple(slots),
            body=frames.in_crop(start_frame.body),
            caption=None if platform(platform_name).text_room else editions.caption_of(self.spec, action, language),
            still=editions.is_still(self.spec, action, platform_name),
            nudge=adjusted.nudge,
            outline=adjustments.outline_of(action.name),
            recolours=adjustments.recolours,
            revision=self._revisions.of(Step.STICKER, action.name),
        )

    def pack(self, edition: str, character: Character, stickers: Sequence[Sticker]) -> PackInputs:
        platform_name, language = edition_parts(edition)
        wanted = arrangement(self.archive.store, self.job.id)
        return PackInputs(
            platform=platform_name,
            language=language,
            title=self.spec.title,
            character=character.picture,
            # A cover can only show a sticker that is there.
            cover=wanted.cover if any(each.action == wanted.cover for each in stickers) else "",
            stickers=editions.pack_stickers(self.spec, arranged(stickers, wanted.order, platform_name), language),
            revision=self._revisions.of(Step.PACK),
        )

    def sheet(self, edition: str, stickers: Sequence[Sticker]) -> SheetInputs:
        platform_name, language = edition_parts(edition)
        order = arrangement(self.archive.store, self.job.id).order
        return SheetInputs(
            platform=platform_name,
            title=self.spec.title,
            stickers=editions.pack_stickers(self.spec, arranged(stickers, order, platform_name), language),
            revision=self._revisions.of(Step.PACK),
        )

    def _fingerprint(self, kind: Kind, choice: EngineChoice) -> EngineFingerprint:
        return fingerprints.fingerprint(self.archive.store, kind, choice, self.spec.accounts)

    @property
    def _matte(self) -> EngineChoice:
        return self.spec.engines.matte

    def _shot(
        self,
        kind: Literal["image", "video"],
        action: Action,
        character: Character,
        verdicts: Sequence[StartFrameVerdict],
        seed: int,
        motion: str = "",
    ) -> Shot:
        asked = [verdict.prompt for verdict in verdicts if verdict.kind == "regenerate" and verdict.prompt]
        return Shot(
            action=action.name,
            motion=motion or (asked[-1] if asked else action.motion),
            effect=action.effect,
            backdrop=character.backdrop,
            seed=self.spec.seed + seed,
            side=self.spec.side,
            rig=self._rig_for(kind),
        )

    def _rig_for(self, kind: Literal["image", "video"]) -> CharacterRig | None:
        """Return the job's rig, for an engine that moves by it: it is part of the key of nothing else."""
        ref = self.spec.rig
        if ref is None or registry.acts_by_rig(kind, getattr(self.spec.engines, kind)) is None:
            return None
        if self._rig is None:
            self._rig = CharacterRig.model_validate_json(self.archive.store.get(ref))
        return self._rig

    def _sheet(self, character: Character) -> tuple[Shot, ...]:
        """Return the first start frames of all actions, which may be bought in one picture."""
        first = [each for each in self.spec.actions if not self._revisions.of(Step.START_FRAME, each.name)]
        return tuple(self._shot("image", each, character, (), seed=0) for each in first)
