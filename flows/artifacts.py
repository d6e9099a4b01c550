"""Artifacts of each job's run in Prefect's UI, and the question of a gate with its picture."""

from collections.abc import Sequence
from decimal import Decimal

from prefect.artifacts import create_image_artifact, create_progress_artifact, create_table_artifact

from flows.context import JobContext
from popcon import naming
from popcon.ledger.bill import amounts_text
from popcon.locales.catalogs import language_of_environment
from popcon.locales.sentences import say
from popcon.media.pictures.contact_strip import contact_strip
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import encode_png
from popcon.models.action import Action
from popcon.models.artifact import ArtifactRef
from popcon.models.results import CutoutRef, Sheet, StartFrame
from popcon.pipeline.driver import Reviewed
from popcon.pipeline.refusals import Refusal
from popcon.settings import settings
from popcon.storage import signed_links

STRIP = 8
"""The most cutouts that a question about them shows."""


def link(path: str) -> str:
    """Return the address of a page or a picture in the web app."""
    return settings().web_url.rstrip("/") + path


def picture_link(context: JobContext, ref: ArtifactRef) -> str:
    """Return the signed address of a picture, which Prefect's pages may embed."""
    return link(signed_links.sign(context.store, ref.sha256))


def strip_link(context: JobContext, cutouts: Sequence[CutoutRef]) -> str:
    """Return the signed address of a contact strip of cutouts, on light and dark, those marked that are doubtful."""
    pictures = [load_picture(context.store.get(each.picture), is_frame=True) for each in cutouts]
    strip = contact_strip(pictures, [each.doubtful for each in cutouts])
    return picture_link(context, context.store.put(encode_png(strip), "image/png"))


def describe(context: JobContext, action: Action, reviewed: Reviewed, complaint: str = "") -> str:
    """Return a question in Markdown, with its picture, in the language of the environment."""
    title = action.title or action.name
    lines = [f"**The last answer was not taken:** {complaint}"] if complaint else []
    if isinstance(reviewed, Refusal):
        lines += [f"**{title}** was not made: {reviewed.message}", f"The prompt, for you to change: {reviewed.prompt}"]
    elif isinstance(reviewed, StartFrame):
        lines += [
            f"Does **{title}** start well?",
            f"![The start frame of {title}]({picture_link(context, reviewed.picture)})",
        ]
        lines += [f"- {each}" for each in (*reviewed.problems, *reviewed.notes)]
        lines.append(f"Motion: {action.motion}")
    else:
        doubtful = [each for each in reviewed.cutouts if each.doubtful]
        ordered = sorted(reviewed.cutouts, key=lambda each: -each.doubt)[:STRIP]
        lines += [
            f"Is **{title}** cut out well? {len(reviewed.cutouts)} frames, {len(doubtful)} of them doubtful.",
            f"![{len(ordered)} cut-out frames of {title} on light and on dark, the doubtful ones first and framed]"
            f"({strip_link(context, ordered)})",
        ]
        lines += sorted({f"- {each.reason}" for each in doubtful if each.reason})
        lines += [f"- {each}" for each in reviewed.notes]
    lines.append(f"[Open in PopCon]({link(naming.job_page(context.job.id))})")
    language = language_of_environment()
    return "\n\n".join(say(line, language) for line in lines)


def start_frame(context: JobContext, action: Action, drawn: StartFrame) -> None:
    """Show a start frame among the artifacts of a deployed run."""
    if context.deployed:
        create_image_artifact(
            image_url=picture_link(context, drawn.picture),
            key=_key(context, action.name, "start-frame"),
            description=f"Start frame of {action.name} ({context.job.id})",
        )


def sheet(context: JobContext, edition: str, drawn: Sheet) -> None:
    """Show a contact sheet among the artifacts of a deployed run."""
    if context.deployed:
        create_image_artifact(
            image_url=picture_link(context, drawn.picture),
            key=_key(context, edition, "contact-sheet"),
            description=f"Contact sheet for {edition} ({context.job.id})",
        )


def costs(context: JobContext) -> None:
    """Show what a job's actions took, and how many of them are settled."""
    if not context.deployed:
        return
    summaries = [context.archive.summary(context.job.id, action.name) for action in context.job.spec.actions]
    table = [
        {
            "action": each.action,
            "status": each.status.value,
            "steps": len(each.steps),
            "found finished": sum(step.cached for step in each.steps),
            "seconds": round(sum(step.seconds for step in each.steps if not step.cached), 1),
            "paid": amounts_text((step.currency, Decimal(step.price)) for step in each.steps),
        }
        for each in summaries
    ]
    create_table_artifact(table=table, key=_key(context, "costs"), description=f"What {context.job.id} took")
    settled = sum(each.status.settled for each in summaries)
    create_progress_artifact(
        progress=100 * settled / len(summaries),
        key=_key(context, "progress"),
        description=f"{settled} of {len(summaries)} actions of {context.job.id} are settled",
    )


def _key(context: JobContext, *parts: str) -> str:
    return "-".join(naming.slug(part, 60) for part in (context.job.id, *parts))
