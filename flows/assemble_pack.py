"""assemble_pack: when every action is settled, one pack for each platform, checked, and a contact sheet."""

from typing import Any

from prefect import flow

from flows import shown
from flows.desk import Desk
from popcon.archive import JobSummary
from popcon.models.results import Character
from tasks import steps


@flow(name="assemble-pack", flow_run_name="assemble {job_id}", validate_parameters=False)
def assemble_pack(job_id: str, store_url: str, character: dict[str, Any]) -> None:
    """Pack the stickers of all actions that are done; those that failed or were skipped are left out.

    Arguments:
        job_id, store_url: the job, and the store that holds it.
        character: the result of the character step, as JSON.
    """
    desk = Desk(job_id, store_url)
    person = Character.model_validate(character)
    packs, sheets, logs, packed = [], {}, [], {}
    for platform in desk.job.spec.platforms:
        stickers = desk.archive.stickers(desk.job, platform)
        if not stickers:
            continue
        pack = steps.pack(desk.recipe.pack(platform, person, stickers), desk.store, f"pack {platform}")
        sheet = steps.sheet(desk.recipe.sheet(platform, stickers), desk.store, f"contact sheet {platform}")
        shown.sheet(desk, platform, sheet.result)
        packs.append(pack.result)
        packed[platform] = tuple(each.file.sha256 for each in stickers)
        sheets[platform] = sheet.result
        logs += [pack.log, sheet.log]
    missing = desk.archive.missing(desk.job)
    desk.archive.summarise_job(
        job_id, JobSummary(packs=tuple(packs), sheets=sheets, steps=tuple(logs), missing=missing, of=packed)
    )
    shown.costs(desk)
