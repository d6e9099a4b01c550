"""make_pack: a whole job. Its workflow stands in `popcon.pipeline.job`."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from threading import Semaphore

from prefect import flow, tags

from flows import child_runs
from flows.assemble_pack import assemble_pack
from flows.context import JobContext
from flows.driver import PrefectRunner
from flows.make_sticker import make_sticker
from flows.slots import holding
from popcon import naming
from popcon.models.action import Action
from popcon.models.results import Character
from popcon.pipeline.job import make_job
from tasks.base import in_flow_run


@flow(name="make-pack", flow_run_name="make {job_id}")
def make_pack(job_id: str, store_url: str) -> None:
    """Prepare the character, make every action's stickers at the same time, then put the packs together.

    A deployed run ends as soon as every action has a run of its own.

    Arguments:
        job_id: an order that is in the archive.
        store_url: the store that holds it.
    """
    context = JobContext(job_id, store_url)
    driver = DeployedJob(context) if context.deployed else InlineJob(context)
    make_job(driver, context.step_inputs)


class InlineJob(PrefectRunner):
    """Drives a job in this process. An action that fails is settled too: its summary says why, and the packs are made
    of the rest."""

    def make_stickers(self, character: Character) -> None:
        """Return when every action is settled."""
        actions = self._context.job.spec.actions
        # One more than there are cores: while some compute, another one reads, writes or talks to Prefect.
        slots = Semaphore((os.cpu_count() or 1) + 1)
        with ThreadPoolExecutor(max_workers=len(actions)) as pool:
            for child in [pool.submit(copy_context().run, self._make_sticker, action, slots) for action in actions]:
                child.result()

    def assemble(self, character: Character) -> None:
        run = assemble_pack if in_flow_run() else assemble_pack.fn
        run(self._context.job.id, self._context.address)

    def _make_sticker(self, action: Action, slots: Semaphore) -> None:
        job_id, address = self._context.job.id, self._context.address
        if not in_flow_run():
            with holding(slots), suppress(Exception):
                make_sticker.fn(job_id, address, action.name)
            return
        about = (naming.job_tag(job_id), naming.action_tag(action.name), "flow:make-sticker")
        with holding(slots), tags(*about):
            make_sticker(job_id, address, action.name, return_state=True)


class DeployedJob(PrefectRunner):
    """Starts a flow run for each action, and waits for none: the last one to settle starts assemble-pack."""

    def make_stickers(self, character: Character) -> None:
        child_runs.start_stickers(self._context)

    def assemble(self, character: Character) -> None:
        child_runs.start_assembly_if_settled(self._context)
