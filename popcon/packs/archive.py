"""ZIPs that are the same bytes for the same files: no clock, no compressor, fixed permissions, the given order."""

import io
import zipfile
from collections.abc import Iterable

from popcon.errors import DoesNotFit

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


def archive(files: Iterable[tuple[str, bytes]], limit: int | None = None) -> bytes:
    """Store files in a ZIP.

    Stored and not deflated: stickers are compressed already, and a compressor's bytes change with its version.

    Arguments:
        files: (path, bytes), in the order in which they are stored.
        limit: bytes that the ZIP may have.

    Raises:
        DoesNotFit: it has more; the message says by how much.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for path, data in files:
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system, entry.external_attr = 3, _READABLE
            target.writestr(entry, data)
    made = buffer.getvalue()
    if limit is not None and len(made) > limit:
        over = len(made) - limit
        raise DoesNotFit(f"The pack's ZIP has {len(made)} bytes, {over} more than the {limit} that are accepted.")
    return made
