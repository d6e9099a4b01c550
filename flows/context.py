"""What a flow works with: the job, its step inputs, and a place to say how far an action is."""

from collections.abc import Sequence
from typing import Any, TypeVar

from prefect.context import FlowRunContext

from blocks.access import open_named_store, use_accounts
from popcon.jobs.archive import ActionSummary, Archive, Job, StepLog, now
from popcon.jobs.progress import tell
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.verdict import Status
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.storage.store import Store
from tasks.base import Done

ResultT = TypeVar("ResultT", bound=Model)


class JobContext:
    """A job, opened to be worked on.

    Arguments:
        job_id: an order in the archive.
        address: its store: a folder, `s3://bucket/prefix`, or `block:NAME` of an artifact store block.
    """

    def __init__(self, job_id: str, address: str) -> None:
        self.address = address
        self.store: Store = open_named_store(address)
        self.archive = Archive(self.store)
        self.job: Job = self.archive.job(job_id)
        if self.deployed:
            use_accounts(self.job.spec.accounts)
        self.step_inputs = StepInputsBuilder(self.archive, self.job)

    def action(self, name: str) -> Action:
        return next(action for action in self.job.spec.actions if action.name == name)

    @property
    def deployed(self) -> bool:
        """Whether this flow run came from a deployment: it may then suspend, and starts its children on pools."""
        run_context = FlowRunContext.get()
        return (
            run_context is not None
            and run_context.flow_run is not None
            and run_context.flow_run.deployment_id is not None
        )

    @property
    def outdated(self) -> bool:
        """Whether somebody asked for a redo since the job was opened."""
        return not self.step_inputs.is_current()

    def stored_verdict(self, action: Action, question: str) -> dict[str, Any] | None:
        return self.archive.verdict(self.job.id, action.name, question)

    def progress(self, action_name: str) -> "ActionProgress":
        return ActionProgress(self, self.action(action_name))


class ActionProgress:
    """How far one action is: kept in the store, and told to whoever listens."""

    def __init__(self, context: JobContext, action: Action) -> None:
        self._desk = context
        self.action = action
        self.summary = ActionSummary(action=action.name)
        self._found = context.archive.summary(context.job.id, action.name)

    def enter(self, status: Status, message: str = "") -> None:
        """The action has come to another status."""
        self._enter(status, message, question="", asked_at="")

    def ask(self, status: Status, question: str, message: str = "") -> None:
        """The action waits for a person. A run that is started again goes on waiting since the first time."""
        # As it was found: on its way here this run has said that the action is being drawn, and asks nothing.
        before = self.summary if self.summary.question else self._found
        since = before.asked_at if before.question == question and before.asked_at else now()
        self._enter(status, message, question=question, asked_at=since)

    def _enter(self, status: Status, message: str, **changes: str) -> None:
        self.summary = self.summary.model_copy(update={"status": status, "message": message, **changes})
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
