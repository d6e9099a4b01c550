"""What each platform accepts, as one declarative table. It makes nothing and checks nothing: encoders, packs and
the check read it."""

from popcon.platforms.model import (
    MEDIA_TYPES,
    SUFFIXES,
    Canvas,
    Cover,
    Format,
    PackRules,
    Platform,
    Rule,
    Source,
    Timing,
)
from popcon.platforms.table import PLATFORMS, platform

__all__ = [
    "MEDIA_TYPES",
    "PLATFORMS",
    "SUFFIXES",
    "Canvas",
    "Cover",
    "Format",
    "PackRules",
    "Platform",
    "Rule",
    "Source",
    "Timing",
    "platform",
]
