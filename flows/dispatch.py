"""How a child flow is started: within this process (inline), or on a work pool (deployed)."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from flows.cut_out import cut_out as cut_out_flow
from flows.desk import Desk
from popcon.archive import StepLog
from popcon.models.action import Action
from popcon.models.results import Character, Cutouts, Frames


def make_stickers(desk: Desk, character: Character) -> None:
    """Make all actions' stickers at the same time; return when every action is settled.

    An action that fails is settled too: its summary says why, and the pack is made of the rest.
    """
    from flows.make_sticker import make_sticker  # it dispatches its own child through this module

    def run(action: Action) -> None:
        make_sticker(desk.job.id, desk.store.url, action.name, character.model_dump(mode="json"), return_state=True)

    # One more than there are cores: while some compute, another one reads, writes or talks to Prefect.
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1) as pool:
        for child in [pool.submit(copy_context().run, run, action) for action in desk.job.spec.actions]:
            child.result()


def cut_out(desk: Desk, action: Action, character: Character, frames: Frames) -> tuple[Cutouts, Sequence[StepLog]]:
    """Cut an action's frames out."""
    made = cut_out_flow(
        desk.job.id,
        desk.store.url,
        action.name,
        character.model_dump(mode="json"),
        frames.model_dump(mode="json"),
    )
    return Cutouts.model_validate(made["cutouts"]), [StepLog.model_validate(log) for log in made["logs"]]
