"""The archive as the web app shows it: jobs at a overview, and whether they run just now."""

import contextlib
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from popcon.errors import PopconError
from popcon.jobs.archive import ActionSummary, Archive, Job
from popcon.jobs.index import ActionState, JobIndex, JobOverview, overview_of
from popcon.models.base import Model
from popcon.models.verdict import Status
from ui.web.runner import Runner

WAIT_S, HURRY_S, RECENT_S = 0.15, 0.03, 10.0
"""How long an answer waits for news from the store; how long where it had news not long ago; and how long that is."""

Overall = Literal["needs_you", "running", "queued", "stopped", "failed", "done", "deleted"]


class Card(Model):
    """A job at a overview."""

    id: str
    title: str
    created_at: str
    deleted_at: str = Field(default="", description="empty: it is not deleted")
    status: Overall
    platforms: tuple[str, ...]
    engine: str
    review: str
    actions: tuple[ActionState, ...]
    done: int = Field(description="actions that are finished")
    cost_cny: str


class JobList(Model):
    """A page of the archive."""

    jobs: tuple[Card, ...]
    total: int = Field(description="jobs that match")
    counts: dict[str, int] = Field(description="jobs that match the search, by status")
    reading: int = Field(default=0, description="jobs that were not read yet, so that they could not be searched")


class Cards:
    """All jobs of an archive, as cards."""

    def __init__(self, archive: Archive, runner: Runner) -> None:
        self._index, self._runner = JobIndex(archive), runner
        self._remote = archive.store.remote

    def find(self, words: Sequence[str], wanted: Sequence[Overall], offset: int, limit: int) -> JobList:
        """The jobs that hold all words, newest first. Deleted ones only where they are asked for."""
        overviews, left = self._index.overviews(HURRY_S if self._hurries() else WAIT_S)
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

    def look(self, job_id: str) -> None:
        """This app has changed a job: the next answer shows it."""
        self._index.look(job_id)

    def prepare(self, wait_s: float) -> None:
        """Begin to read, before anybody asks. A store that does not answer is told to whoever asks."""
        with contextlib.suppress(PopconError):
            self._index.overviews(wait_s)

    def _hurries(self) -> bool:
        """A folder is asked sooner than it takes to say; the answers of an object store are worth some waiting only
        where what is known may be old."""
        return self._remote and self._index.age_s() < RECENT_S

    def close(self) -> None:
        self._index.close()


def card_of(job: Job, summaries: Sequence[ActionSummary], state: str) -> Card:
    """A job's card.

    Arguments:
        summaries: one for each action, in their order.
        state: what the runner says of the job.
    """
    overview = overview_of(job, summaries)
    return _card(overview, _status(overview, state))


def overall(states: Sequence[Status], runner: str) -> Overall:
    """One word for a job: what most needs attention first."""
    if any(state.awaiting for state in states):
        return "needs_you"
    if all(state.settled for state in states):
        return "running" if runner == "running" else "failed" if Status.FAILED in states else "done"
    if runner == "queued" or (runner != "stopped" and all(state is Status.QUEUED for state in states)):
        return "queued" if runner != "running" else "running"
    return "stopped" if runner == "stopped" else "running"


def _status(overview: JobOverview, runner: str) -> Overall:
    return "deleted" if overview.deleted_at else overall([each.status for each in overview.actions], runner)


def _card(overview: JobOverview, status: Overall) -> Card:
    done = sum(each.status is Status.DONE for each in overview.actions)
    return Card(**{name: getattr(overview, name) for name in JobOverview.model_fields}, status=status, done=done)


def _text(overview: JobOverview) -> str:
    names = " ".join(f"{each.name} {each.title}" for each in overview.actions)
    return f"{overview.title} {overview.id} {' '.join(overview.platforms)} {names}".lower()
