"""Shares of a job: secret links that let a client look, comment and, where it is permitted, approve, until they end."""

import hashlib
import secrets
import time
from datetime import UTC, datetime

from pydantic import Field

from popcon import naming
from popcon.errors import BadInput, UnknownName
from popcon.models.base import Model
from popcon.storage.store import Store

DAYS_MAX = 60
COMMENTS_MAX = 500
"""Comments on a job; a link that got into wrong hands cannot fill the store."""


class Share(Model):
    """A link to a job. The store has the hash of its token only: who reads the store cannot use the link."""

    id: str = Field(description="the start of the SHA-256 of the token")
    digest: str = Field(description="SHA-256 of the token, hexadecimal")
    expires: int = Field(description="seconds since 1970")
    may_approve: bool = False
    revoked: bool = False

    def is_open(self, now: float) -> bool:
        """Tell whether the link opens at a time, in seconds since 1970."""
        return not self.revoked and now < self.expires


class ShareEnded(UnknownName):
    """A link opens nothing, for whatever reason."""

    def __init__(self) -> None:
        super().__init__("share", "")
        self.args = ("This link has ended, or never was one; ask who sent it for a new one.",)


class Comment(Model):
    """What a client wrote on a job."""

    by: str
    text: str
    action: str = Field(default="", description="what it is about; empty: the whole job")
    at: str = ""
    share: str = Field(default="", description="id of the share that it came by")


def share_job(store: Store, job_id: str, days: int, may_approve: bool) -> tuple[Share, str]:
    """Make a share of a job; returns it with its token, which is told only here.

    Arguments:
        days: after which the link ends, 1 to `DAYS_MAX`.
        may_approve: whether who has the link may approve what waits for a person.
    """
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    made = Share(id=digest[:16], digest=digest, expires=int(time.time()) + days * 86400, may_approve=may_approve)
    store.create_json(naming.share(job_id, made.id), made.model_dump(mode="json"))
    return made, token


def shares(store: Store, job_id: str) -> list[Share]:
    """Return all shares of a job, those that ended included."""
    found = (store.read_model(path, Share) for path in store.paths(naming.shares(job_id)))
    return sorted((each for each in found if each), key=lambda each: (each.expires, each.id))


def opened(store: Store, job_id: str, token: str) -> Share:
    """Return the share that a token opens.

    Raises:
        ShareEnded: there is none, or it was revoked or has expired; the message tells no difference.
    """
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = store.read_model(naming.share(job_id, digest[:16]), Share) if naming.is_name(job_id) else None
    if found is None or not secrets.compare_digest(found.digest, digest) or not found.is_open(time.time()):
        raise ShareEnded
    return found


def revoke(store: Store, job_id: str, share_id: str) -> None:
    """End a share at once.

    Raises:
        UnknownName: the job has no such share.
    """
    known = {each.id: each for each in shares(store, job_id)}
    if share_id not in known:
        raise UnknownName("share of this job", share_id[:40])
    ended = known[share_id].model_copy(update={"revoked": True})
    store.write_json(naming.share(job_id, share_id), ended.model_dump(mode="json"))


def comment(store: Store, job_id: str, said: Comment) -> None:
    """Keep a comment.

    Raises:
        BadInput: it has no text, or the job has as many comments as it can.
    """
    if not said.text.strip():
        raise BadInput("text: write what you want to say.")
    number = len(store.paths(naming.comments(job_id)))
    if number >= COMMENTS_MAX:
        raise BadInput(f"This job has {COMMENTS_MAX} comments, which is as many as there can be.")
    kept = said.model_copy(update={"at": datetime.now(UTC).isoformat(timespec="seconds")})
    while not store.create_json(naming.comment(job_id, number), kept.model_dump(mode="json")):
        number += 1


def comments(store: Store, job_id: str) -> list[Comment]:
    """Return the comments on a job, the oldest first."""
    found = (store.read_model(path, Comment) for path in sorted(store.paths(naming.comments(job_id))))
    return [each for each in found if each]
