"""What a flow works with: the job, its recipe, and a place to say how far an action is."""

from collections.abc import Sequence
from typing import TypeVar

from popcon.archive import ActionSummary, Archive, Job, StepLog
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.verdict import Status
from popcon.progress import tell
from popcon.recipe import Recipe
from popcon.store import Store, open_store
from tasks.base import Done

ResultT = TypeVar("ResultT", bound=Model)


class Desk:
    """A job, opened to be worked on."""

    def __init__(self, job_id: str, store_url: str) -> None:
        self.store: Store = open_store(store_url)
        self.archive = Archive(self.store)
        self.job: Job = self.archive.job(job_id)
        self.recipe = Recipe(self.archive, self.job)

    def action(self, name: str) -> Action:
        return next(action for action in self.job.spec.actions if action.name == name)

    def progress(self, action_name: str) -> "ActionProgress":
        return ActionProgress(self, self.action(action_name))


class ActionProgress:
    """How far one action is: kept in the store, and told to whoever listens."""

    def __init__(self, desk: Desk, action: Action) -> None:
        self._desk = desk
        self.action = action
        self.summary = ActionSummary(action=action.name)

    def enter(self, status: Status, message: str = "") -> None:
        """The action has come to another status."""
        self.summary = self.summary.model_copy(update={"status": status, "message": message})
        self._desk.archive.summarise(self._desk.job.id, self.summary)
        tell(self.summary, message or status.value.replace("_", " "))

    def finished(self, step: Done[ResultT]) -> ResultT:
        """A step has finished; returns its result."""
        return self.all_finished(step.result, [step.log])

    def all_finished(self, result: ResultT, logs: Sequence[StepLog]) -> ResultT:
        """Several tasks have finished that together gave `result`."""
        platform = getattr(result, "platform", "")
        name = f"{logs[0].step}:{platform}" if platform else str(logs[0].step)
        self.summary = self.summary.model_copy(
            update={
                "steps": (*self.summary.steps, *logs),
                "results": self.summary.results | {name: result.model_dump(mode="json")},
            }
        )
        tell(self.summary, logs[-1].label)
        return result
