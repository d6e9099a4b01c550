"""Carry masks from the frames where a person gave them to all others."""

from collections.abc import Iterator, Mapping, Sequence

from popcon.engines.segment.background_plate import Plate
from popcon.engines.segment.motion import Look
from popcon.engines.segment.propagate import MaskPropagator, reduced, share_of
from popcon.pixels import Mask, Rgb


def carried(frames: Sequence[Rgb], masks: Mapping[int, tuple[Mask, float]]) -> Iterator[tuple[int, Mask, float]]:
    """Yield the given masks as they are, then each other frame's, carried from the given one nearest in time.

    A mask is moved along the character's own motion, cut anew on the frame's regions, and made exact to the pixel.
    Its score is the IoU that is expected of it: low where it has drifted, so that a person can be shown where to
    look.

    Arguments:
        frames: of one size.
        masks: by frame number: mask and score.
    """
    for number, (mask, score) in masks.items():
        yield number, mask, score
    for number, origin, towards in _ways(len(frames), sorted(masks)):
        if number == origin + towards:
            carrier = _begun(frames, masks, origin)
        mask, score = carrier.next(frames[number])
        yield number, mask, score


def _ways(count: int, given: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield frames in the order they are reached: (number, frame it comes from, +1 or -1)."""
    for place, origin in enumerate(given):
        before = given[place - 1] if place else None
        after = given[place + 1] if place + 1 < len(given) else None
        last = count - 1 if after is None else (origin + after) // 2
        first = 0 if before is None else (before + origin) // 2 + 1
        yield from ((number, origin, 1) for number in range(origin + 1, last + 1))
        yield from ((number, origin, -1) for number in range(origin - 1, first - 1, -1))


def _begun(frames: Sequence[Rgb], masks: Mapping[int, tuple[Mask, float]], origin: int) -> MaskPropagator:
    """Return a propagator that begins at one frame; all frames with given masks show what is behind."""
    looks = {}
    for number in sorted(masks, key=lambda number: abs(number - origin)):
        small = reduced(frames[number])
        looks[number] = Look(small, share_of(masks[number][0], small))
    plate = Plate(*looks[origin].share.shape)
    for look in looks.values():
        plate.learn(look.frame, look.share, 1.0)
    return MaskPropagator(looks[origin], plate)
