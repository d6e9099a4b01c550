"""The workflow of a job: its character, the stickers of its actions, its packs; actions have theirs in `action.py`."""

from collections.abc import Mapping, Sequence

from popcon.models.results import Character, Pack, Sheet, Sticker
from popcon.pipeline.driver import JobDriver, TaskRunner
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.tasks import CHARACTER, PACK, SHEET
from popcon.storage.records import result_of


def make_job(driver: JobDriver, inputs: StepInputsBuilder) -> None:
    """Prepare the character, make the stickers of all actions, put the packs together."""
    character = prepare_character(driver, inputs)
    driver.make_stickers(character)
    driver.assemble(character)


def prepare_character(runner: TaskRunner, inputs: StepInputsBuilder) -> Character:
    """Return the normalised character of a job."""
    return runner.run(CHARACTER, inputs.character(), "prepare the character")


def find_character(inputs: StepInputsBuilder) -> Character | None:
    """Return the character of a job, if it is prepared."""
    return result_of(inputs.archive.store, inputs.character().key(), Character)


def assemble_packs(
    runner: TaskRunner, inputs: StepInputsBuilder, character: Character, stickers: Mapping[str, Sequence[Sticker]]
) -> dict[str, tuple[Pack, Sheet]]:
    """Return the pack and the contact sheet of the stickers that there are; no stickers, no pack.

    Arguments:
        stickers: by edition (platform, and language), in the order of the job's actions.
    """
    pending = {
        edition: (
            runner.submit(PACK, inputs.pack(edition, character, made), f"pack {edition}"),
            runner.submit(SHEET, inputs.sheet(edition, made), f"contact sheet {edition}"),
        )
        for edition in inputs.spec.editions
        if (made := stickers.get(edition))
    }
    return {edition: (pack.wait(), sheet.wait()) for edition, (pack, sheet) in pending.items()}
