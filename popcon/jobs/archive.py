"""The record of each job: what was ordered, decided and done. It lives in the store alone.

The order and what people decided are append-only; summaries are conveniences that can be rebuilt.
"""

import logging
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field

from popcon import naming
from popcon.errors import BadInput, RecordDamaged, UnknownName
from popcon.jobs.arrangement import arranged, arrangement
from popcon.models.base import Model
from popcon.models.job import JobSpec
from popcon.models.results import Sticker
from popcon.models.revision import Revision, Revisions
from popcon.models.step import Step
from popcon.models.summary import ActionSummary, JobSummary
from popcon.models.verdict import RefinementVerdict, StartFrameVerdict, Status
from popcon.storage.digest import digest
from popcon.storage.store import Store

_log = logging.getLogger("popcon")


class Job(Model):
    """An order as it was placed."""

    id: str
    created_at: str = Field(description="ISO 8601, UTC")
    spec: JobSpec


class ChangedBudget(Model):
    """The budget in force, where it was changed since the job was ordered."""

    budget_cny: Decimal
    at: str


class StoredVerdict(Model):
    """An answer that a person gave at a gate, as JSON, by whom and when."""

    verdict: dict[str, Any]
    by: str = ""
    at: str = ""


class Archive:
    """All jobs of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    # Orders

    def place(self, spec: JobSpec) -> Job:
        """Keep an order, and return it. The same order again is the same job; another budget counts from now on.

        An order that was cut off while it was written is moved to `damaged/` and written again: its id tells that it
        is the same one.
        """
        job = self.preview(spec)
        path = naming.job_spec(job.id)
        created = self.store.create_json(path, job.model_dump(mode="json"))
        if not created:
            try:
                self.store.read_model(path, Job)
            except RecordDamaged:
                self.store.quarantine(path)
                created = self.store.create_json(path, job.model_dump(mode="json"))
        # Ordering it again brings it back; also where a purge died between its order and its tombstone.
        self.store.delete(naming.tombstone(job.id))
        if not created:
            self.set_budget(job.id, spec.budget_cny)
        self.bump_version(job.id)
        return self.job(job.id)

    def preview(self, spec: JobSpec) -> Job:
        """Return the job that an order would be. Keeps nothing."""
        # Raising the budget continues a job, and does not begin another one.
        order = spec.model_copy(update={"budget_cny": None})
        return Job(id=naming.job_id(spec.title, digest(order)), created_at=now(), spec=spec)

    def set_budget(self, job_id: str, budget: Decimal | None) -> None:
        """Change what a job may cost; None: leave it."""
        if budget is not None and budget != self.job(job_id).spec.budget_cny:
            changed = ChangedBudget(budget_cny=budget, at=now())
            self.store.write_json(naming.job_budget(job_id), changed.model_dump(mode="json"), durable=True)
            self.bump_version(job_id)

    def job(self, job_id: str) -> Job:
        """Return the job with this id.

        Raises:
            UnknownName: there is none.
            RecordDamaged: its order or its budget cannot be read.
        """
        job = self.store.read_model(naming.job_spec(job_id), Job) if naming.is_name(job_id) else None
        if job is None:
            raise UnknownName("job", job_id, self.ids()[:12])
        changed = self.store.read_model(naming.job_budget(job_id), ChangedBudget)
        if changed is None:
            return job
        return job.model_copy(update={"spec": job.spec.model_copy(update={"budget_cny": changed.budget_cny})})

    def ids(self) -> list[str]:
        """Return the jobs that are not deleted."""
        gone = set(self.deleted())
        return [job_id for job_id in self.store.folders(naming.JOBS) if job_id not in gone]

    def deleted(self) -> list[str]:
        """Return the jobs that are deleted and may be brought back (see `popcon.jobs.deletion`)."""
        names = (name.removesuffix(".json") for name in self.store.versions(naming.DELETED))
        return sorted(name for name in names if naming.is_name(name))  # what else lies there names no job's folder

    def jobs(self, deleted: bool = False) -> list[Job]:
        """Return all jobs that can be read, newest first; with `deleted`, also those that may be brought back."""
        jobs = []
        for job_id in self.store.folders(naming.JOBS) if deleted else self.ids():
            try:
                job = self.store.read_model(naming.job_spec(job_id), Job)
            except RecordDamaged as error:
                _log.warning("A job is passed over. %s", error)
                continue
            if job is not None:
                jobs.append(job)
        return sorted(jobs, key=lambda job: (job.created_at, job.id), reverse=True)

    def bump_version(self, job_id: str) -> None:
        """Change a job's version, which says that something that people are shown of it has changed; after the change,
        never before.

        Readers read the version first and the job then. So nobody misses what others wrote: a version that was seen is
        never newer than what was read after it. Where a writer dies in between, the next change tells of both.
        """
        self.store.write(naming.changed(job_id), f"{now()} {uuid.uuid4().hex}".encode())

    # Redo

    def redo(self, job: Job, step: Step, action: str | None = None) -> Revision:
        """Raise a step's revision, for one action or all, so that it runs again.

        Raises:
            UnknownName: the job has no such action.
            BadInput: the step belongs to the whole job.
        """
        names = [each.name for each in job.spec.actions]
        if action is not None and action not in names:
            raise UnknownName("action in this job", action, names)
        if action is not None and step in (Step.CHARACTER, Step.PACK):
            raise BadInput(f"The step {step} belongs to the whole job; leave the action out.")
        revision = Revision(step=step, action=action, at=now())
        number = len(self.store.paths(naming.revisions(job.id)))
        while not self.store.create_json(naming.revision(job.id, number), revision.model_dump(mode="json")):
            number += 1
        return revision

    def revisions(self, job_id: str) -> Revisions:
        """Return what was asked for again.

        Raises:
            RecordDamaged: one cannot be read; without it, an older result would count again.
        """
        found = (self.store.read_model(path, Revision) for path in self.store.paths(naming.revisions(job_id)))
        return Revisions([revision for revision in found if revision is not None])

    # Verdicts

    def verdict(self, job_id: str, action: str, question: str) -> dict[str, Any] | None:
        """Return the answer to a question (see `naming.question`), or None while nobody gave one.

        Raises:
            RecordDamaged: somebody gave one, and it cannot be read.
        """
        kept = self.store.read_model(naming.verdict(job_id, action, question), StoredVerdict)
        return None if kept is None else kept.verdict

    def decide(
        self, job_id: str, action: str, question: str, verdict: StartFrameVerdict | RefinementVerdict, by: str = ""
    ) -> bool:
        """Keep an answer. The first one counts: False if the question was answered before."""
        record = StoredVerdict(verdict=verdict.model_dump(mode="json"), by=by, at=now())
        kept = self.store.create_json(naming.verdict(job_id, action, question), record.model_dump(mode="json"))
        if kept:
            self.bump_version(job_id)
        return kept

    def asks(self, job_id: str, summary: ActionSummary) -> bool:
        """Return whether an action waits for an answer that nobody has given.

        Its status alone does not say: that changes when a run takes the answer up.
        """
        return summary.status.awaiting and self.verdict(job_id, summary.action, summary.question) is None

    # Summaries

    def summary(self, job_id: str, action: str) -> ActionSummary:
        """Return an action's summary. One that cannot be read counts as none: upkeep and any run rebuild it."""
        try:
            found = self.store.read_model(naming.action_summary(job_id, action), ActionSummary)
        except RecordDamaged as error:
            _log.warning("It is made anew. %s", error)
            found = None
        return found or ActionSummary(action=action)

    def has_summary(self, job_id: str, action: str) -> bool:
        """Return whether an action has a summary that can be read."""
        try:
            return self.store.read_model(naming.action_summary(job_id, action), ActionSummary) is not None
        except RecordDamaged:
            return False

    def summarise(self, job_id: str, summary: ActionSummary) -> None:
        record = summary.model_copy(update={"updated_at": now()}).model_dump(mode="json")
        self.store.write_json(naming.action_summary(job_id, summary.action), record)
        self.bump_version(job_id)

    def stickers(self, job: Job, edition: str) -> list[Sticker]:
        """Return the finished stickers of a job's pack, in the order of its actions or as a person arranged them.

        Arguments:
            edition: a platform, and a language where the job has words in several.
        """
        summaries = [self.summary(job.id, action.name) for action in job.spec.actions]
        found = [
            each.results.get(naming.result("sticker", edition)) for each in summaries if each.status is Status.DONE
        ]
        stickers = [Sticker.model_validate(each) for each in found if each is not None]
        order = arrangement(self.store, job.id).order
        return arranged(stickers, order, naming.edition_parts(edition)[0])

    def missing(self, job: Job) -> dict[str, str]:
        """Return the actions that have no stickers, and why."""
        summaries = [self.summary(job.id, action.name) for action in job.spec.actions]
        return {each.action: each.message or each.status for each in summaries if each.status is not Status.DONE}

    def is_packed(self, job: Job) -> bool:
        """Return whether every action is settled and the packs hold just what is done by now."""
        if not all(self.summary(job.id, action.name).status.settled for action in job.spec.actions):
            return False
        summary = self.job_summary(job.id)
        if summary.cover != arrangement(self.store, job.id).cover:
            return False
        done = {name: tuple(each.file.sha256 for each in self.stickers(job, name)) for name in job.spec.editions}
        return summary.of == {name: hashes for name, hashes in done.items() if hashes} and set(summary.missing) == set(
            self.missing(job)
        )

    def job_summary(self, job_id: str) -> JobSummary:
        """Return what a job has come to; one that cannot be read counts as none, as with `summary`."""
        try:
            return self.store.read_model(naming.job_summary(job_id), JobSummary) or JobSummary()
        except RecordDamaged as error:
            _log.warning("It is made anew. %s", error)
            return JobSummary()

    def summarise_job(self, job_id: str, summary: JobSummary) -> None:
        self.store.write_json(naming.job_summary(job_id), summary.model_dump(mode="json"))
        self.bump_version(job_id)


def now() -> str:
    """Return the time, for records that people read. No key and no file that leaves depends on it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
