"""Commands that order packs: demo, make, plan, redo."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from popcon.errors import BadInput, UnknownName
from popcon.jobs.spec_builder import OrderOptions
from ui.cli.console import print_result, table
from ui.cli.job_run import run_job
from ui.cli.payment import checked_budget, format_price

if TYPE_CHECKING:
    from popcon.jobs.archive import Archive

Options = Annotated[OrderOptions, Parameter(name="*")]


def make(
    picture: Path | None = None,
    /,
    *,
    describe: str | None = None,
    reference: Path | None = None,
    options: Options = OrderOptions(),  # noqa: B008  immutable
    out: Path | None = None,
    yes: bool = False,
    json: bool = False,
) -> None:
    """Make a pack of animated emoji from one picture.

    The same command again continues where it stopped, and costs nothing for what is finished.

    Examples:

        popcon make fox.png --actions wave,laugh,cry
        popcon make fox.png --actions all --platforms line-emoji,telegram-emoji --out fox-pack
        popcon make fox.png --custom "spin=turns once on the spot, slowly"
        popcon make --describe "a round blue cat" --engine dashscope --budget 20
        popcon make --describe "the same, older" --reference cat.png --engine dashscope --review ask --yes

    Parameters
    ----------
    picture
        PNG, JPEG, WebP, GIF, BMP or TIFF of the character.
    describe
        the character in words, where the engine can draw.
    reference
        a picture that a described character should follow.
    out
        folder for the packs [default: NAME-pack].
    yes
        agree to the estimate, which --review ask otherwise asks about.
    json
        one JSON object on stdout.
    """
    from popcon.jobs.spec_builder import order

    archive = _archive()
    spec = order(archive.store.put, options, picture, describe, reference)
    run_job(archive, archive.place(spec), out or Path(f"{spec.title}-pack"), json, yes)


def demo(*, out: Path = Path("popcon-demo"), json: bool = False) -> None:
    """Make a LINE emoji pack of 8 from a mascot that PopCon draws itself: no input, no key, no network.

    Examples:

        popcon demo
        popcon demo --out somewhere

    Parameters
    ----------
    out
        folder for the pack.
    json
        one JSON object on stdout.
    """
    from popcon.jobs.spec_builder import DEMO_ACTIONS, chosen_actions
    from popcon.media.mascot import draw_mascot
    from popcon.media.pictures.png import encode_png
    from popcon.models.job import JobSpec

    archive = _archive()
    picture = archive.store.put(encode_png(draw_mascot(768)), "image/png")
    actions = tuple(chosen_actions(",".join(DEMO_ACTIONS), ()))
    spec = JobSpec(title="PopCon demo", picture=picture, actions=actions, platforms=("line-emoji",))
    run_job(archive, archive.place(spec), out, json)


def plan(
    picture: Path | None = None,
    /,
    *,
    describe: str | None = None,
    reference: Path | None = None,
    options: Options = OrderOptions(),  # noqa: B008  immutable
    json: bool = False,
) -> None:
    """Show what `make` would do with the same arguments: steps, what is finished already, the estimate. Makes nothing.

    Where engines are paid, the models that could be bought are compared: what the job would cost with each, what each
    can do, and what the next better one would add.

    Examples:

        popcon plan fox.png --actions wave,laugh,cry

    Parameters
    ----------
    picture
        PNG, JPEG, WebP, GIF, BMP or TIFF of the character.
    describe
        the character in words, where the engine can draw.
    reference
        a picture that a described character should follow.
    json
        one JSON object on stdout.
    """
    from popcon.jobs.spec_builder import order
    from popcon.ledger.bill import money
    from popcon.pipeline.comparison import billing_currency, compare
    from popcon.pipeline.plan import make_plan
    from popcon.storage.store import ref_of

    archive = _archive()
    spec = order(ref_of, options, picture, describe, reference)
    planned = make_plan(archive, archive.preview(spec))
    currency, compared = billing_currency(spec), compare(spec)
    if not json:
        table(
            ["step", "what", "state", currency],
            [
                [s.step, s.label, "finished" if s.cached else "to do", "" if s.cached else format_price(s.estimate)]
                for s in planned.steps
            ],
        )
        if compared.offers:
            table(["what", "model", "one costs", "this job", "can do, or why not"], compared.rows())
    print_result(
        planned.model_dump(mode="json")
        | {"hits": planned.hits, "total": str(planned.estimate)}
        | {"currency": currency, "comparison": compared.model_dump(mode="json")},
        json,
        f"{len(planned.steps)} steps, {planned.hits} finished; estimate {money(planned.estimate)} {currency}.",
        *compared.lines(),
    )


def redo(
    job: str,
    /,
    *,
    from_step: Annotated[str | None, Parameter(name="--from")] = None,
    action: str | None = None,
    budget: Decimal | None = None,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Continue a job, or redo it from a step. Only what changes is computed again.

    Examples:

        popcon redo fox-3f9a1c20
        popcon redo fox-3f9a1c20 --from take --action wave
        popcon redo fox-3f9a1c20 --budget 30

    Parameters
    ----------
    job
        the job's id, as `popcon jobs` lists it.
    from_step
        character, start_frame, take, frames, cutouts, sticker or pack; without it the job is continued.
    action
        only this action.
    budget
        what the job may spend from now on, in the currency of the account, what it has spent included.
    out
        folder for the packs [default: NAME-pack].
    json
        one JSON object on stdout.
    """
    from popcon.models.step import Step
    from ui.cli.deployed import submit_job

    archive = _archive()
    found = archive.job(job)
    if from_step is None and action is not None:
        raise BadInput("--action goes with --from; without --from the whole job is continued.")
    if from_step is not None and from_step not in list(Step):
        raise UnknownName("step", from_step, tuple(Step))
    step = Step(from_step) if from_step is not None else None
    archive.set_budget(job, checked_budget(budget))
    if found.spec.review == "ask":
        submit_job(archive, found, step, action)
    elif step is not None:
        archive.redo(found, step, action)
    run_job(archive, archive.job(job), out or Path(f"{found.spec.title}-pack"), json, agreed=True)


def _archive() -> "Archive":
    """Return the archive in the store that the settings name."""
    from popcon.jobs.archive import Archive
    from popcon.settings import settings
    from popcon.storage.store import open_store

    return Archive(open_store(settings().store_url))
