"""Learns from finished jobs of a store how long each step takes with its engine, and tells how long a job will take."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median

from pydantic import Field

from popcon.jobs.archive import Job
from popcon.models.base import Model
from popcon.models.job import JobSpec
from popcon.models.step import Step
from popcon.models.summary import ActionSummary, StepLog
from popcon.models.verdict import Status

_TO_START_FRAME = (Step.START_FRAME,)
_TO_CUTOUTS = (Step.TAKE, Step.FRAMES, Step.CUTOUTS)
_OVERLAP_MAX = 64.0


class Durations(Model):
    """What finished jobs took.

    Attributes:
        seconds: median of the tasks of each step that were computed, by `key`.
        overlap: seconds of computing in a second of wall time, 1 where steps ran one after the other.
    """

    seconds: dict[str, float] = Field(default_factory=dict)
    overlap: float = 1.0

    def left(self, spec: JobSpec, summaries: Sequence[ActionSummary]) -> float | None:
        """Estimate the seconds until a running job is finished or waits for a person; None: nothing is known of it.

        Arguments:
            summaries: of the job's actions, as they stand.
        """
        total = 0.0
        for each in summaries:
            for step in _steps_left(spec, each):
                known = self.seconds.get(key(spec, step))
                if known is None:
                    return None
                total += known
        return total / self.overlap if total else None


def key(spec: JobSpec, step: Step) -> str:
    """Name a step together with the engine that a job does it with."""
    engines = spec.engines
    engine = {Step.START_FRAME: engines.image, Step.TAKE: engines.video, Step.CUTOUTS: engines.matte}.get(step)
    return f"{step}:{engine.name}" if engine else str(step)


def learned(jobs: Iterable[tuple[Job, Sequence[ActionSummary]]]) -> Durations:
    """Learn from finished jobs, each with the summaries of its actions."""
    seconds: dict[str, list[float]] = {}
    overlaps = []
    for job, summaries in jobs:
        logs = [log for each in summaries for log in each.steps if not log.cached]
        for log in logs:
            seconds.setdefault(key(job.spec, log.step), []).append(log.seconds)
        if job.spec.review == "auto":
            overlaps += _overlap(job, summaries, logs)
    return Durations(
        seconds={name: median(each) for name, each in seconds.items()}, overlap=median(overlaps) if overlaps else 1.0
    )


def _overlap(job: Job, summaries: Sequence[ActionSummary], logs: Sequence[StepLog]) -> list[float]:
    """Return how much ran at the same time; nothing for a job that was interrupted, or whose times are not known."""
    ends = [each.updated_at for each in summaries if each.updated_at]
    if not ends:
        return []
    wall = (datetime.fromisoformat(max(ends)) - datetime.fromisoformat(job.created_at)).total_seconds()
    overlap = sum(log.seconds for log in logs) / wall if wall > 0 else 0.0
    return [min(overlap, _OVERLAP_MAX)] if overlap >= 1 else []


def _steps_left(spec: JobSpec, summary: ActionSummary) -> list[Step]:
    """Return the steps of an action that are still to do before it is finished or a person is asked."""
    stickers = [Step.STICKER] * len(spec.editions)
    if summary.status.settled or summary.status.awaiting:
        return []
    asks = spec.review == "ask"
    if asks and summary.status in (Status.QUEUED, Status.DRAWING):
        wanted = [*_TO_START_FRAME]
    elif asks and summary.status in (Status.ANIMATING, Status.CUTTING_OUT):
        wanted = [*_TO_CUTOUTS]
    elif summary.status is Status.EXPORTING:
        wanted = stickers
    else:
        wanted = [*_TO_START_FRAME, *_TO_CUTOUTS, *stickers]
    for log in summary.steps:
        if log.step in wanted:
            wanted.remove(log.step)
    return wanted
