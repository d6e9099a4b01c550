"""WebM: its tracks, blocks, times, and the alpha that travels beside the pictures.

Sources: RFC 9559 (Matroska), WebM Container Guidelines, and for alpha the WebM project's "Alpha Channel Support".
"""

import itertools
from dataclasses import dataclass, field
from fractions import Fraction

from popcon.check.ebml import Element, Tree
from popcon.check.media import MAX_FRAMES, Frame, Integrity, Media, Problems
from popcon.check.report import Source
from popcon.check.vp9 import header

SIGNATURE = b"\x1a\x45\xdf\xa3"

INTEGRITY = Integrity(
    source=Source(kind="official", page="RFC 9559 (Matroska) and the WebM Container Guidelines"),
    rules={
        "webm.elements": "elements are whole and lie inside their parents",
        "webm.doctype": "the document type is webm",
        "webm.tracks": "there is exactly one video track",
        "webm.display": "the display size is that of the pictures",
        "webm.blocks": "there are blocks, without lacing, all of known tracks",
        "webm.times": "timestamps rise from block to block",
        "webm.duration": "the stated duration is that of the blocks",
        "webm.frames": "blocks begin with VP9 frames, the first a key frame of the track's size",
        "webm.alpha": "AlphaMode and the blocks' alpha pictures go together",
    },
    harmless=frozenset({"webm.duration", "webm.doctype", "webm.display"}),
)

_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_TOP = frozenset({_INFO, _TRACKS, _CLUSTER, 0x1C53BB6B, 0x114D9B74, 0x1254C367, 0x1043A770, 0x1941A469, _SEGMENT})
_VIDEO, _AUDIO = 1, 2


@dataclass
class Track:
    """A track as declared."""

    number: int = 0
    kind: int = 0
    codec: str = ""
    width: int = 0
    height: int = 0
    shown: tuple[int, int] | None = None
    alpha: bool = False
    frame_ns: int = 0


@dataclass
class Block:
    """A picture: when it shows (ms), for how long if stated, its VP9 data and its alpha's."""

    at_ms: Fraction
    data: bytes
    duration_ms: Fraction | None = None
    alpha: bytes | None = None


@dataclass
class Film(Media):
    """What WebM has beyond other formats."""

    codec: str = ""
    tracks: list[Track] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    stated_ms: float | None = None
    scale_ns: int = 1_000_000


def read(data: bytes) -> Film:
    """Read a WebM. Broken parts end up in the result's problems; nothing is raised."""
    problems = Problems(INTEGRITY)
    film = Film(kind="webm", problems=problems, audio=False)
    tree = Tree(data, problems, "webm.elements")
    segments = 0
    for top in tree.children(0, len(data)):
        if top.id == 0x1A45DFA3:
            names = [tree.text(each) for each in tree.children(top.start, top.end) if each.id == 0x4282]
            if names != ["webm"]:
                problems.add("webm.doctype", f"it is {', '.join(names) or 'not stated'}")
        elif top.id == _SEGMENT:
            segments += 1
            if segments == 1:
                _segment(tree, top, film)
    if segments != 1:
        problems.add("webm.elements", f"{segments} segments")
    _conclude(film)
    return film


def _segment(tree: Tree, segment: Element, film: Film) -> None:
    at = segment.start
    while at < segment.end:
        # one at a time: a cluster of open size ends where the next top-level element begins
        element = next(iter(tree.children(at, segment.end)), None)
        if element is None:
            return
        at = element.end
        if element.id == _INFO:
            _info(tree, element, film)
        elif element.id == _TRACKS:
            film.tracks += [
                _track(tree, each)
                for each in itertools.islice(tree.children(element.start, element.end), 100)
                if each.id == 0xAE
            ]
        elif element.id == _CLUSTER:
            at = _cluster(tree, element, film)


def _info(tree: Tree, info: Element, film: Film) -> None:
    for each in tree.children(info.start, info.end):
        if each.id == 0x2AD7B1:
            film.scale_ns = tree.integer(each) or 1_000_000
        elif each.id == 0x4489:
            film.stated_ms = tree.real(each)


def _track(tree: Tree, entry: Element) -> Track:
    track = Track()
    for each in tree.children(entry.start, entry.end):
        match each.id:
            case 0xD7:
                track.number = tree.integer(each)
            case 0x83:
                track.kind = tree.integer(each)
            case 0x86:
                track.codec = tree.text(each)
            case 0x23E383:
                track.frame_ns = tree.integer(each)
            case 0xE0:
                _video(tree, each, track)
    return track


def _video(tree: Tree, video: Element, track: Track) -> None:
    values = {each.id: tree.integer(each) for each in tree.children(video.start, video.end) if each.id != 0x2383E3}
    track.width, track.height = values.get(0xB0, 0), values.get(0xBA, 0)
    track.alpha = values.get(0x53C0, 0) == 1
    unit = values.get(0x54B2, 0)
    if unit == 0 and (0x54B0 in values or 0x54BA in values):
        track.shown = (values.get(0x54B0, track.width), values.get(0x54BA, track.height))


def _cluster(tree: Tree, cluster: Element, film: Film) -> int:
    """Read a cluster's blocks; returns the byte where it ends."""
    stamp, end = 0, cluster.start if cluster.open else cluster.end
    for each in tree.children(cluster.start, cluster.end, _TOP if cluster.open else frozenset()):
        if cluster.open:
            end = each.end
        if each.id == 0xE7:
            stamp = tree.integer(each)
        elif each.id == 0xA3:
            _block(tree, each, film, stamp)
        elif each.id == 0xA0:
            _group(tree, each, film, stamp)
    return end


