"""Models on a hub: ids, pinned commits, and what of them is on this machine. Loads nothing heavy before it is asked."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from popcon.errors import EngineUnavailable

_HUB_ID = re.compile(r"^[\w-][\w.-]*/[\w-][\w.-]*$")

PINNED = r"^([0-9a-f]{40})?$"
"""A full commit, or nothing."""


def is_hub_id(path: str) -> bool:
    """Return whether a path is a hub id: it looks like one ("someone/model"), and no such file or folder exists."""
    return bool(_HUB_ID.match(path)) and not Path(path).expanduser().exists()


def snapshot(repository: str, revision: str, patterns: Sequence[str]) -> Path:
    """Return the folder of a commit's files: fetched before, else fetched now, unless HF_HUB_OFFLINE forbids it.

    Raises:
        EngineUnavailable: they cannot be had.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise EngineUnavailable(f"A hub id needs PopCon's extra `models` ({error}).") from error
    name = f"{repository}@{revision[:8]}"
    wanted = list(patterns)
    try:
        try:
            return Path(snapshot_download(repository, revision=revision, local_files_only=True, allow_patterns=wanted))
        except LocalEntryNotFoundError:
            if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "TRUE", "YES", "ON"}:
                raise
            return Path(snapshot_download(repository, revision=revision, allow_patterns=wanted))
    except LocalEntryNotFoundError as error:
        raise EngineUnavailable(f"{name} is not in this machine's hub cache and cannot be fetched.") from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise EngineUnavailable(f"{name} cannot be fetched from the hub: {error}") from error
