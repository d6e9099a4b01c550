"""The recovery loop of `popcon up`: looks every few seconds for runs and jobs whose processes have died."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from deployments.up_state import is_healthy

if TYPE_CHECKING:
    from popcon.jobs.archive import Archive

_RECOVER_S = 5.0


class RecoveryLoop:
    """Recovers runs that have crashed, and every job after a death of a worker.

    Arguments:
        api_url: of the Prefect server.
        stop: ends `run`.
        tell: called with a line for a person.
    """

    def __init__(self, api_url: str, stop: threading.Event, tell: Callable[[str], None]) -> None:
        self._api_url, self._stop, self._tell = api_url, stop, tell
        self._died_at: datetime | None = None

    def worker_died(self) -> None:
        """Look at every job the next time: a worker that died may have been starting runs."""
        self._died_at = datetime.now(UTC)

    def run(self) -> None:
        """Recover what died, until `stop` is set."""
        archive: Archive | None = None
        crashed_after = datetime.now(UTC)
        while not self._stop.wait(_RECOVER_S):
            died_at, now = self._died_at, datetime.now(UTC)
            if not is_healthy(self._api_url):
                continue
            try:
                archive = archive or _open_archive()
                self._recover(archive, died_at, crashed_after)
            except Exception as error:  # a store or server that is away for a moment must not end this
                if not self._stop.is_set():
                    self._tell(f"Runs that died were not looked for: {error}")
                continue
            crashed_after = now
            if self._died_at == died_at:
                self._died_at = None

    def _recover(self, archive: "Archive", died_at: datetime | None, crashed_after: datetime) -> None:
        """Recover runs and jobs once.

        Arguments:
            archive: the jobs.
            died_at: when a worker died; None: all live.
            crashed_after: when this was done last.
        """
        from flows.recovery import recover
        from popcon.jobs.unfinished import unfinished

        done = recover(
            archive,
            None if died_at is None else unfinished(archive),
            pending_before=died_at,
            crashed_after=crashed_after,
        )
        for name in done.crashed:
            self._tell(f"{name}: its process died.")
        for job_id in done.jobs:
            self._tell(f"{job_id}: started again.")


def _open_archive() -> "Archive":
    from blocks.access import open_named_store
    from popcon.jobs.archive import Archive

    return Archive(open_named_store("block:default"))