def _group(tree: Tree, group: Element, film: Film, stamp: int) -> None:
    block: Block | None = None
    duration: int | None = None
    alpha: bytes | None = None
    for each in tree.children(group.start, group.end):
        if each.id == 0xA1:
            block = _block(tree, each, film, stamp)
        elif each.id == 0x9B:
            duration = tree.integer(each)
        elif each.id == 0x75A1:
            alpha = _addition(tree, each)
    if block is not None:
        block.alpha = alpha
        if duration is not None:
            block.duration_ms = Fraction(duration * film.scale_ns, 1_000_000)


def _addition(tree: Tree, additions: Element) -> bytes | None:
    """Return the alpha picture (BlockAddID 1) among a block's additions."""
    for more in tree.children(additions.start, additions.end):
        if more.id != 0xA6:
            continue
        number, body = 1, None
        for each in tree.children(more.start, more.end):
            if each.id == 0xEE:
                number = tree.integer(each)
            elif each.id == 0xA5:
                body = tree.data[each.start : each.end]
        if number == 1 and body is not None:
            return body
    return None


def _block(tree: Tree, element: Element, film: Film, stamp: int) -> Block | None:
    problems, body = film.problems, tree.data[element.start : element.end]
    if len(body) < 4 or not body[0] & 0x80:
        problems.add("webm.blocks", f"the block at byte {element.start} has no valid header")
        return None
    track = next((each for each in film.tracks if each.number == body[0] & 0x7F), None)
    if track is None:
        problems.add("webm.blocks", f"a block of track {body[0] & 0x7F}, which is not declared before it")
        return None
    if track.kind != _VIDEO:
        return None
    if body[3] & 0x06:
        problems.add("webm.blocks", f"block {len(film.blocks) + 1} uses lacing")
    if len(film.blocks) >= MAX_FRAMES:
        problems.add("webm.blocks", f"more than {MAX_FRAMES} blocks; not all are read")
        return None
    offset = int.from_bytes(body[1:3], "big", signed=True)
    block = Block(Fraction((stamp + offset) * film.scale_ns, 1_000_000), body[4:])
    film.blocks.append(block)
    return block


def _conclude(film: Film) -> None:
    problems = film.problems
    film.audio = any(track.kind == _AUDIO for track in film.tracks)
    pictures = [track for track in film.tracks if track.kind == _VIDEO]
    if len(pictures) != 1:
        problems.add("webm.tracks", f"{len(pictures)} video tracks")
    if not film.blocks:
        problems.add("webm.blocks", "no blocks")
    if not pictures:
        return
    track = pictures[0]
    film.codec = track.codec
    film.width, film.height = track.width, track.height
    if track.shown not in (None, (track.width, track.height)):
        problems.add("webm.display", f"{track.shown}, the pictures are {track.width}x{track.height}")
    film.alpha = track.alpha and all(block.alpha for block in film.blocks)
    film.colour = "truecolour with alpha" if film.alpha else "truecolour"
    with_alpha = sum(block.alpha is not None for block in film.blocks)
    if with_alpha != (len(film.blocks) if track.alpha else 0):
        mode = "set" if track.alpha else "not set"
        problems.add("webm.alpha", f"AlphaMode is {mode}, {with_alpha} of {len(film.blocks)} blocks have alpha")
    _pictures(film, track)
    _times(film, track)


def _pictures(film: Film, track: Track) -> None:
    if track.codec != "V_VP9":
        return
    for number, block in enumerate(film.blocks, 1):
        for what, data in (("block", block.data), ("alpha of block", block.alpha)):
            if data is None:
                continue
            head = header(data)
            if head is None:
                film.problems.add("webm.frames", f"{what} {number} is no VP9 frame")
            elif number == 1 and not head.key:
                film.problems.add("webm.frames", f"{what} 1 is no key frame")
            elif head.key and (head.width, head.height) != (track.width, track.height):
                film.problems.add(
                    "webm.frames",
                    f"{what} {number} is {head.width}x{head.height}, the track {track.width}x{track.height}",
                )


def _times(film: Film, track: Track) -> None:
    """Frames' times: the gaps between blocks; the last one's as stated, or as the one before."""
    blocks, problems = film.blocks, film.problems
    gaps = [after.at_ms - before.at_ms for before, after in itertools.pairwise(blocks)]
    for number, gap in enumerate(gaps, 2):
        if gap <= 0:
            problems.add("webm.times", f"block {number} comes {float(-gap):g} ms before the one ahead of it")
    if not blocks:
        return
    last = blocks[-1].duration_ms
    if last is None:
        last = Fraction(track.frame_ns, 1_000_000) if track.frame_ns else gaps[-1] if gaps else Fraction(0)
    film.frames = [Frame(0, 0, film.width, film.height, gap) for gap in [*gaps, last]]
    if gaps and sum(gaps) > 0:
        film.fps = float(1000 * len(gaps) / sum(gaps))
    if film.stated_ms is not None:
        film.stated_ms *= film.scale_ns / 1_000_000
        # muxers round every time to their scale, so the end may be a frame off
        slack = max(2.0, 1.1 * float(last))
        if not abs(film.stated_ms - float(film.play_ms)) <= slack:
            problems.add("webm.duration", f"{film.stated_ms:g} ms stated, {float(film.play_ms):g} ms of blocks")
