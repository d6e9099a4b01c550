"""Lists the platforms."""

from collections.abc import Mapping
from types import MappingProxyType

from popcon.errors import UnknownName
from popcon.platforms.communities import COMMUNITIES, PLAIN
from popcon.platforms.line import LINE
from popcon.platforms.messengers import MESSENGERS
from popcon.platforms.model import Platform

PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {each.name: each for each in (*LINE, *MESSENGERS, *COMMUNITIES, *PLAIN)}
)
"""All platforms by name, in the order in which they are shown."""


def platform(name: str) -> Platform:
    """Look a platform up.

    Raises:
        UnknownName: there is none of this name; the message lists them.
    """
    try:
        return PLATFORMS[name]
    except KeyError:
        raise UnknownName("platform", name, tuple(PLATFORMS)) from None
