"""Renders the report: what was made, how long each step took, what it cost, what the platform check found."""

import json
from base64 import b64encode
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template

from popcon import naming
from popcon.delivery.report.spending import spending_chart
from popcon.jobs.archive import Archive, Job
from popcon.ledger.bill import amounts_text, job_bill
from popcon.locales.catalogs import format_time, language_of_environment, translator
from popcon.locales.sentences import say
from popcon.models.results import Sticker
from popcon.models.step import Step
from popcon.models.summary import JobSummary, StepLog
from popcon.pipeline.plan import Plan
from popcon.platforms.model import suffix_of


@dataclass(frozen=True)
class StepRow:
    """The tasks of one step, as a row of the report."""

    step: str
    tasks: int
    cached: int
    seconds: float
    price: str


def render(
    archive: Archive,
    job: Job,
    summary: JobSummary,
    stickers: dict[str, list[Sticker]],
    planned: Plan,
    seconds: float,
    language: str = "",
) -> str:
    """Return the report as HTML. It refers to the delivered files by relative paths and loads nothing else.

    Arguments:
        language: a tag of `popcon.locales.catalogs.LANGUAGES`; empty: as the environment's LANG says.
        stickers: by edition.
    """
    actions = [archive.summary(job.id, action.name) for action in job.spec.actions]
    logs = [log for each in actions for log in each.steps] + list(summary.steps)
    bill = job_bill(archive.store, job.id)
    checks = {pack.edition: json.loads(archive.store.get(pack.check))["findings"] for pack in summary.packs}
    t = translator(language or language_of_environment())
    return _template().render(
        t=t,
        say=lambda text: say(text, t.language),
        job=job,
        summary=summary,
        actions=actions,
        stickers=stickers,
        sticker_path=sticker_path,
        sheets={pack.edition: naming.sheet_file(pack.edition, alone=len(summary.packs) == 1) for pack in summary.packs},
        rows=[_row(step, logs, planned) for step in Step],
        planned=planned,
        seconds=seconds,
        checks=checks,
        bill=bill,
        chart=spending_chart(bill),
        picture_of=lambda ref: f"data:{ref.media_type};base64,{b64encode(archive.store.get(ref)).decode()}",
    )


def _row(step: Step, logs: list[StepLog], planned: Plan) -> StepRow:
    mine = [log for log in logs if log.step is step]
    return StepRow(
        step=step.value,
        tasks=len(mine),
        cached=sum(log.cached for log in mine),
        seconds=sum(log.seconds for log in mine if not log.cached),
        price=amounts_text((log.currency, Decimal(log.price)) for log in mine) or "0",
    )


def sticker_path(sticker: Sticker, edition: str) -> str:
    """Return where a single sticker of a pack lies in the delivered folder, beside the report."""
    return naming.sticker_file(sticker.action, edition, suffix_of(sticker.file.media_type))


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(loader=PackageLoader("popcon.delivery.report"), autoescape=True, trim_blocks=True)
    environment.filters["seconds"] = _seconds
    environment.filters["time"] = format_time
    return environment.get_template("report.html")


def _seconds(value: Any) -> str:
    return f"{float(value):.1f} s" if float(value) >= 0.05 else "–"
