"""Recovery: marks runs as crashed whose process is gone, and has their jobs go on from what the store holds."""

from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from pydantic import Field

from blocks.access import address_of
from flows import runs
from flows.processes import lives
from flows.resume import resume_run
from popcon import naming
from popcon.jobs.archive import Archive, Job
from popcon.jobs.unfinished import still_there
from popcon.models.base import Model
from popcon.models.verdict import Status

MOST_CRASHES = 5
"""After so many dead runs in a row an action is given up: something in it kills processes."""

PENDING_S = 120.0
"""A run whose process was not there by then never got one: its worker died in between. It has no heartbeats to miss."""


class Recovered(Model):
    """What a recovery did."""

    crashed: tuple[str, ...] = Field(default=(), description="names of runs that had no process any more")
    jobs: tuple[str, ...] = Field(default=(), description="jobs that were started again")
    resumed: tuple[str, ...] = Field(default=(), description="runs that waited for what has happened: `job action`")
    given_up: tuple[str, ...] = Field(default=(), description="actions whose runs keep dying: `job action`")

    def __add__(self, other: "Recovered") -> "Recovered":
        return Recovered(
            crashed=self.crashed + other.crashed,
            jobs=self.jobs + other.jobs,
            resumed=self.resumed + other.resumed,
            given_up=self.given_up + other.given_up,
        )


def recover(
    archive: Archive,
    job_ids: list[str] | None = None,
    *,
    pending_before: datetime | None = None,
    crashed_after: datetime | None = None,
) -> Recovered:
    """Mark runs without a process as crashed, start jobs again that nobody drives, resume runs whose answer is there.

    Safe at any time, also from several processes at once. Runs on machines that are gone are not found here, but by
    their heartbeats (see `deployments/automations.py`).

    Arguments:
        archive: the jobs.
        job_ids: the jobs to look at; None: only those of runs that have crashed.
        pending_before: runs that a worker took before this, and that have no process, never get one; None: two minutes
            ago.
        crashed_after: also the jobs of runs that others have marked as crashed since then.

    Raises:
        Fault: the server cannot be reached.
    """
    began = datetime.now(UTC)
    with runs.server() as client:
        dead = _mark_dead(client, pending_before or began - timedelta(seconds=PENDING_S))
        done = Recovered(crashed=tuple(run.name for run in dead))
        if job_ids is None:
            if crashed_after is not None:
                dead += runs.in_states(client, StateType.CRASHED, ended_after=crashed_after)
            # Of jobs, and not upkeep: one that dies each time must not start another each time.
            of_dead = sorted({job_id for run in dead if (job_id := runs.job_of(run))})
            job_ids = still_there(archive, of_dead) if of_dead else []
        for job_id in job_ids:
            job = archive.job(job_id)
            if not archive.is_packed(job):
                done += _recover_job(client, archive, job)
    return done


def _mark_dead(client: SyncPrefectClient, pending_before: datetime) -> list[FlowRun]:
    found = runs.in_states(client, StateType.RUNNING, StateType.PENDING)
    return [
        run for run in found if _is_dead(run, pending_before) and runs.mark_crashed(client, run, "It has no process.")
    ]


def _is_dead(run: FlowRun, pending_before: datetime) -> bool:
    alive = lives(run.infrastructure_pid)
    if run.state is not None and run.state.is_pending():  # perhaps still with the process that it had before it waited
        return not alive and run.state.timestamp < pending_before
    return alive is False


def _recover_job(client: SyncPrefectClient, archive: Archive, job: Job) -> Recovered:
    driven = any(runs.is_live(run) for run in runs.find(client, runs.MAKE_PACK, job.id))
    everything = runs.find(client, runs.MAKE_STICKER, job.id)
    done, stale = Recovered(), False
    for action in job.spec.actions:
        own = [run for run in everything if naming.action_tag(action.name) in run.tags]
        live = [run for run in own if runs.is_live(run)]
        done += _resume(client, archive, job.id, action.name, live)
        if not live and not driven and not archive.summary(job.id, action.name).status.settled:
            done += _give_up(archive, job.id, action.name, own)
            stale = True
    settled = all(archive.summary(job.id, each.name).status.settled for each in job.spec.actions)
    packing = any(runs.is_live(run) for run in runs.find(client, runs.ASSEMBLE_PACK, job.id))
    if not driven and (stale or (settled and not packing)):
        runs.start_job(client, job.id, address_of(archive.store.url), None)
        done += Recovered(jobs=(job.id,))
    return done


def _resume(client: SyncPrefectClient, archive: Archive, job_id: str, action: str, live: list[FlowRun]) -> Recovered:
    """Resume the runs of an action whose answer, or whose cut-out, is there."""
    question = archive.summary(job_id, action).question
    done = Recovered()
    for run in live:
        answered = runs.waits(run) and _has_its_answer(client, archive, job_id, action, question)
        if answered and resume_run(client, run):
            done += Recovered(resumed=(f"{job_id} {action}",))
    return done


def _give_up(archive: Archive, job_id: str, action: str, own: list[FlowRun]) -> Recovered:
    """Fail an action whose runs died too often in a row, oldest first in `own`."""
    if runs.crashes_in_a_row(own) < MOST_CRASHES:
        return Recovered()
    message = f"Its process died {MOST_CRASHES} times in a row; continue the job to try again."
    summary = archive.summary(job_id, action)
    archive.summarise(job_id, summary.model_copy(update={"status": Status.FAILED, "message": message}))
    return Recovered(given_up=(f"{job_id} {action}",))


def _has_its_answer(client: SyncPrefectClient, archive: Archive, job_id: str, action: str, question: str) -> bool:
    """Return whether what a suspended run waits for has come: a person's answer, or the end of its cut-out."""
    if question:
        return archive.verdict(job_id, action, question) is not None
    children = runs.find(client, runs.CUT_OUT, job_id, action)
    return bool(children) and not any(runs.is_live(run) for run in children)
