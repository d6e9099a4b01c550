"""How far an action is: kept in its summary, and published to whoever listens in this process.

Where a job runs in another process, only its summaries tell.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from popcon.jobs.archive import Archive, Job, now
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.summary import ActionSummary, StepLog
from popcon.models.verdict import Status

Listener = Callable[[ActionSummary, str], None]
"""Called with an action's summary and, in a few words, what it is doing just now."""

_listener: ContextVar[Listener | None] = ContextVar("popcon_progress", default=None)


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Call `listener` for all progress made within this context, threads that copy it included."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def publish(summary: ActionSummary, doing: str) -> None:
    """Tell the listener what an action is doing."""
    if (listener := _listener.get()) is not None:
        listener(summary, doing)


class ActionProgress:
    """The summary of one action, as a run of it goes on.

    Arguments:
        archive, job, action: which action. The run begins its summary anew.
    """

    def __init__(self, archive: Archive, job: Job, action: Action) -> None:
        self._archive, self._job = archive, job
        self.action = action
        self.summary = ActionSummary(action=action.name)
        self._found = archive.summary(job.id, action.name)

    def enter(self, status: Status, message: str = "") -> None:
        """Save that the action has come to a status."""
        self._enter(status, message, question="", asked_at="")

    def ask(self, status: Status, question: str, message: str = "") -> None:
        """Save that the action waits for a person. A run that is started again goes on waiting since the first time."""
        # The summary that was found when the run began: on its way here the run has saved that it asks nothing.
        before = self.summary if self.summary.question else self._found
        since = before.asked_at if before.question == question and before.asked_at else now()
        self._enter(status, message, question=question, asked_at=since)

    def log(self, *logs: StepLog) -> None:
        """Note finished tasks; saved with the next status."""
        if logs:
            self.summary = self.summary.model_copy(update={"steps": (*self.summary.steps, *logs)})
            publish(self.summary, logs[-1].label)

    def keep(self, name: str, result: Model) -> None:
        """Note a result under its name (see `naming.result`); saved with the next status."""
        results = self.summary.results | {name: result.model_dump(mode="json")}
        self.summary = self.summary.model_copy(update={"results": results})

    def was_kept(self, name: str, result: Model) -> bool:
        """Return whether the summary already held the same result when this run began."""
        return self._found.results.get(name) == result.model_dump(mode="json")

    def _enter(self, status: Status, message: str, **changes: str) -> None:
        self.summary = self.summary.model_copy(update={"status": status, "message": message, **changes})
        self._archive.summarise(self._job.id, self.summary)
        publish(self.summary, message or status.value.replace("_", " "))
