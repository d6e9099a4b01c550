"""Takes a person's answer at a gate: reads it, checks it, keeps it. Runs that wait for it are resumed elsewhere."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from popcon import naming
from popcon.errors import ArtifactDamaged, BadInput, BadPicture, UnknownName
from popcon.jobs.archive import Archive, Job
from popcon.media.pictures.picture import CHECK_PX, load_picture
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.verdict import AWAITING, Gate, RefinementVerdict, StartFrameVerdict
from popcon.storage.store import Store, ref_of

Verdict = StartFrameVerdict | RefinementVerdict


class VerdictResult(Model):
    """What became of an answer at a gate."""

    stored: bool = Field(description="whether this answer counts; False: another one came first, or nobody asked")
    question: str = Field(default="", description="what was answered (see `naming.question`)")
    verdict: dict[str, Any] | None = Field(default=None, description="the answer that counts, as JSON")
    message: str = Field(default="", description="what became of it, for a person")
    resumed: bool = Field(default=False, description="whether a deployed run that waited for it was told to go on")


def read_verdict(gate: Gate | str, value: Verdict | Mapping[str, Any], store: Store) -> Verdict:
    """Return a verdict that fits a gate, of a model or of JSON.

    Raises:
        UnknownName: there is no such gate.
        BadInput: it is no verdict of this gate, or its picture is not a picture in the store.
    """
    if gate not in list(Gate):
        raise UnknownName("gate", str(gate), [each.value for each in Gate])
    kind = StartFrameVerdict if Gate(gate) is Gate.START_FRAME_REVIEW else RefinementVerdict
    given = value.model_dump() if isinstance(value, Model) else value
    try:
        verdict = kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the verdict"
        raise BadInput(f"The verdict cannot be taken: {where}: {first['msg']}.") from error
    if isinstance(verdict, StartFrameVerdict) and verdict.kind == "replace":
        if verdict.picture is None:
            raise BadInput("To replace a start frame, name a picture in the store.")
        return verdict.model_copy(update={"picture": stored_picture(store, verdict.picture.sha256)})
    if isinstance(verdict, RefinementVerdict) and verdict.kind == "redo_frame" and verdict.slot is None:
        raise BadInput("To redo a frame, say which slot it is in.")
    return verdict


def stored_picture(store: Store, sha256: str) -> ArtifactRef:
    """Return the picture in the store with this hash.

    Raises:
        BadInput: it is no hash, nothing in the store has it, or what has it is not a picture.
    """
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise BadInput(f"{sha256[:80]!r} is not a picture in the store; give its SHA-256, 64 hexadecimal digits.")
    data = store.read(naming.artifact(sha256))
    if data is None:
        raise BadInput(f"The store holds nothing under {sha256[:12]}…; upload the picture first.")
    ref = ref_of(data, "image/png" if data.startswith(b"\x89PNG") else "application/octet-stream")
    if ref.sha256 != sha256:
        raise ArtifactDamaged(f"The picture {sha256[:12]}… in the store is damaged; upload it again.")
    try:
        load_picture(data, enough_px=CHECK_PX, draft=True)
    except BadPicture as error:
        raise BadInput(f"What the store holds under {sha256[:12]}… cannot be a start frame: {error}") from error
    return ref


def check_action(job: Job, name: str) -> str:
    """Return `name`, if the job has an action of that name.

    Raises:
        UnknownName: it has none.
    """
    names = [action.name for action in job.spec.actions]
    if name not in names:
        raise UnknownName("action in this job", name, names)
    return name


def record_verdict(
    archive: Archive, job: Job, action: str, gate: Gate, verdict: Verdict, by: str, question: str = ""
) -> VerdictResult:
    """Keep a verdict that was read by `read_verdict`. The first answer to a question counts.

    Arguments:
        archive, job, action, gate: where it was asked.
        verdict, by: the answer, and who gave it.
        question: what the person saw; empty: what the action waits for just now.
    """
    summary = archive.summary(job.id, check_action(job, action))
    waiting = summary.question if summary.status is AWAITING[gate] else ""
    asked = question or waiting
    if not asked:
        status = summary.status.replace("_", " ")
        return VerdictResult(stored=False, message=f"{action} does not wait for this just now; it is {status}.")
    known = archive.verdict(job.id, action, asked) if naming.is_question(asked, gate) else None
    if known is None:
        if asked != waiting:
            return VerdictResult(
                stored=False, question=asked, message=f"{action} has moved on; this is no longer asked."
            )
        if archive.decide(job.id, action, asked, verdict, by):
            kept = verdict.model_dump(mode="json")
            return VerdictResult(stored=True, question=asked, verdict=kept, message=f"{action}: {verdict.kind}, kept.")
        known = archive.verdict(job.id, action, asked)
    kind = str((known or {}).get("kind", "")).replace("_", " ")
    return VerdictResult(
        stored=False, question=asked, verdict=known, message=f"This was answered before: {kind}. That one counts."
    )
