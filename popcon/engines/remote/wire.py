"""The host's compact protocol: a length, a JSON head, and arrays as they lie in memory."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from popcon.errors import BadInput

Bytes = NDArray[np.uint8]

TYPE = "application/x-popcon"
LARGEST_HEAD = 1_000_000


def pack(head: Mapping[str, Any], arrays: Sequence[Bytes] = ()) -> bytes:
    """Return a message. The head must not have the key `shapes`."""
    full = {**head, "shapes": [list(array.shape) for array in arrays]}
    text = json.dumps(full, separators=(",", ":")).encode()
    return b"".join([len(text).to_bytes(4, "big"), text, *(np.ascontiguousarray(a).tobytes() for a in arrays)])


def unpack(message: bytes) -> tuple[dict[str, Any], list[Bytes]]:
    """Return what `pack` packed.

    Raises:
        BadInput: it is no such message, or cut short.
    """
    size = int.from_bytes(message[:4], "big")
    if len(message) < 4 or size > min(LARGEST_HEAD, len(message) - 4):
        raise BadInput("The message is cut short, or no message of PopCon's inference protocol.")
    try:
        head = json.loads(message[4 : 4 + size])
        shapes = [tuple(int(n) for n in shape) for shape in head.pop("shapes")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise BadInput("The head of the message is no JSON with `shapes`.") from error
    at, arrays = 4 + size, []
    for shape in shapes:
        count = 1
        for n in shape:
            if n < 0 or len(shape) > 4:
                raise BadInput("An array in the message has an impossible shape.")
            count *= n
        if at + count > len(message):
            raise BadInput("The message is cut short.")
        arrays.append(np.frombuffer(message, np.uint8, count, at).reshape(shape).copy())
        at += count
    if at != len(message):
        raise BadInput("The message is longer than its head says.")
    return head, arrays
