"""Wakes the workers of this machine's `popcon up`: a run that is due at once need not wait until they ask the server.

A datagram without content on a socket in POPCON_HOME says "look now". Workers ask once a second in any case, so one
that is lost, or sent where nobody listens, costs that second.
"""

import contextlib
import socket
from pathlib import Path

from popcon.settings import settings

_LONGEST = 100
"""Bytes of a socket's path that every system takes."""


def socket_path() -> Path | None:
    """Return where this machine's workers listen; None: the path of POPCON_HOME is too long for a socket."""
    path = settings().home_folder / "up" / "workers.sock"
    return path if len(bytes(path)) <= _LONGEST else None


def wake_workers() -> None:
    """Let this machine's workers look for runs now, if there are any."""
    path = socket_path()
    if path is None:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):
        sender.setblocking(False)
        sender.sendto(b"", str(path))
