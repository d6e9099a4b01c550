"""Builds a pack: stickers, stills, covers and lists in one ZIP."""

from collections.abc import Sequence

from popcon.errors import BadInput, DoesNotFit
from popcon.packs import lists
from popcon.packs.archive import archive
from popcon.packs.covers import encode_png, fit, still_cover
from popcon.packs.model import EncodeCover, Pack, PackItem
from popcon.packs.names import file_names
from popcon.packs.xcode import xcode_project
from popcon.pixels import Rgba
from popcon.platforms.model import Cover, Platform
from popcon.stickers.still import telling_frame

_NO_TAG = "🙂"


def build_pack(
    platform: Platform,
    stickers: Sequence[PackItem],
    cover: Rgba,
    title: str,
    author: str = "PopCon",
    encode_cover: EncodeCover | None = None,
    shown: str = "",
    language: str = "",
) -> Pack:
    """Put stickers together as the platform's upload form wants them.

    A pack of too few or too many stickers is made all the same, and a note says what is missing.

    Arguments:
        stickers: in the pack's order.
        cover: the character's picture, from which still covers are drawn: (h, w, 4) uint8, straight alpha.
        title: of the pack, as people will read it.
        author: who publishes it.
        encode_cover: makes animated covers (LINE's main.png, Telegram's cover.webm) from the first sticker that
            brings its frames. Without it, Telegram's cover is a still, and LINE's main.png is missing, with a note.
        shown: name of the sticker that covers show instead of the character; it has to bring its frames.
        language: of the words, where a job has several: names that people type end with it.

    Raises:
        BadInput: there are no stickers, or the cover is empty.
        DoesNotFit: the ZIP is over the platform's limit.
    """
    if not stickers:
        raise BadInput(f"A pack for {platform.title} needs at least one sticker; none was given.")
    notes = _count_notes(platform, len(stickers)) + _still_notes(platform, stickers)
    names = file_names(platform, stickers, language)
    entries = [(name, item, _tags(platform, item, notes)) for name, item in zip(names, stickers, strict=True)]
    chosen = next((item for item in stickers if item.name == shown and len(item.frames)), None)
    if chosen is not None:
        cover = chosen.frames[telling_frame(chosen.frames)]
    first = [chosen, *stickers] if chosen is not None else stickers
    covers = _covers(platform, stickers, first, cover, encode_cover, notes)
    if platform.still is not None and platform.still.count is None:
        covers += _stills(platform, stickers, notes)
    files = _lay_out(platform, entries, covers, cover, title, author)
    return Pack(archive(files, platform.pack.max_zip_bytes), tuple(files), tuple(notes))


def _lay_out(
    platform: Platform, entries: lists.Entries, covers: list[tuple[str, bytes]], cover: Rgba, title: str, author: str
) -> list[tuple[str, bytes]]:
    pictures = [(name, item.data) for name, item, _ in entries]
    match platform.name:
        case "whatsapp":
            # a sticker app keeps each pack in a folder that is named by its identifier
            folder = lists.identifier(title, entries)
            sheet = lists.whatsapp(folder, title, author, covers[0][0], entries)
            return [("contents.json", sheet), *((f"{folder}/{name}", data) for name, data in covers + pictures)]
        case "telegram-sticker" | "telegram-emoji":
            thumbnail = covers[0][0] if covers else None
            sheet = lists.telegram(title, platform.name == "telegram-emoji", thumbnail, entries)
            return [("stickers.json", sheet), *covers, *pictures]
        case "signal":
            return [("manifest.json", lists.signal(title, author, entries)), *covers, *pictures]
        case "discord-sticker":
            return [("stickers.json", lists.discord(entries)), *covers, *pictures]
        case "misskey":
            return [("meta.json", lists.misskey(entries)), *covers, *pictures]
        case "imessage":
            return xcode_project(title, lists.sticker_pack(entries), cover)
        case _:
            return [*covers, *pictures]


