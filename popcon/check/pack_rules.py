"""Holds a pack, its files and its covers against a platform's rules."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from popcon.check import manifests
from popcon.check.limits import CanvasLimit, CoverLimits, PackLimits, Rulebook, Ruled, StickerLimits
from popcon.check.media import Problems
from popcon.check.pixels import Pixels
from popcon.check.report import Finding, Source
from popcon.check.sticker_rules import Case, check_sticker, integrity, judge, open_case

_PICTURES = {".png", ".apng", ".gif", ".webp", ".webm"}
_TIDY = Source(kind="ours", page="a pack that uploads without questions")
_LISTED = 5
"""Names that a finding lists at most."""


@dataclass(frozen=True)
class PackFile:
    """A file of a pack: its path inside, with forward slashes, and its bytes."""

    path: str
    data: bytes

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


def check_pack(
    files: Sequence[PackFile], book: Rulebook, zip_bytes: int | None = None, zip_problems: Problems | None = None
) -> list[Finding]:
    """Hold a pack against every rule: of the pack first, then of its covers, then of each sticker.

    Arguments:
        files: all files, in the pack's order.
        zip_bytes: the archive's size; None for a folder.
        zip_problems: what its reader noted; None for a folder.
    """
    limits = book.pack
    covers = {file.path: cover for file in files if (cover := _cover_of(file.name, limits)) is not None}
    pictures = [
        each
        for each in files
        if each.path not in covers
        and _is_picture(each.name)
        and not (limits.ignored and re.fullmatch(limits.ignored, each.path))
    ]
    beside = limits.still_names
    stills = [each for each in pictures if beside and re.fullmatch(beside.value, each.name)]
    stickers = [each for each in pictures if each not in stills]
    cases = [open_case(file.path, file.data) for file in stickers]
    case = Case("", b"", None, Pixels())
    if zip_problems is not None:
        for rule, says in zip_problems.integrity.rules.items():
            wrong = zip_problems.about(rule)
            case.judge(rule, says, Ruled(True, zip_problems.integrity.source), not wrong, wrong or "it is so")
    _counts(case, stickers, limits, zip_bytes)
    _names(case, stickers, limits)
    _covers(case, files, limits)
    _contents(case, cases, limits)
    _stills(case, cases, stickers, stills, limits)
    _manifest(case, files, stickers, book)
    if book.listed:
        _others(case, files, pictures, limits)
    findings = case.findings
    for file in files:
        if file.path in covers:
            findings += check_cover(file.path, file.data, covers[file.path], book)
    for each in cases:
        findings += check_sticker(each, sticker_limits(each, book))
    for file in stills:
        findings += check_sticker(open_case(file.path, file.data), book.still or book.sticker)
    return findings


def sticker_limits(case: Case, book: Rulebook) -> StickerLimits:
    """Return the rules for a sticker: those of stills for a still in a pack that holds both."""
    mixed = book.still is not None and book.pack.still_names is None
    return book.still if mixed and book.still and case.media and case.media.kind == "png" else book.sticker


def check_cover(path: str, data: bytes, cover: CoverLimits, book: Rulebook) -> list[Finding]:
    """Hold a cover picture against its rules."""
    case = open_case(path, data)
    canvas = Ruled(CanvasLimit(exact=((cover.width, cover.height),)), cover.source)
    if cover.like_stickers:
        judge(case, replace(book.sticker, canvas=canvas))
        return case.findings
    media = case.media
    kinds = Ruled(cover.formats, cover.source)
    says = f"it is {' or '.join(kind.upper() for kind in cover.formats)}"
    found = media.kind.upper() if media else "no picture"
    case.judge("cover.format", says, kinds, media is not None and media.kind in cover.formats, found)
    if media is not None:
        integrity(case, media)
    size = f"{media.width}x{media.height} px" if media else "it is no picture"
    held = canvas.value.accepts(media.width, media.height) if media else None
    case.judge("cover.canvas", f"{canvas.value}", canvas, held, size)
    if cover.bytes_max is not None:
        most = Ruled(cover.bytes_max, cover.source)
        says = f"at most {most.value} bytes"
        case.judge("cover.bytes", says, most, len(data) <= most.value, str(len(data)))
    shown = case.pictures
    if cover.opaque:
        says, plain = "it has no transparency", None if shown.trouble else not shown.transparent
        found = shown.trouble or ("transparent pixels" if shown.transparent else "opaque")
        case.judge("cover.opaque", says, Ruled(True, cover.source), plain, found)
    says = "it shows something"
    seen = None if shown.trouble else shown.seen_first >= 0.005
    found = shown.trouble or f"{shown.seen_first:.1%} of it visible"
    case.judge("cover.seen", says, Ruled(True, _TIDY, "warn"), seen, found)
    return case.findings


def _cover_of(name: str, limits: PackLimits) -> CoverLimits | None:
    return next((cover for cover in limits.covers if cover.matches(name)), None)


def _is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _PICTURES and not name.startswith(".")


def _listing(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:_LISTED])
    return shown + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")


def _counts(case: Case, stickers: Sequence[PackFile], limits: PackLimits, zip_bytes: int | None) -> None:
    count = limits.count
    case.judge("pack.count", f"{count.value} stickers", count, count.value.accepts(len(stickers)), str(len(stickers)))
    most = limits.zip_bytes_max
    if most is not None:
        size = zip_bytes if zip_bytes is not None else sum(len(file.data) for file in stickers)
        found = f"{size} bytes" + ("" if zip_bytes is not None else " before zipping")
        case.judge("pack.bytes", f"the ZIP has at most {most.value} bytes", most, size <= most.value, found)


def _names(case: Case, stickers: Sequence[PackFile], limits: PackLimits) -> None:
    names = limits.names
    wrong = [file.name for file in stickers if not re.fullmatch(names.value, file.name)]
    found = f"not so: {_listing(wrong)}" if wrong else f"{len(stickers)} such names"
    case.judge("pack.names", f"stickers are named {limits.names_say}", names, not wrong, found)
    if not limits.numbered:
        return
    found_numbers = (re.match(r"([0-9]{2,3})[._]", file.name) for file in stickers)
    numbers = sorted(int(each[1]) for each in found_numbers if each)
    gaps = [str(n) for n in range(1, len(stickers) + 1) if n not in numbers]
    found = f"missing: {_listing(gaps)}" if gaps else f"1 to {len(stickers)}"
    case.judge("pack.numbers", "numbers run from 1 without gaps", names, not gaps, found)


def _covers(case: Case, files: Sequence[PackFile], limits: PackLimits) -> None:
    present = {file.name for file in files}
    for cover in limits.covers:
        if cover.each:
            wanted = sum(_is_picture(name) and re.fullmatch(limits.names.value, name) is not None for name in present)
            count = sum(map(cover.matches, present))
            says = f"{cover.name} is in the pack for every sticker, {cover.width}x{cover.height} px"
            case.judge("pack.cover", says, Ruled(True, cover.source), count == wanted, f"{count} for {wanted} stickers")
            continue
        if not cover.required and cover.name not in present:
            continue
        says = f"{cover.name} is in the pack, {cover.width}x{cover.height} px"
        found = "it is there" if cover.name in present else "it is missing"
        case.judge("pack.cover", says, Ruled(True, cover.source), cover.name in present, found)


def _contents(case: Case, stickers: Sequence[Case], limits: PackLimits) -> None:
    if limits.all_animated is not None:
        still = [each.name for each in stickers if each.media is None or not each.media.animated]
        found = f"still: {_listing(still)}" if still else f"{len(stickers)} animated"
        case.judge("pack.animated", "all stickers are animated", limits.all_animated, not still, found)
    if limits.unique is not None:
        digests: dict[bytes, list[str]] = {}
        for file in stickers:
            digests.setdefault(hashlib.sha256(file.data).digest(), []).append(file.name)
        alike = [" = ".join(names[:3]) for names in digests.values() if len(names) > 1]
        found = _listing(alike) if alike else f"{len(stickers)} different files"
        case.judge("pack.unique", "no two stickers are the same file", limits.unique, not alike, found)


def _stills(
    case: Case, cases: Sequence[Case], stickers: Sequence[PackFile], stills: Sequence[PackFile], limits: PackLimits
) -> None:
    if limits.stills is not None:
        count = sum(each.media is not None and not each.media.animated for each in cases)
        most = limits.count.value.high or len(cases)
        says = f"{limits.stills.value} stills and {most - limits.stills.value} animations"
        found = f"{count} stills and {len(cases) - count} animations"
        case.judge("pack.stills", says, limits.stills, count == limits.stills.value, found)
    if limits.still_names is not None:
        numbers = {file.name[:2] for file in stickers}
        alone = sorted(numbers ^ {file.name[:2] for file in stills})
        found = f"not so: {_listing(alone)}" if alone else f"{len(stills)} pairs"
        case.judge("pack.pairs", "each animation has a still of its number", limits.still_names, not alone, found)


def _manifest(case: Case, files: Sequence[PackFile], stickers: Sequence[PackFile], book: Rulebook) -> None:
    ruled, tags = book.pack.manifest, book.pack.tags
    if ruled is None:
        return
    found = [file for file in files if file.name == ruled.value]
    lacks = ruled if book.pack.manifest_required else replace(ruled, level="warn")
    says = f"{ruled.value} lists the stickers"
    if not found:
        case.judge("pack.manifest", says, lacks, False, "it is missing")
        if tags is not None:
            case.judge(
                "pack.tags",
                f"{tags.value} emoji for each sticker",
                replace(tags, level=lacks.level),
                None,
                f"there is no {ruled.value}",
            )
        return
    if book.platform == "imessage":
        case.judge("pack.manifest", says, ruled, True, f"{len(found)} of them")
        return
    manifest = manifests.read(book.platform, found[0].data)
    names = {file.name for file in stickers}
    problems = list(manifest.problems)
    if absent := sorted(set(manifest.stickers) - names):
        problems.append(f"not in the pack: {_listing(absent)}")
    if unlisted := sorted(names - set(manifest.stickers)):
        problems.append(f"not listed: {_listing(unlisted)}")
    if lost := [name for name in manifest.covers if name and name not in {file.name for file in files}]:
        problems.append(f"not in the pack: {_listing(lost)}")
    case.judge("pack.manifest", says, ruled, not problems, _listing(problems) or f"{len(manifest.stickers)} listed")
    if tags is not None:
        named = book.platform == "discord-sticker"
        allowed, what = (manifests.is_emoji_name, "emoji names") if named else (manifests.is_emoji, "emoji")
        bad = [
            name
            for name, given in manifest.stickers.items()
            if not tags.value.accepts(len(given)) or not all(map(allowed, given))
        ]
        held = bool(manifest.stickers) and not bad
        shown = f"not so: {_listing(bad)}" if bad else f"{len(manifest.stickers)} tagged"
        case.judge("pack.tags", f"{tags.value} {what} for each sticker", tags, held, shown)


def _others(case: Case, files: Sequence[PackFile], stickers: Sequence[PackFile], limits: PackLimits) -> None:
    known = {file.name for file in files if _cover_of(file.name, limits)} | {file.name for file in stickers}
    if limits.manifest is not None:
        known.add(limits.manifest.value)
    others = [file.path for file in files if file.name not in known]
    says = "there is nothing else in it"
    found = f"also: {_listing(others)}" if others else f"{len(files)} files, all of a use"
    case.judge("pack.others", says, Ruled(True, _TIDY, "warn"), not others, found)
