"""A whole cut_out flow as the pool `gpu` runs it: decode, study, chunks, post-processing, PNG, store, Prefect."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from popcon import naming
from popcon.jobs.archive import Archive, Job
from popcon.jobs.spec_builder import chosen_actions
from popcon.media.clips.encode import encode_mp4
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.job import EngineChoice, Engines, JobSpec
from popcon.models.results import Box, Character, Cutouts, Frames, StartFrame, Take
from popcon.models.stage import Body
from popcon.models.step import Step
from popcon.models.timeline import FrameRef, Loop, Slot, Timeline
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.lookup import ActionLookup
from popcon.pixels import Rgb
from popcon.storage.store import open_store

ACTION = "wave"


class WholeFlow:
    """The flow over one clip, again and again, nothing of it cached.

    Arguments:
        folder: for the store.
        engine: cuts out.
        frames: of the clip; all of them are on the timeline.
    """

    def __init__(self, folder: Path, engine: EngineChoice, frames: list[Rgb]) -> None:
        self._archive = Archive(open_store(str(folder / "store")))
        clip = self._archive.store.put(encode_mp4(frames, 12), "video/mp4")
        height, width = frames[0].shape[:2]
        slots = tuple(Slot(frame=FrameRef(source=clip, index=n), duration_ms=80) for n in range(len(frames)))
        timeline = Timeline(slots=slots, loop=Loop(kind="cycle", start=0, stop=len(frames), seam=1))
        box = Box(left=0, top=0, right=width, bottom=height)
        self._frames = Frames(timeline=timeline, width=width, height=height, crop=box)
        r, g, b = (int(v) for v in frames[0][2, 2])
        self._character = Character(picture=_ref(clip), body=box, backdrop=f"#{r:02x}{g:02x}{b:02x}")
        self._job = self._place(clip, engine)
        self._keep_earlier_results(clip)

    def run(self) -> Cutouts:
        """Cut everything out once more."""
        from flows.cut_out import cut_out
        from popcon.engines.matte import modelled

        modelled.forget()
        self._archive.redo(self._job, Step.CUTOUTS)
        cut_out(self._job.id, self._archive.store.url, ACTION)
        lookup = ActionLookup(self._archive, self._job, self._job.spec.actions[0])
        lookup.follow(self._character)
        return Cutouts.model_validate(lookup.results["cutouts"])

    def _keep_earlier_results(self, clip: ArtifactRef) -> None:
        """Write the records of all that comes before the cutouts, so that the flow finds its frames."""
        builder, action = StepInputsBuilder(self._archive, self._job), self._job.spec.actions[0]
        start_frame = StartFrame(picture=_ref(clip), body=Body(left=0, top=0, right=1, bottom=1))
        take = Take(clip=clip, width=self._frames.width, height=self._frames.height, fps=12, frames=1)
        (take_inputs,) = builder.takes(action, self._character, start_frame, [], [])
        kept: list[tuple[StepInputs, Model]] = [
            (builder.character(), self._character),
            (builder.start_frame(action, self._character, []), start_frame),
            (take_inputs, take),
            (builder.frames(action, self._character, [take]), self._frames),
        ]
        for inputs, result in kept:
            record = {"result": json.dumps(result.model_dump(mode="json"))}
            self._archive.store.write_json(naming.step_record(inputs.key()), record)

    def _place(self, clip: ArtifactRef, engine: EngineChoice) -> Job:
        spec = JobSpec(
            title="benchmark",
            picture=_ref(clip),
            actions=tuple(chosen_actions(ACTION, ())),
            platforms=("line-emoji",),
            engines=Engines(matte=engine),
        )
        return self._archive.place(spec)


@contextmanager
def prefect_server(folder: Path) -> Iterator[None]:
    """A Prefect server, whose runs send no heartbeats."""
    os.environ.update(
        PREFECT_HOME=str(folder), PREFECT_LOGGING_LEVEL="CRITICAL", PREFECT_LOGGING_TO_API_ENABLED="false"
    )
    from deployments.worker.flow_process import without_heartbeats
    from tests.prefect_server import server, wait_until_healthy

    with server(folder) as url:
        wait_until_healthy(url)
        os.environ["PREFECT_API_URL"] = url
        try:
            with without_heartbeats():
                yield
        finally:
            del os.environ["PREFECT_API_URL"]


def _ref(clip: ArtifactRef) -> ArtifactRef:
    return clip.model_copy(update={"media_type": "image/png"})
