"""The processes of flow runs, named so that it can be told whether one lives: `host:pid:start`."""

import socket
from pathlib import Path


def infrastructure_id(pid: int) -> str:
    """Name a process of this machine so that a later one with the same number is not taken for it."""
    return f"{socket.gethostname()}:{pid}:{_started(pid) or 0}"


def lives(infrastructure_pid: str | None) -> bool | None:
    """Return whether a process lives; None: it is of another machine, or was started by another kind of worker.

    Arguments:
        infrastructure_pid: as Prefect keeps it with a flow run.
    """
    host, _, place = (infrastructure_pid or "").rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not place.isdecimal():
        return None
    return infrastructure_id(int(place)) == infrastructure_pid


def _started(pid: int) -> int | None:
    """Return when a process began, in clock ticks since the machine did; None: there is none, or it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])
