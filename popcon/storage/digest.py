"""Hashes of values: the SHA-256 of their canonical JSON."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from popcon.errors import UnhashableInput
from popcon.models.base import Model


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON (sorted keys, no spaces, pydantic models by their fields), hexadecimal.

    Raises:
        UnhashableInput: it holds something without a stable JSON: an object, a set, NaN, bytes.
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise UnhashableInput(f"A step's input has no stable hash: {error}.") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    # Not pydantic's own JSON: that one turns sets into lists in any order, NaN into null and bytes into text.
    if isinstance(value, Model):
        return value.model_dump(mode="python")
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is neither JSON nor a model")
