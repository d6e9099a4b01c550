"""Declares what goes into a pack and what comes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from popcon.pixels import Rgba
from popcon.platforms.model import Cover

EncodeCover = Callable[[Sequence[Rgba], Sequence[int], Cover], bytes]
"""Encodes an animated cover: frames that already have the cover's size, their times in ms, and the cover's rules."""


@dataclass(frozen=True)
class PackItem:
    """A finished sticker.

    Arguments:
        name: of its action, a slug such as thank-you.
        title: how a person reads it.
        emoji: tags, the best first.
        data: the sticker's file.
        frames, durations_ms: what an animated cover could show, any size; empty where there is no need.
        spoken: what a screen reader says of it; empty: the title.
    """

    name: str
    title: str
    emoji: tuple[str, ...]
    data: bytes
    frames: Sequence[Rgba] = ()
    durations_ms: Sequence[int] = ()
    spoken: str = ""


@dataclass(frozen=True)
class Pack:
    """A pack, ready to upload but for what the notes say.

    Arguments:
        data: the ZIP.
        files: (path in the ZIP, bytes), in its order.
        notes: what a person should know or do before the upload, one sentence each.
    """

    data: bytes
    files: tuple[tuple[str, bytes], ...]
    notes: tuple[str, ...] = ()
