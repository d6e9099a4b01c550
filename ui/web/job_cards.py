"""The archive page: one card for each job, with its state, searched and paged."""

import contextlib
from collections.abc import Sequence

from pydantic import Field

from popcon.errors import PopconError
from popcon.jobs.archive import Archive, Job
from popcon.jobs.index import JobIndex
from popcon.jobs.overview import ActionState, JobOverview, overview_of
from popcon.jobs.status import JobStatus, overall
from popcon.models.base import Model
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Status
from ui.web.runner import Runner

WAIT_S, SHORT_WAIT_S, RECENT_S = 0.15, 0.03, 10.0
"""Seconds that an answer waits for the index to be refreshed from the store; the same if the index was refreshed within
the last `RECENT_S` seconds."""


class Card(Model):
    """A job in short, as the archive lists it."""

    id: str
    title: str
    created_at: str
    deleted_at: str = Field(default="", description="empty: it is not deleted")
    status: JobStatus
    platforms: tuple[str, ...]
    engine: str
    review: str
    actions: tuple[ActionState, ...]
    done: int = Field(description="actions that are finished")
    cost: str = Field(description="what was paid, with currencies; empty: nothing")


class JobList(Model):
    """A page of the archive."""

    jobs: tuple[Card, ...]
    total: int = Field(description="jobs that match")
    counts: dict[str, int] = Field(description="jobs that match the search, by status")
    reading: int = Field(default=0, description="jobs that were not read yet, so that they could not be searched")


class Cards:
    """Lists and searches the jobs of an archive."""

    def __init__(self, archive: Archive, runner: Runner) -> None:
        self._index, self._runner = JobIndex(archive), runner
        self._remote = archive.store.remote

    def find(self, words: Sequence[str], wanted: Sequence[JobStatus], offset: int, limit: int) -> JobList:
        """Find the jobs that contain all words and have a wanted status, newest first.

        Deleted jobs are found only if `wanted` names that status.
        """
        overviews, left = self._index.overviews(SHORT_WAIT_S if self._is_recent() else WAIT_S)
        found = [each for each in overviews if all(word in _text(each) for word in words)] if words else overviews
        counts: dict[str, int] = {}
        chosen = []
        for overview in found:
            status = _status(overview, self._runner.state(overview.id))
            counts[status] = counts.get(status, 0) + 1
            if status in wanted or (not wanted and status != "deleted"):
                chosen.append((overview, status))
        chosen.sort(key=lambda each: (each[0].created_at, each[0].id), reverse=True)
        page = tuple(_card(overview, status) for overview, status in chosen[offset : offset + limit])
        return JobList(jobs=page, total=len(chosen), counts=counts, reading=left)

    def invalidate(self, job_id: str) -> None:
        """Have a job read again for the next answer, since this app has changed it."""
        self._index.look(job_id)

    def warm(self, wait_s: float) -> None:
        """Begin to read the index. A store that does not answer is reported by the first request instead."""
        with contextlib.suppress(PopconError):
            self._index.overviews(wait_s)

    def _is_recent(self) -> bool:
        """Tell whether a remote index was refreshed recently. A local folder is read within any wait."""
        return self._remote and self._index.age_s() < RECENT_S

    def close(self) -> None:
        self._index.close()


def card_of(job: Job, summaries: Sequence[ActionSummary], state: str) -> Card:
    """Make the card of a job.

    Arguments:
        summaries: one for each action, in their order.
        state: the job's state as its runner reports it.
    """
    overview = overview_of(job, summaries)
    return _card(overview, _status(overview, state))


def _status(overview: JobOverview, runner: str) -> JobStatus:
    return JobStatus.DELETED if overview.deleted_at else overall([each.status for each in overview.actions], runner)


def _card(overview: JobOverview, status: JobStatus) -> Card:
    done = sum(each.status is Status.DONE for each in overview.actions)
    return Card(**{name: getattr(overview, name) for name in JobOverview.model_fields}, status=status, done=done)


def _text(overview: JobOverview) -> str:
    names = " ".join(f"{each.name} {each.title}" for each in overview.actions)
    return f"{overview.title} {overview.id} {' '.join(overview.platforms)} {names}".lower()