def _covers(
    platform: Platform,
    stickers: Sequence[PackItem],
    first: Sequence[PackItem],
    character: Rgba,
    encode: EncodeCover | None,
    notes: list[str],
) -> list[tuple[str, bytes]]:
    made = []
    for cover in platform.pack.covers:
        if cover.each:
            made += [
                (cover.name.format(number=number), _thumbnail(item, character, cover))
                for number, item in enumerate(stickers, 1)
            ]
            continue
        if cover.format == "png":
            made.append((cover.name, still_cover(character, cover)))
            continue
        data = _animated(cover, first, encode, notes)
        if data is not None:
            made.append((cover.name, data))
        elif not cover.required:
            made.append((cover.name.rsplit(".", 1)[0] + ".png", still_cover(character, cover)))
    return made


def _thumbnail(item: PackItem, character: Rgba, cover: Cover) -> bytes:
    """Draw the most telling frame of a sticker at a cover's size; without frames, the character."""
    return still_cover(item.frames[telling_frame(item.frames)] if len(item.frames) else character, cover)


def _stills(platform: Platform, stickers: Sequence[PackItem], notes: list[str]) -> list[tuple[str, bytes]]:
    """Draw the still beside each animation, as large as the platform takes it."""
    still = platform.as_still()
    made = []
    for number, item in enumerate(stickers, 1):
        name = platform.still.file_stem.format(number=number) + ".png" if platform.still else ""
        if not len(item.frames):
            notes.append(f"{name} is missing: it needs the frames of {item.name}.")
            continue
        picture = fit(item.frames[telling_frame(item.frames)], still.canvas.width, still.canvas.height)
        made.append((name, encode_png(picture)))
    return made


def _animated(cover: Cover, stickers: Sequence[PackItem], encode: EncodeCover | None, notes: list[str]) -> bytes | None:
    """Return an animated cover from the first sticker that brings frames, or None, with a note if it is needed."""
    moving = next((item for item in stickers if len(item.frames)), None)
    if encode is None or moving is None:
        if cover.required:
            notes.append(f"{cover.name} is missing: it needs an animation of {cover.width}x{cover.height} px.")
        return None
    frames = [fit(frame, cover.width, cover.height) for frame in moving.frames]
    try:
        return encode(frames, moving.durations_ms, cover)
    except DoesNotFit as error:
        notes.append(f"{cover.name} could not be animated: {error}")
        return None


def _tags(platform: Platform, item: PackItem, notes: list[str]) -> tuple[str, ...]:
    rules = platform.pack
    tags = tuple(dict.fromkeys(tag for tag in item.emoji if tag))
    if not tags and rules.min_tags:
        notes.append(f"{item.name} has no emoji tag; {_NO_TAG} stands in for it.")
        tags = (_NO_TAG,)
    return tags[: rules.max_tags]


def _still_notes(platform: Platform, stickers: Sequence[PackItem]) -> list[str]:
    wanted = platform.still.count if platform.still else None
    if wanted is None:
        return []
    stills = sum(len(item.durations_ms) <= 1 and item.data.startswith(b"\x89PNG") for item in stickers)
    if stills == wanted:
        return []
    return [f"{platform.title} takes {wanted} stills among its stickers: {stills} given."]


def _count_notes(platform: Platform, count: int) -> list[str]:
    rules = platform.pack
    if rules.accepts_count(count):
        return []
    wanted = rules.counts or tuple(n for n in (rules.min_count, rules.max_count) if n is not None)
    more = next((n - count for n in sorted(wanted) if n > count), None)
    fewer = next((count - n for n in sorted(wanted, reverse=True) if n < count), None)
    if rules.counts:
        accepted = f"{', '.join(map(str, rules.counts[:-1]))} or {rules.counts[-1]}"
    elif rules.min_count == rules.max_count:
        accepted = f"exactly {rules.min_count}"
    else:
        accepted = f"{rules.min_count} to {rules.max_count}" if rules.max_count else f"at least {rules.min_count}"
    steps = []
    if more is not None:
        steps.append(f"{more} more needed")
    if fewer is not None and (more is None or rules.counts):
        steps.append(f"{fewer} too many")
    return [f"{platform.title} takes {accepted} stickers: {count} given, {' or '.join(steps)} before upload."]
