"""`popcon check`: a file, a folder or a pack against a platform's rules."""

import os
import re
from pathlib import Path

from popcon.check import zips
from popcon.check.limits import Rulebook
from popcon.check.pack_rules import PackFile, check_cover, check_pack, sticker_limits
from popcon.check.report import CheckReport, Finding
from popcon.check.rulebooks import rulebook
from popcon.check.sticker_rules import check_sticker, open_case
from popcon.errors import BadInput

_MAX_FILES = zips.MAX_ENTRIES


def check_path(path: str | os.PathLike[str], platform_name: str) -> CheckReport:
    """Check what lies at a path: a sticker or cover file, a folder of them, or a pack as a ZIP.

    Raises:
        UnknownName: there is no such platform; the message lists them.
        BadInput: nothing is there, it cannot be read, or a folder holds no pictures.
    """
    book = rulebook(platform_name)
    place = Path(path)
    try:
        if place.is_dir():
            return _folder(place, book)
        if not place.is_file():
            raise BadInput(f"There is nothing at {place}; give a sticker, a folder of them or a pack as a ZIP.")
        return _bytes(_read(place), place.name, book)
    except OSError as error:
        raise BadInput(f"{place} cannot be read: {error}.") from error


def check_bytes(data: bytes, name: str, platform: str) -> CheckReport:
    """Check a file that is already in memory.

    Arguments:
        data: its bytes; a ZIP is checked as a pack.
        name: its file name; tab.png and the like are checked as covers.
        platform: a platform's name.

    Raises:
        UnknownName: there is no such platform; the message lists them.
    """
    return _bytes(data, name, rulebook(platform))


def _bytes(data: bytes, name: str, book: Rulebook) -> CheckReport:
    findings: list[Finding]
    if zips.is_zip(data):
        files, problems = zips.read(data)
        packed = [PackFile(path, content) for path, content in files]
        findings = check_pack(packed, book, len(data), problems)
    else:
        cover = next((each for each in book.pack.covers if each.matches(name)), None)
        findings = check_cover(name, data, cover, book) if cover is not None else _sticker(name, data, book)
    return CheckReport(platform=book.platform, name=name, findings=tuple(findings))


def _sticker(name: str, data: bytes, book: Rulebook) -> list[Finding]:
    """Check a single file: as a still where the platform takes stills beside animations and it is one."""
    case = open_case(name, data)
    beside = book.pack.still_names
    if beside is not None and book.still is not None and re.fullmatch(beside.value, name):
        return check_sticker(case, book.still)
    return check_sticker(case, sticker_limits(case, book))


def _folder(folder: Path, book: Rulebook) -> CheckReport:
    files: list[PackFile] = []
    room = zips.MAX_TOTAL
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not (Path(parent) / each).is_symlink())
        for name in sorted(names):
            place = Path(parent) / name
            if not place.is_file():
                continue
            if len(files) == _MAX_FILES:
                raise BadInput(f"{folder} holds more than {_MAX_FILES} files; give the folder of one pack.")
            data = _read(place)
            room -= len(data)
            if room < 0:
                raise BadInput(f"{folder} holds more than {zips.MAX_TOTAL} bytes; give the folder of one pack.")
            files.append(PackFile(place.relative_to(folder).as_posix(), data))
    pictures = {".png", ".apng", ".gif", ".webp", ".webm"}
    if not any(Path(file.path).suffix.lower() in pictures for file in files):
        raise BadInput(f"{folder} holds no stickers; expected files ending in {', '.join(sorted(pictures))}.")
    return CheckReport(platform=book.platform, name=folder.name, findings=tuple(check_pack(files, book)))


def _read(place: Path) -> bytes:
    if (size := place.stat().st_size) > zips.MAX_ZIP_BYTES:
        raise BadInput(f"{place} has {size} bytes; files of up to {zips.MAX_ZIP_BYTES} bytes are checked.")
    return place.read_bytes()
