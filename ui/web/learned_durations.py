"""What recent jobs took, learned beside the requests: a page never waits for it."""

import time
from concurrent.futures import Future

from popcon.errors import PopconError
from popcon.jobs.archive import Archive
from popcon.jobs.durations import Durations, learned
from popcon.jobs.status import JobStatus
from ui.web.job_cards import Cards
from ui.web.threads import Threads

JOBS, ACTIONS = 6, 8
"""As many recent jobs, and actions of each, are read."""
AGE_S = 300.0


class LearnedDurations:
    """The durations of the steps of recent jobs, read again now and then.

    Arguments:
        archive, cards: where jobs are, and the index that names the finished ones.
        threads: of the app; one in the background reads.
    """

    def __init__(self, archive: Archive, cards: Cards, threads: Threads) -> None:
        self._archive, self._cards, self._threads = archive, cards, threads
        self._reading: Future[Durations] | None = None
        self._known, self._read_at = Durations(), float("-inf")

    def now(self) -> Durations:
        """Return what is known just now; nothing the first time."""
        if self._reading is not None and self._reading.done():
            self._known, self._read_at, self._reading = self._reading.result(), time.monotonic(), None
        if self._reading is None and time.monotonic() - self._read_at > AGE_S:
            self._reading = self._threads.background.submit(self._read)
        return self._known

    def _read(self) -> Durations:
        try:
            found = self._cards.find((), (JobStatus.DONE,), 0, JOBS).jobs
            jobs = [self._archive.job(each.id) for each in found]
            return learned(
                (job, [self._archive.summary(job.id, action.name) for action in job.spec.actions[:ACTIONS]])
                for job in jobs
            )
        except PopconError:  # a job that was deleted meanwhile, or a store that is away: known soon enough
            return self._known
