"""Looks through a pack as a reviewer would."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from popcon.check import zips
from popcon.check.limits import Rulebook
from popcon.check.pixels import Picture, decoded
from popcon.check.review import measures
from popcon.check.review.doubts import Colour, Doubt, picture_of
from popcon.check.rulebooks import rulebook
from popcon.check.sniff import read_media
from popcon.errors import BadInput

ALIKE = 0.035
"""Mean difference of two stickers' cells: below, a person takes one for the other."""

SAME_START = 0.045
"""The same between a first frame and that of another sticker."""

RIM_LOST = 0.5
EMPTY = 0.16
"""Share of the canvas that stays empty at the top and bottom together, and also at the left and right, all frames
together: more is needless, since all of it could be drawn larger. Room at one side alone is not, where a canvas has
to be square."""

CUT = 0.08
RESTS = 0.6
"""Share of the loop without any motion."""

JUMP = 3.0
"""A seam this many times a typical step, and over `JUMP_LEAST`, is seen."""
JUMP_LEAST = 0.06

SMALL = {22: 13, 32: 18}
"""Height in px at which a chat shows emoji: least height of what is to be seen in it."""


@dataclass(frozen=True)
class Seen:
    """A sticker as it plays."""

    name: str
    frames: list[Picture]
    durations_ms: list[float]
    cells: list[NDArray[np.float32]]


def review_path(path: Path, platform: str) -> tuple[Doubt, ...]:
    """Look through a sticker, a folder of them or a pack.

    Raises:
        UnknownName: there is no such platform.
        BadInput: nothing there can be read.
    """
    book = rulebook(platform)
    try:
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if each.is_file())[: zips.MAX_ENTRIES]
            files = [(each.relative_to(path).as_posix(), each.read_bytes()) for each in found]
        else:
            data = path.read_bytes()
            files = zips.read(data)[0] if zips.is_zip(data) else [(path.name, data)]
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error
    return review_files(files, book)


def review_files(files: Sequence[tuple[str, bytes]], book: Rulebook) -> tuple[Doubt, ...]:
    """Look through the stickers among some files; covers, and what cannot be decoded, are passed over.

    Arguments:
        files: (path, bytes).
    """
    stickers = [each for name, data in _stickers(files, book) if (each := _seen(name, data)) is not None]
    grounds = measures.grounds_of(book.platform)
    doubts = [doubt for each in stickers for doubt in _about(each, grounds)]
    return tuple(doubts + list(_between(stickers)))


def write_pictures(doubts: Sequence[Doubt], folder: Path) -> tuple[Path, ...]:
    """Write the picture of each doubt into a folder.

    Raises:
        BadInput: it cannot be written.
    """
    places = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, doubt in enumerate(doubts, 1):
            stem = re.sub(r"[^A-Za-z0-9_-]", "-", PurePosixPath(doubt.file).stem)[:40]
            place = folder / f"{number:02d}-{doubt.kind}-{stem}.png"
            place.write_bytes(doubt.picture)
            places.append(place)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror}); give another one with --pictures.") from error
    return tuple(places)


def _stickers(files: Sequence[tuple[str, bytes]], book: Rulebook) -> list[tuple[str, bytes]]:
    names = book.pack.names.value
    named = [(path, data) for path, data in files if re.fullmatch(names, PurePosixPath(path).name)]
    covers = [path for path, _ in files if any(c.matches(PurePosixPath(path).name) for c in book.pack.covers)]
    pictures = (".png", ".apng", ".gif", ".webp", ".webm")
    loose = [(p, d) for p, d in files if p not in covers and PurePosixPath(p).suffix.lower() in pictures]
    return named or loose


def _seen(name: str, data: bytes) -> Seen | None:
    media = read_media(data)
    frames = decoded(data, media) if media is not None else []
    if media is None or not frames:
        return None
    durations = [max(1.0, float(frame.duration_ms)) for frame in media.frames][: len(frames)]
    return Seen(name, frames, durations or [1.0], [measures.cells(frame) for frame in frames])


def _about(sticker: Seen, grounds: Mapping[str, Colour]) -> Iterator[Doubt]:
    yield from _flashes(sticker)
    yield from _rims(sticker, grounds)
    yield from _places(sticker)
    yield from _motion(sticker)


def _doubt(kind: str, sticker: Seen, frame: int, says: str, picture: bytes) -> Doubt:
    return Doubt.model_validate({"kind": kind, "file": sticker.name, "frame": frame, "says": says, "picture": picture})


