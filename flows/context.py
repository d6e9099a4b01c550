"""The job that a flow works on: its record, its store, the inputs of its steps."""

from typing import Any

from prefect.context import FlowRunContext

from blocks.access import open_named_store, use_accounts
from popcon.jobs.archive import Archive, Job
from popcon.jobs.progress import ActionProgress
from popcon.models.action import Action
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.storage.store import Store


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
        """Return the action of the job with this name."""
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
        """Return the verdict on a question of an action, or None while nobody gave one."""
        return self.archive.verdict(self.job.id, action.name, question)

    def progress(self, action_name: str) -> ActionProgress:
        """Return the summary of an action, begun anew."""
        return ActionProgress(self.archive, self.job, self.action(action_name))
