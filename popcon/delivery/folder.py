"""Writes a finished job into a folder: packs, single stickers, contact sheets and the report."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from popcon import naming
from popcon.delivery.report import render, sticker_path
from popcon.delivery.submission import submission_kit, work_of
from popcon.errors import BadInput
from popcon.jobs.archive import Archive, Job
from popcon.models.base import Model
from popcon.models.results import Pack, Sticker
from popcon.packs.wastickers import wastickers
from popcon.pipeline.plan import Plan
from popcon.platforms import platform


class Delivery(Model):
    """What was handed over."""

    job: str
    folder: str
    packs: dict[str, str] = Field(description="by edition (platform, and language where there are several), the ZIP")
    accepted: dict[str, bool] = Field(description="by edition, whether every rule of it is kept")
    broken: dict[str, tuple[str, ...]] = Field(description="by edition, the rules that are not kept")
    stickers: int
    sheets: tuple[str, ...]
    report: str
    missing: dict[str, str] = Field(description="actions without stickers, and why")
    steps: int
    cached: int
    seconds: float
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return the same for a person."""
        lines = [
            f"{self.stickers} stickers in {self.folder} ({self.seconds:.1f} s, {self.cached} of {self.steps} cached)"
        ]
        for name, path in self.packs.items():
            ready = self.accepted[name]
            lines.append(f"  {path}  ({name}: {'keeps every rule' if ready else 'not ready to upload'})")
            lines += [f"    {rule}" for rule in self.broken.get(name, ())]
        lines += [f"  {path}" for path in (*self.sheets, self.report)]
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  missing: {action} ({why})" for action, why in self.missing.items()]
        return lines


def deliver(archive: Archive, job: Job, folder: Path, planned: Plan, seconds: float) -> Delivery:
    """Write a finished job into a folder.

    Arguments:
        planned: the plan as it was before the run, which tells hits from work done.
        seconds: wall time of the run.

    Raises:
        BadInput: the folder cannot be written.
    """
    summary = archive.job_summary(job.id)
    packs: dict[str, str] = {}
    sheets: list[str] = []
    stickers: dict[str, list[Sticker]] = {}
    work = work_of(archive, job)
    for pack in summary.packs:
        path = folder / naming.pack_file(job.spec.title, pack.edition)
        _write(path, archive.store.get(pack.file))
        packs[pack.edition] = str(path)
        made = stickers[pack.edition] = archive.stickers(job, pack.edition)
        for sticker in made:
            _write(folder / sticker_path(sticker, pack.edition), archive.store.get(sticker.file))
        for file, data in submission_kit(archive, job, made, work):
            _write(folder / naming.submission_file(pack.edition, file), data)
        if pack.platform == "whatsapp":
            imported = wastickers(archive.store.get(pack.file), job.spec.title)
            _write(folder / naming.wastickers_file(job.spec.title, pack.language), imported)
        name = naming.sheet_file(pack.edition, alone=len(summary.packs) == 1)
        _write(folder / name, archive.store.get(summary.sheets[pack.edition].picture))
        sheets.append(str(folder / name))
    report = folder / "report.html"
    _write(report, render(archive, job, summary, stickers, planned, seconds).encode())
    return Delivery(
        job=job.id,
        folder=str(folder),
        packs=packs,
        accepted={pack.edition: pack.accepted for pack in summary.packs},
        broken={pack.edition: _broken(archive, pack) for pack in summary.packs if not pack.accepted},
        stickers=sum(map(len, stickers.values())),
        sheets=tuple(sheets),
        report=str(report),
        missing=summary.missing,
        steps=len(planned.steps),
        cached=planned.hits,
        seconds=seconds,
        notes=(
            *_notices(summary.packs),
            *dict.fromkeys(note for pack in summary.packs for note in pack.notes),
            *dict.fromkeys(note for made in stickers.values() for sticker in made for note in sticker.notes),
            *_cutting_notes(archive, job),
        ),
    )


def _notices(packs: Sequence[Pack]) -> list[str]:
    """Return what platforms want people to know, such as restrictions on works made with AI, each once."""
    return list(dict.fromkeys(notice for pack in packs for notice in platform(pack.platform).notices))


def _cutting_notes(archive: Archive, job: Job) -> list[str]:
    """Return what people should know of how actions were cut out, each once, with the actions that it is about."""
    about: dict[str, list[str]] = {}
    for action in job.spec.actions:
        cutouts = archive.summary(job.id, action.name).results.get(naming.result("cutouts"), {})
        for note in cutouts.get("notes", ()):
            about.setdefault(note, []).append(action.name)
    return [f"{', '.join(names)}: {note}" for note, names in about.items()]


def _broken(archive: Archive, pack: Pack) -> tuple[str, ...]:
    findings = json.loads(archive.store.get(pack.check))["findings"]
    return tuple(f"{each['says']}: {each['found']}" for each in findings if each["verdict"] == "fail")


def _write(path: Path, data: bytes) -> None:
    """Write a file as a whole: a run that dies here leaves no half of it."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}); give another folder with --out.") from error
