"""Brings jobs back whose runs died: what a server no longer drives goes on from what the store holds."""

from prefect.client.orchestration import SyncPrefectClient
from pydantic import Field

from blocks.access import address_of
from flows import runs
from popcon import naming
from popcon.jobs.archive import Archive
from popcon.models.base import Model
from popcon.models.verdict import Status

MOST_CRASHES = 5
"""After so many dead runs in a row an action is given up: something in it kills processes."""


class Revived(Model):
    """What was brought back."""

    jobs: tuple[str, ...] = Field(default=(), description="jobs that were started again")
    resumed: tuple[str, ...] = Field(default=(), description="runs that waited for what has happened: `job action`")
    given_up: tuple[str, ...] = Field(default=(), description="actions whose runs keep dying: `job action`")


PENDING_S = 120.0
"""A run whose process was not there by then never got one: its worker died in between. It has no heartbeats to miss."""


def resume_stale(archive: Archive, job_ids: list[str] | None = None, pending_s: float = PENDING_S) -> Revived:
    """Start jobs again that nobody drives, and resume runs whose answer or child is there.

    Arguments:
        archive: the jobs.
        job_ids: only these; None: all.
        pending_s: how long the process of a run may take to start.

    Raises:
        Fault: the server cannot be reached.
    """
    started, resumed, given_up = [], [], []
    with runs.server() as client:
        for job_id in archive.ids() if job_ids is None else job_ids:
            job = archive.job(job_id)
            if archive.is_packed(job):
                continue
            runs.give_up_pending(client, job_id, pending_s)
            stale = False
            driven = any(runs.is_live(run) for run in runs.find(client, runs.MAKE_PACK, job_id))
            everything = runs.find(client, runs.MAKE_STICKER, job_id)
            for action in job.spec.actions:
                own = [run for run in everything if naming.action_tag(action.name) in run.tags]
                live = [run for run in own if runs.is_live(run)]
                summary = archive.summary(job_id, action.name)
                for run in live:
                    if not runs.waits(run):
                        continue
                    answered = _has_its_answer(client, archive, job_id, action.name, summary.question)
                    if answered and runs.resume(client, run):
                        resumed.append(f"{job_id} {action.name}")
                if not live and not driven and not summary.status.settled:
                    if runs.crashes_in_a_row(own) >= MOST_CRASHES:
                        message = f"Its process died {MOST_CRASHES} times in a row; continue the job to try again."
                        archive.summarise(
                            job_id, summary.model_copy(update={"status": Status.FAILED, "message": message})
                        )
                        given_up.append(f"{job_id} {action.name}")
                    stale = True
            settled = all(archive.summary(job_id, each.name).status.settled for each in job.spec.actions)
            packing = any(runs.is_live(run) for run in runs.find(client, runs.ASSEMBLE_PACK, job_id))
            if not driven and (stale or (settled and not packing)):
                runs.start_job(client, job_id, address_of(archive.store.url), None)
                started.append(job_id)
    return Revived(jobs=tuple(started), resumed=tuple(resumed), given_up=tuple(given_up))


def _has_its_answer(client: SyncPrefectClient, archive: Archive, job_id: str, action: str, question: str) -> bool:
    """Whether what a suspended run waits for has come: a person's answer, or the end of its cut-out."""
    if question:
        return archive.verdict(job_id, action, question) is not None
    children = runs.find(client, runs.CUT_OUT, job_id, action)
    return bool(children) and not any(runs.is_live(run) for run in children)
