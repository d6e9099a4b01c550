"""Tells what the finish page shows: each pack of a job with its stickers, what they stand on, and what is doubtful."""

import io
import zipfile
from datetime import date

from pydantic import Field

from popcon.check.listing import listed_rules, remarks
from popcon.check.review.measures import grounds_of
from popcon.check.rulebooks import rulebook
from popcon.delivery.submission import submission_kit, work_of
from popcon.editing.adjustments import current_adjustments
from popcon.errors import BadInput, UnknownName
from popcon.jobs.archive import Archive, Job
from popcon.jobs.arrangement import arrangement
from popcon.locales.sentences import say
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.results import Pack, Sticker
from popcon.packs.kit import FORMS
from popcon.packs.names import file_names
from popcon.pipeline.plan import finished_actions
from popcon.platforms import PLATFORMS
from popcon.publish.order import PLATFORMS_OF, Place, pack_items
from ui.web.shapes import FileView, Ground, grounds_view, pack_title, sticker_view

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class DoubtView(Model):
    """Something that a platform's reviewer might ask about."""

    says: str
    frame: int
    picture: str = Field(description="address of a PNG that shows it")


class FinishedSticker(Model):
    """A sticker on the finish page."""

    action: str
    title: str
    emoji: str
    words: str = Field(description="its caption; empty: none")
    file: FileView
    doubts: tuple[DoubtView, ...] = ()


class RuleView(Model):
    """A rule that the pack is held to."""

    rule: str
    limit: str
    page: str = Field(description="where it was read; whether that is the platform's own text")
    url: str = Field(description="of that page; empty: it has no lasting address")
    seen: str = Field(description="the day on which it was last looked at; empty: it does not change")


class FinishedPack(Model):
    """A pack on the finish page."""

    platform: str = Field(description="its name in the job: the platform, and the language of several")
    title: str
    url: str = Field(description="of the ZIP")
    kit: str = Field(description="of the submission kit's ZIP; empty: the platform has no form")
    accepted: bool
    notes: tuple[str, ...]
    grounds: tuple[Ground, ...]
    rules: tuple[RuleView, ...]
    remarks: tuple[str, ...] = Field(description="where sources disagree, and rules that nobody looked at for a year")
    places: tuple[Place, ...] = Field(description="where it can be published from here")
    stickers: tuple[FinishedSticker, ...]
    doubts: tuple[DoubtView, ...] = Field(description="about no single sticker")


class FinishView(Model):
    """The packs of a job, to be looked over."""

    title: str
    language: str = Field(description="of the captions, several with commas between; empty: there are none")
    missing: tuple[str, ...] = Field(description="actions that are not in the packs")
    order: tuple[str, ...] = Field(description="all actions of the job, as its packs have them")
    cover: str = Field(description="the action that covers show; empty: the character")
    current: bool = Field(description="whether the packs hold what is done by now, as it was arranged")
    packs: tuple[FinishedPack, ...]


def finish_view(archive: Archive, job: Job, language: str) -> FinishView:
    """Tell what the packs of a job hold, in a language of `popcon.locales.catalogs.LANGUAGES`."""
    summary, wanted = archive.job_summary(job.id), arrangement(archive.store, job.id)
    return FinishView(
        title=job.spec.title,
        language=", ".join(each.language for each in job.spec.words),
        missing=tuple(summary.missing),
        order=wanted.order or tuple(action.name for action in job.spec.actions),
        cover=wanted.cover,
        current=archive.is_packed(job) and _are_adjusted(archive, job),
        packs=tuple(_pack(archive, job, pack, language) for pack in summary.packs),
    )


def _are_adjusted(archive: Archive, job: Job) -> bool:
    """Return whether the stickers of all actions are as a person adjusted them."""
    if not current_adjustments(archive.store, job.id).version:
        return True
    return finished_actions(archive, job) == {action.name for action in job.spec.actions}


def kit_zip(archive: Archive, job: Job, edition: str) -> bytes:
    """Return the submission kit of a pack as a ZIP; the same kit gives the same bytes.

    Raises:
        UnknownName: the job has no such pack.
        BadInput: the platform has no form to fill in.
    """
    pack = _pack_of(archive, job, edition)
    files = submission_kit(archive, job, archive.stickers(job, edition), work_of(archive, job))
    if not files:
        raise BadInput(
            f"{PLATFORMS[pack.platform].title} has no form to fill in, so there is no submission kit for it."
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files:
            made.writestr(zipfile.ZipInfo(name, _ZIP_TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _pack_of(archive: Archive, job: Job, edition: str) -> Pack:
    packs: dict[str, Pack] = {each.edition: each for each in archive.job_summary(job.id).packs}
    if edition not in packs:
        raise UnknownName("pack in this job", edition, tuple(packs))
    return packs[edition]


def _pack(archive: Archive, job: Job, pack: Pack, language: str) -> FinishedPack:
    rules = PLATFORMS[pack.platform]
    listed = listed_rules(rulebook(pack.platform))
    stickers = archive.stickers(job, pack.edition)
    actions = {action.name: action for action in job.spec.actions}
    names = file_names(rules, pack_items(archive, job, stickers), pack.language)
    doubts: dict[str, list[DoubtView]] = {}
    for each in pack.doubts:
        doubt = DoubtView(says=say(each.says, language), frame=each.frame, picture=f"/artifacts/{each.picture.sha256}")
        doubts.setdefault(each.file.rsplit("/", 1)[-1], []).append(doubt)
    shown = [
        _sticker(job, pack, actions[sticker.action], sticker, doubts.pop(name, []), language)
        for name, sticker in zip(names, stickers, strict=True)
    ]
    return FinishedPack(
        platform=pack.edition,
        title=pack_title(pack, language),
        url=f"/api/jobs/{job.id}/packs/{pack.edition}",
        kit=f"/api/jobs/{job.id}/kits/{pack.edition}" if pack.platform in FORMS else "",
        accepted=pack.accepted,
        notes=tuple(say(note, language) for note in pack.notes),
        grounds=grounds_view(grounds_of(pack.platform)),
        rules=tuple(
            RuleView(
                rule=": ".join(say(part, language) for part in each.rule.split(": ", 1)),
                limit=say(each.limit, language),
                page=f"{say(each.source.kind, language)}: {say(each.source.page, language)}",
                url=each.source.url,
                seen=str(each.source.seen or ""),
            )
            for each in listed
        ),
        remarks=tuple(say(each, language) for each in remarks((each.source for each in listed), date.today())),
        places=tuple(place for place, platforms in PLATFORMS_OF.items() if pack.platform in platforms),
        stickers=tuple(shown),
        doubts=tuple(doubt for others in doubts.values() for doubt in others),
    )


def _sticker(
    job: Job, pack: Pack, action: Action, sticker: Sticker, doubts: list[DoubtView], language: str
) -> FinishedSticker:
    address = f"/api/jobs/{job.id}/actions/{action.name}/stickers/{pack.edition}"
    words = job.spec.words_of(pack.language)
    return FinishedSticker(
        action=action.name,
        title=action.title or action.name,
        emoji=action.emoji[0] if action.emoji else "",
        words=words.texts.get(action.name, "") if words else "",
        file=sticker_view(address, sticker, language),
        doubts=tuple(doubts),
    )
