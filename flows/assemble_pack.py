"""assemble_pack: when every action is settled, one pack for each platform, checked, and a contact sheet."""

from prefect import flow

from flows import artifacts
from flows.context import JobContext
from flows.driver import PrefectRunner
from popcon.jobs.arrangement import arrangement
from popcon.models.summary import JobSummary
from popcon.pipeline.job import assemble_packs, find_character, prepare_character


@flow(name="assemble-pack", flow_run_name="assemble {job_id}")
def assemble_pack(job_id: str, store_url: str) -> None:
    """Pack the stickers of all actions that are done; those that failed or were skipped are left out.

    Arguments:
        job_id: an order that is in the archive.
        store_url: the store that holds it.
    """
    context = JobContext(job_id, store_url)
    archive, job, inputs = context.archive, context.job, context.step_inputs
    runner = PrefectRunner(context)
    character = find_character(inputs) or prepare_character(runner, inputs)
    cover = arrangement(archive.store, job_id).cover
    stickers = {edition: archive.stickers(job, edition) for edition in job.spec.editions}
    made = assemble_packs(runner, inputs, character, stickers)
    sheets = {edition: sheet for edition, (_, sheet) in made.items()}
    for edition, sheet in sheets.items():
        artifacts.sheet(context, edition, sheet)
    summary = JobSummary(
        cover=cover,
        packs=tuple(pack for pack, _ in made.values()),
        sheets=sheets,
        steps=tuple(runner.logs),
        missing=archive.missing(job),
        of={edition: tuple(each.file.sha256 for each in stickers[edition]) for edition in made},
    )
    archive.summarise_job(job_id, summary)
    artifacts.costs(context)
