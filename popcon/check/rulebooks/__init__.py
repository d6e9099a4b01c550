"""Writes every platform's rules down a second time, each with where it was read, apart from what encodes stickers."""

from collections.abc import Mapping
from types import MappingProxyType

from popcon.check.limits import Rulebook
from popcon.check.rulebooks.communities import COMMUNITIES
from popcon.check.rulebooks.line import LINE
from popcon.check.rulebooks.messengers import MESSENGERS
from popcon.errors import UnknownName

RULEBOOKS: Mapping[str, Rulebook] = MappingProxyType(
    {book.platform: book for book in (*LINE, *MESSENGERS, *COMMUNITIES)}
)


def rulebook(platform: str) -> Rulebook:
    """Look the rules of a platform up.

    Raises:
        UnknownName: there is none of this name; the message lists them.
    """
    if platform not in RULEBOOKS:
        raise UnknownName("platform", platform, tuple(RULEBOOKS))
    return RULEBOOKS[platform]
