"""Signed links: addresses of single artifacts that open without a token, and may be embedded, until they expire.

The key lies in the store, so that every process that shares the store signs and checks alike. Whoever reads the store
has the artifacts anyway.
"""

import hashlib
import hmac
import secrets
import time
from functools import lru_cache

from popcon import naming
from popcon.errors import Fault
from popcon.storage.store import Store

LIFETIME_S = 14 * 86400
"""Seconds after which a link expires: as long as a question usually waits for its answer."""
_STEP_S = 86400
"""Expiry is rounded up to days, so that a link signed again the same day is the same and stays in caches."""


def sign(store: Store, sha256: str, now: float | None = None) -> str:
    """Make the signed address, without host, of an artifact.

    Arguments:
        store: the store that has the key; the key is created on first use.
        sha256: the artifact's hash.
        now: seconds since 1970; None: the clock's.
    """
    moment = time.time() if now is None else now
    expires = (int(moment + LIFETIME_S) // _STEP_S + 1) * _STEP_S
    return naming.signed_artifact_page(sha256, expires, _signature(_key(store), sha256, expires))


def is_valid(store: Store, sha256: str, expires: int, signature: str, now: float | None = None) -> bool:
    """Tell whether a signature is of this artifact and expiry, and has not expired."""
    moment = time.time() if now is None else now
    try:
        key = _read_key(store)
    except LookupError:  # nothing was ever signed, and asking changes nothing
        return False
    expected = _signature(key, sha256, expires)
    return hmac.compare_digest(signature.encode(), expected.encode()) and moment < expires


def _signature(key: bytes, sha256: str, expires: int) -> str:
    return hmac.new(key, f"{sha256} {expires}".encode(), hashlib.sha256).hexdigest()


def _key(store: Store) -> bytes:
    try:
        return _read_key(store)
    except LookupError:
        store.create_json(naming.link_key(), {"key": secrets.token_hex(32)})
        return _read_key(store)  # another process may have been first


@lru_cache(maxsize=64)
def _read_key(store: Store) -> bytes:
    """Return the key of a store; errors are not cached.

    Raises:
        LookupError: there is none yet.
        Fault: its record is damaged.
    """
    value = store.read_json(naming.link_key())
    if value is None:
        raise LookupError(naming.link_key())
    if not isinstance(value, dict) or len(str(value.get("key", ""))) != 64:
        raise Fault(f"{naming.link_key()} in the store is damaged; delete it, and links are signed anew.")
    return bytes.fromhex(str(value["key"]))
