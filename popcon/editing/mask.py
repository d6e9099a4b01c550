"""Apply a mask to a cutout."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.editing.soft_edge import REACH, matte_rim, signed_distance
from popcon.errors import BadInput
from popcon.pixels import Mask, Rgb, Rgba

Floats = NDArray[np.float32]

CLEARLY_IN, CLEARLY_OUT = 230, 25
"""Alpha of a cutout that is solid next to its edge, at least, and clear, at most."""


def parse_colour(backdrop: str) -> Floats:
    """Return a colour such as #00ff40 as (3,) float32, 0 to 255.

    Raises:
        BadInput: it is not written so.
    """
    digits = backdrop.removeprefix("#")
    try:
        if len(digits) != 6:
            raise ValueError
        return np.array([int(digits[n : n + 2], 16) for n in (0, 2, 4)], np.float32)
    except ValueError:
        raise BadInput(f"{backdrop!r} is no colour; write it as #rrggbb, such as #00c060.") from None


def apply_mask(frame: Rgb, cutout: Rgba, mask: Mask, backdrop: str | None) -> Rgba:
    """Cut out what a person's mask says, with a soft rim.

    Where the cutout's own edge lies along the mask's contour, it is kept: it was made from the whole clip and is
    better than what one frame tells. Elsewhere the rim is unmixed anew. Inside all is opaque except what the
    cutout already shows as translucent; outside nothing is left.

    Arguments:
        frame: (h, w, 3), the frame as it was.
        cutout: (h, w, 4), the frame as the machine cut it out.
        mask: (h, w), 128 and above: belongs.
        backdrop: the flat colour behind the character, such as #00c060; None: not known, or not flat.

    Raises:
        BadInput: sizes differ, or the colour is not written as #rrggbb.
    """
    check_sizes(frame, cutout, mask)
    shade = None if backdrop is None else parse_colour(backdrop)
    inside = mask > 127
    if not inside.any():
        return np.zeros_like(cutout)
    # Only where the mask is: the rim of a small character costs little in a large frame.
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    margin = 4 * REACH
    window = (
        slice(max(0, rows[0] - margin), rows[-1] + 1 + margin),
        slice(max(0, columns[0] - margin), columns[-1] + 1 + margin),
    )
    result = np.zeros_like(cutout)
    result[window] = _applied(frame[window], cutout[window], inside[window], shade)
    return result


def check_sizes(frame: Rgb, cutout: Rgba, mask: Mask | None = None) -> None:
    """Raises BadInput unless a frame, its cutout and a mask are 8-bit pictures that fit each other."""
    for name, other, channels in (("frame", frame, (3,)), ("cutout", cutout, (4,)), ("mask", mask, ())):
        if other is not None and (other.dtype != np.uint8 or other.shape[2:] != channels or other.ndim < 2):
            wanted = f"{channels[0]} 8-bit channels" if channels else "one 8-bit value a pixel"
            raise BadInput(f"The {name} has to have {wanted}; this one is {other.shape} {other.dtype}.")
    size = frame.shape[:2]
    for name, other in (("cutout", cutout), ("mask", mask)):
        if other is not None and other.shape[:2] != size:
            raise BadInput(
                f"The {name} is {other.shape[1]} x {other.shape[0]} px, but its frame is {size[1]} x {size[0]} px."
            )


def _applied(frame: Rgb, cutout: Rgba, inside: NDArray[np.bool_], backdrop: Floats | None) -> Rgba:
    distance = signed_distance(inside)
    rim = matte_rim(frame, distance, backdrop)
    result = np.dstack([frame, inside.view(np.uint8) * np.uint8(255)])
    result[rim.y, rim.x, :3] = rim.colour.round().clip(0, 255)
    result[rim.y, rim.x, 3] = (rim.alpha * 255).round()
    own = cutout[..., 3]
    keep = _own_edge(own, distance) & (distance > -2 * REACH)
    keep |= (distance > REACH) & (own > 127)  # translucent on purpose: glass, tears, steam
    whole = result.view(np.uint32)[..., 0]  # a pixel as one value is copied ten times as fast
    np.copyto(whole, np.ascontiguousarray(cutout).view(np.uint32)[..., 0], where=keep)
    np.copyto(whole, 0, where=result[..., 3] == 0)
    return result


def _own_edge(own: Mask, distance: Floats) -> NDArray[np.bool_]:
    """Return where the cutout has its edge where the mask has its own: clear just outside and solid just inside."""
    ring_in = (distance > REACH) & (distance < 2 * REACH)
    ring_out = (distance < -REACH) & (distance > -2 * REACH)
    wrong = (ring_in & (own < CLEARLY_IN)) | (ring_out & (own > CLEARLY_OUT))
    seen = (ring_in | ring_out).astype(np.float32)
    window = (4 * REACH + 1, 4 * REACH + 1)
    share = cv2.boxFilter(wrong.astype(np.float32), -1, window) / np.maximum(cv2.boxFilter(seen, -1, window), 1e-3)
    return np.asarray((share < 0.08) & (np.abs(distance) <= 2 * REACH))
