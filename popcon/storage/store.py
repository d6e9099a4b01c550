"""The store: artifacts under their hash and small JSON records, in a folder or in S3.

Reading an artifact checks its hash; one that does not match twice is moved to `damaged/`, so that the step that made
it runs again and nothing that no step can make is lost to a wrong read.
"""

import contextlib
import hashlib
import json
from functools import lru_cache
from typing import Any, TypeVar

from popcon import naming
from popcon.errors import ArtifactDamaged, RecordDamaged
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.storage.files import Files
from popcon.storage.object_store import Access as Access
from popcon.storage.object_store import set_access as set_access

ModelT = TypeVar("ModelT", bound=Model)


class Store(Files):
    """Artifacts and records at one place."""

    # Artifacts

    def put(self, data: bytes, media_type: str, durable: bool = False) -> ArtifactRef:
        """Keep `data` and name it by its hash. Putting the same bytes twice keeps them once.

        Arguments:
            durable: whether a power cut right after this must not lose it, such as what was paid for.
        """
        ref = ref_of(data, media_type)
        path = naming.artifact(ref.sha256)
        if not ((self.remote or self.holds(ref)) and self.renew(path, ref.size, durable)):
            self.write(path, data, durable)
        return ref

    def get(self, ref: ArtifactRef) -> bytes:
        """Return the bytes of an artifact.

        Raises:
            ArtifactDamaged: they are missing, or do not match their hash, twice (and were moved to `damaged/`).
        """
        path = naming.artifact(ref.sha256)
        for _ in range(2):  # memory, cables and network disks deliver wrong bytes of files that are right
            data = self.read(path)
            if data is not None and hashlib.sha256(data).hexdigest() == ref.sha256:
                return data
        if data is None:
            if (data := self._recover(ref)) is not None:
                return data
            raise ArtifactDamaged(f"The artifact {ref.sha256[:12]} is missing from {self.url}; its step runs again.")
        self.quarantine(path)
        raise ArtifactDamaged(f"The artifact {ref.sha256[:12]} in {self.url} was damaged; its step runs again.")

    def holds(self, ref: ArtifactRef) -> bool:
        """Return whether an artifact is there and whole.

        A folder is read and hashed, since disks and people damage files. An object store checks its own objects
        and never shows half of one, so there the size is enough.
        """
        path = naming.artifact(ref.sha256)
        if self.remote:
            return self.size(path) == ref.size
        for _ in range(2):
            if (data := self.read(path)) is None:
                return self._recover(ref) is not None
            if hashlib.sha256(data).hexdigest() == ref.sha256:
                return True
        return False

    def quarantine(self, path: str) -> None:
        """Move what is at `path` to `damaged/`, where a person finds it and nothing else looks for it."""
        self.move(path, naming.quarantined(path))  # moved as it is: what was read of it may be wrong

    # Records

    def read_json(self, path: str) -> Any | None:
        """Return the JSON record at `path`; None where there is none, or where it is not JSON (a writer died)."""
        for _ in range(2):
            data = self.read(path)
            if data is None:
                return None
            with contextlib.suppress(ValueError):
                return parse_json(data)
        return None

    def read_model(self, path: str, kind: type[ModelT]) -> ModelT | None:
        """Return the record at `path`; None where there is none.

        Raises:
            RecordDamaged: there is one, but it is cut off or of another shape.
        """
        for _ in range(2):
            data = self.read(path)
            if data is None:
                return None
            with contextlib.suppress(ValueError):  # pydantic's ValidationError is one
                return kind.model_validate(parse_json(data))
        raise RecordDamaged(self.url, path)

    def read_latest(self, folder: str, kind: type[ModelT]) -> ModelT | None:
        """Return the last record of an append-only list, whose names sort by number; None where there is none.

        Raises:
            RecordDamaged: as `read_model`.
        """
        paths = self.paths(folder)
        return self.read_model(max(paths), kind) if paths else None

    def write_json(self, path: str, value: Any, durable: bool = False) -> None:
        """Replace the record at `path` as a whole; `durable`: a power cut right after this must not lose it."""
        self.write(path, _json(value), durable)

    def create_json(self, path: str, value: Any) -> bool:
        """Write the record at `path` if there is none yet; False if there is.

        One of several concurrent callers gets True, but see `Files.create`. In a folder it is on the disk then.
        """
        return self.create(path, _json(value))

    # Inside

    def _recover(self, ref: ArtifactRef) -> bytes | None:
        """Put a missing artifact back from `damaged/`, where a wrong read may have sent it, and return its bytes."""
        path = naming.artifact(ref.sha256)
        kept = self.read(naming.quarantined(path))
        if kept is None or hashlib.sha256(kept).hexdigest() != ref.sha256:
            return None
        self.write(path, kept)
        return kept


def parse_json(data: bytes | str) -> Any:
    """Return the value that a record holds.

    Raises:
        ValueError: it is not JSON, or nested deeper than any record.
    """
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deep") from None


def ref_of(data: bytes, media_type: str) -> ArtifactRef:
    """Return what `Store.put` would, without keeping anything."""
    return ArtifactRef(sha256=hashlib.sha256(data).hexdigest(), size=len(data), media_type=media_type)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode()


@lru_cache(maxsize=32)
def open_store(url: str) -> Store:
    """Return the store at `url`; the same object for the same URL within a process."""
    return Store(url)
