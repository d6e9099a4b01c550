"""assemble_pack: when every action is settled, one pack for each platform, checked, and a contact sheet."""

from typing import Any

from prefect import flow

from flows import artifacts
from flows.context import JobContext
from popcon.jobs.archive import JobSummary
from popcon.models.results import Character
from tasks import steps


@flow(name="assemble-pack", flow_run_name="assemble {job_id}", validate_parameters=False)
def assemble_pack(job_id: str, store_url: str, character: dict[str, Any]) -> None:
    """Pack the stickers of all actions that are done; those that failed or were skipped are left out.

    Arguments:
        job_id, store_url: the job, and the store that holds it.
        character: the result of the character step, as JSON.
    """
    context = JobContext(job_id, store_url)
    person = Character.model_validate(character)
    packs, sheets, logs, packed = [], {}, [], {}
    for platform in context.job.spec.platforms:
        stickers = context.archive.stickers(context.job, platform)
        if not stickers:
            continue
        pack = steps.pack(context.step_inputs.pack(platform, person, stickers), context.store, f"pack {platform}")
        sheet = steps.sheet(context.step_inputs.sheet(platform, stickers), context.store, f"contact sheet {platform}")
        artifacts.sheet(context, platform, sheet.result)
        packs.append(pack.result)
        packed[platform] = tuple(each.file.sha256 for each in stickers)
        sheets[platform] = sheet.result
        logs += [pack.log, sheet.log]
    missing = context.archive.missing(context.job)
    context.archive.summarise_job(
        job_id, JobSummary(packs=tuple(packs), sheets=sheets, steps=tuple(logs), missing=missing, of=packed)
    )
    artifacts.costs(context)
