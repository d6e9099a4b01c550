"""Fetches a model from a Hugging Face hub: one commit, resumable, every file's hash compared with what is pinned.

Two requests of the hub's HTTP interface are used: the list of a commit's files with their hashes
(GET /api/models/ID/revision/REVISION?blobs=true) and a file (GET /ID/resolve/REVISION/PATH, with Range). The list
gives the SHA-256 of large files and Git's own hash (SHA-1 over "blob SIZE" and the bytes) of small ones.
"""

import fnmatch
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import httpx

from popcon import naming
from popcon.engines.pretrained.catalog import HubModel, Weights
from popcon.engines.pretrained.folder import (
    FileRecord,
    Manifest,
    Pin,
    model_folder,
    pins,
    write_manifest,
    write_pin,
)
from popcon.engines.weights import file_digest
from popcon.errors import BadInput, EngineUnavailable

Progress = Callable[[str, int, int], None]
"""Called with a file's path, the bytes of it that are here, and all of them."""

_DEFAULT_ENDPOINT = "https://huggingface.co"
_TIMEOUT = httpx.Timeout(30, connect=10)


@dataclass(frozen=True)
class Listed:
    """A file as the hub lists it.

    Attributes:
        sha256: of large files, else empty.
        git: Git's hash of small files, else empty.
    """

    path: str
    size: int
    sha256: str
    git: str


def get_from_hub(row: Weights, source: HubModel, revision: str, progress: Progress) -> Manifest:
    """Fetch a model's files into its folder; what is there already and right is not fetched again.

    Arguments:
        revision: a full commit; empty: the pinned one, else what the hub's main branch is now, which becomes the pin.

    Raises:
        BadInput: a file has not the hash that is pinned or listed, or the revision is none.
        EngineUnavailable: the hub cannot be reached or has no such commit; the message says what to do by hand.
    """
    pin = pins().get(row.name)
    if pin is not None and revision and revision != pin.revision:
        pin = None  # a person names another commit: it is listed and pinned anew
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _DEFAULT_ENDPOINT
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT, headers=_headers()) as client:
        commit, listed = _listed(client, endpoint, row, source, revision or (pin.revision if pin else "main"))
        known = pin.files if pin is not None else {}
        if known and {file.path for file in listed} != set(known):
            raise BadInput(
                f"{source.repository}@{commit[:8]} is refused: it has not the files that were pinned. To trust what is "
                f"there now, delete {row.name} in {naming.PINS} and fetch it again."
            )
        for file in listed:
            _fetch(client, endpoint, row, source, commit, file, known.get(file.path, ""), progress)
    records = tuple(
        FileRecord(path=file.path, sha256=file_digest(model_folder(row.name) / file.path), size=file.size)
        for file in listed
    )
    write_pin(row.name, Pin(revision=commit, files={record.path: record.sha256 for record in records}))
    manifest = Manifest(source=source.repository, revision=commit, files=records)
    write_manifest(row.name, manifest)
    return manifest


def _headers() -> dict[str, str]:
    token = os.environ.get("HF_TOKEN", "")
    return {"authorization": f"Bearer {token}"} if token else {}


def _listed(
    client: httpx.Client, endpoint: str, row: Weights, source: HubModel, revision: str
) -> tuple[str, list[Listed]]:
    """Return the full commit that a revision is, and its wanted files."""
    address = f"{endpoint}/api/models/{source.repository}/revision/{revision}"
    try:
        answer = client.get(address, params={"blobs": "true"})
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        commit = str(told["sha"])
        files = [
            Listed(
                path=str(each["rfilename"]),
                size=int(each.get("size") or 0),
                sha256=str((each.get("lfs") or {}).get("sha256") or ""),
                git="" if each.get("lfs") else str(each.get("blobId") or ""),
            )
            for each in told["siblings"]
        ]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreachable(row, source, revision, error) from error
    wanted = [file for file in files if any(fnmatch.fnmatch(file.path, each) for each in source.patterns)]
    for file in wanted:
        # A path comes from outside: it may not leave the model's folder.
        if PurePosixPath(file.path).is_absolute() or ".." in PurePosixPath(file.path).parts or "\\" in file.path:
            raise BadInput(f"{source.repository} is refused: it lists a file outside of its folder ({file.path!r}).")
    if not wanted:
        raise BadInput(f"{source.repository}@{commit[:8]} holds none of {', '.join(source.patterns)}.")
    return commit, wanted


def _fetch(
    client: httpx.Client,
    endpoint: str,
    row: Weights,
    source: HubModel,
    commit: str,
    file: Listed,
    pinned: str,
    progress: Progress,
) -> None:
    """Bring one file here, from where an earlier try stopped, and compare its hash."""
    target = model_folder(row.name) / file.path
    if target.is_file() and not _wrong(target, file, pinned):
        progress(file.path, file.size, file.size)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + naming.PARTIAL)
    if part.is_file() and part.stat().st_size > file.size:
        part.unlink()
    have = part.stat().st_size if part.is_file() else 0
    if have < file.size or not part.is_file():
        address = f"{endpoint}/{source.repository}/resolve/{commit}/{file.path}"
        try:
            with client.stream("GET", address, headers={"range": f"bytes={have}-"} if have else {}) as answer:
                answer.raise_for_status()
                resumed = have > 0 and answer.status_code == httpx.codes.PARTIAL_CONTENT
                with part.open("ab" if resumed else "wb") as opened:
                    done = have if resumed else 0
                    for block in answer.iter_bytes(1 << 16):
                        opened.write(block)
                        done += len(block)
                        progress(file.path, done, file.size)
        except (httpx.HTTPError, OSError) as error:
            raise _unreachable(row, source, commit, error) from error
    if part.stat().st_size < file.size:
        raise EngineUnavailable(f"{file.path} of {source.repository} broke off; run the same command to go on.")
    if _wrong(part, file, pinned):
        part.unlink()
        raise BadInput(
            f"{file.path} of {source.repository}@{commit[:8]} is refused: its hash is not the one "
            f"{'pinned' if pinned else 'listed'}. Nothing of it was kept."
        )
    part.replace(target)


def _wrong(path: Path, file: Listed, pinned: str) -> bool:
    """Return whether a file's bytes are not those that are pinned, or else listed."""
    if path.stat().st_size != file.size:
        return True
    sha256 = file_digest(path)
    if pinned:
        return sha256 != pinned
    if file.sha256:
        return sha256 != file.sha256
    if file.git:
        return hashlib.sha1(b"blob %d\0" % file.size + path.read_bytes(), usedforsecurity=False).hexdigest() != file.git
    return False


def _unreachable(row: Weights, source: HubModel, revision: str, error: Exception) -> EngineUnavailable:
    return EngineUnavailable(
        f"{source.repository}@{revision[:8]} cannot be fetched ({error}). By hand: put its files "
        f"({', '.join(source.patterns)}) into a folder and give that folder as --model."
    )
