"""Creating a record that only one of several processes may create."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from popcon.storage.store import Store


def claim(store: Store, path: str, value: Mapping[str, Any]) -> bool:
    """Create the record at `path` with `value`; True for exactly one caller.

    In a folder, and in an object store with conditional puts, the store decides. In one without them, two may be
    told that they created it, and the later record stays: so each reads it again, after the time that a put may
    still be under way, and believes only its own name in it.
    """
    nonce = uuid.uuid4().hex
    if not store.create_json(path, {**value, "nonce": nonce}):
        return False
    if "://" in store.url:
        time.sleep(0.5)
    found = store.read_json(path)
    return isinstance(found, dict) and found.get("nonce") == nonce