def _flashes(sticker: Seen) -> Iterator[Doubt]:
    if len(sticker.frames) < 3:
        return
    for ground in ("white", "black"):
        number, frame = measures.flashes(sticker.frames, sticker.durations_ms, measures.GROUNDS[ground])
        if number > 3:
            after = sticker.frames[(frame + 1) % len(sticker.frames)]
            says = f"{number} flashes in a second on {ground}; more than 3 are a danger to some people"
            colour = measures.GROUNDS[ground]
            yield _doubt("flashes", sticker, frame, says, picture_of(sticker.frames[frame], colour, after, colour))
            return


def _rims(sticker: Seen, grounds: Mapping[str, Colour]) -> Iterator[Doubt]:
    frame = sticker.frames[0]
    lost = {name: measures.lost_rim(frame, colour) for name, colour in grounds.items()}
    bad = [name for name, share in lost.items() if share > RIM_LOST]
    if bad and not frame[0, 0, 3]:
        worst = max(bad, key=lambda name: lost[name])
        says = f"{lost[worst]:.0%} of its rim cannot be told from {' and '.join(bad)}"
        yield _doubt("rim", sticker, 0, says, picture_of(frame, grounds[worst], None, (140, 140, 140)))


def _places(sticker: Seen) -> Iterator[Doubt]:
    found = measures.box(sticker.frames)
    if found is None:
        return
    height, width = sticker.frames[0].shape[:2]
    left, top, right, bottom = found
    free = {
        "left": left / width, "top": top / height, "right": 1 - right / width, "bottom": 1 - bottom / height,
    }  # fmt: skip
    spare = 1 - max((right - left) / width, (bottom - top) / height)
    if spare > EMPTY:
        wide = [side for side, share in free.items() if share > EMPTY / 2]
        says = (
            f"it could be {1 / (1 - spare) - 1:.0%} larger: {max(free.values()):.0%} of the canvas stays empty at the "
            f"{' and '.join(wide)}, in all frames"
        )
        yield _doubt("margins", sticker, 0, says, picture_of(sticker.frames[0], (255, 255, 255), None, (200, 220, 240)))
    cuts = [(share, side, n) for n, f in enumerate(sticker.frames) for side, share in [measures.cut_side(f)]]
    share, side, number = max(cuts, key=lambda each: each[0])
    if CUT < share < 0.98:
        says = f"the {side} edge of the canvas cuts it along {share:.0%} of its length"
        yield _doubt("cut", sticker, number, says, picture_of(sticker.frames[number]))
    alone = measures.box(sticker.frames[:1])
    if alone is not None:
        tall = (alone[3] - alone[1]) / max(height, width)
        small = [side for side, least in SMALL.items() if tall * side < least]
        if small:
            says = f"at {' and '.join(map(str, small))} px, what it shows is only {tall * small[0]:.0f} px high"
            yield _doubt("small", sticker, 0, says, picture_of(sticker.frames[0]))


def _motion(sticker: Seen) -> Iterator[Doubt]:
    if len(sticker.frames) < 3:
        return
    steps = [measures.away(a, b) for a, b in pairwise(sticker.cells)]
    usual = float(np.median([step for step in steps if step > 0.002] or [0.0]))
    seam = measures.away(sticker.cells[-1], sticker.cells[0])
    if seam > max(JUMP * usual, JUMP_LEAST):
        says = f"it jumps where the loop closes: {seam / max(usual, 1e-3):.1f} times a usual step"
        last = len(sticker.frames) - 1
        yield _doubt(
            "jump",
            sticker,
            last,
            says,
            picture_of(sticker.frames[-1], other=sticker.frames[0], other_ground=(255, 255, 255)),
        )
    rest = sum(time for time, step in zip(sticker.durations_ms, steps, strict=False) if step < 0.0005)
    whole = sum(sticker.durations_ms)
    if rest > RESTS * whole:
        says = f"nothing moves for {rest / 1000:.1f} of {whole / 1000:.1f} s"
        yield _doubt("rests", sticker, 0, says, picture_of(sticker.frames[0]))


def _between(stickers: Sequence[Seen]) -> Iterator[Doubt]:
    """Yield what only a look at several stickers shows: some are alike, or begin alike."""
    for one, other in combinations(stickers, 2):
        start = measures.away(one.cells[0], other.cells[0])
        if start >= max(ALIKE, SAME_START):
            continue
        picture = picture_of(one.frames[0], (255, 255, 255), other.frames[0], (255, 255, 255))
        mean = measures.away(np.mean(one.cells, axis=0), np.mean(other.cells, axis=0))
        if start < ALIKE and mean < ALIKE:
            yield _doubt("alike", other, 0, f"a person could take it for {one.name}", picture)
        elif start < SAME_START:
            says = f"its first frame, the still in shops, could be that of {one.name}: it says little by itself"
            yield _doubt("first-frame", other, 0, says, picture)
