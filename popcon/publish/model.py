"""Declares what is published, and what is written down of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import Field

from popcon.errors import Fault
from popcon.models.base import Model


@dataclass(frozen=True)
class PublishItem:
    """A sticker to upload.

    Arguments:
        name: that the platform takes, unique in the pack.
        file_name: with the ending.
        emoji: tags, the best first.
    """

    name: str
    file_name: str
    title: str
    emoji: tuple[str, ...]
    data: bytes
    media_type: str


class Remote(Model):
    """A sticker as a platform lists it."""

    id: str
    name: str | None = Field(default=None, description="None: the platform keeps no names")


class OutcomeUnknown(Fault):
    """A request may or may not have reached the platform. It is looked up before it is sent again."""


class Target(Protocol):
    """A place on a platform that stickers are uploaded to."""

    kind: str
    destination: str
    """Names the place: a set, a guild, a server."""

    def check(self, items: Sequence[PublishItem]) -> None:
        """Look whether everything could be sent: the token, the right to send, free places. Sends nothing.

        Raises:
            ServiceRefused: the token is wrong, or has no right to this.
            BadInput: there is no room, or a file is not accepted.
        """
        ...

    def existing(self) -> list[Remote]:
        """List what is there, in the platform's order."""
        ...

    def send(self, item: PublishItem, first: bool) -> Remote | None:
        """Upload one sticker.

        Arguments:
            first: nothing of this pack is there yet.

        Returns:
            what the platform calls it; None where it does not say.

        Raises:
            ServiceRefused: it will not be taken however often it is sent.
            OutcomeUnknown: whether it arrived is not known.
        """
        ...

    def link(self) -> str:
        """Return where people find the set; empty where there is no such page."""
        ...


class Baseline(Model):
    """What was at the place before anything was sent: none of that is ours."""

    kind: str
    destination: str
    ids: tuple[str, ...]


class Sent(Model):
    """How far one sticker is: `sending` is written before the request leaves, `sent` after its answer."""

    name: str
    sha256: str
    state: Literal["sending", "sent"]
    id: str = Field(default="", description="what the platform calls it")


class Publication(Model):
    """What became of a publication."""

    kind: str
    destination: str
    link: str
    sent: tuple[str, ...] = Field(description="names that were sent now")
    already: tuple[str, ...] = Field(description="names that were there from an earlier run")
    left: tuple[str, ...] = Field(default=(), description="names that a dry run would send")
