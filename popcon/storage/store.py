"""The store: artifacts under their hash and small JSON records, in a folder or in S3, through fsspec.

Whatever becomes visible is whole: a folder gets a finished file by rename, an object store gets one put. Reading an
artifact checks its hash; one that does not match twice is moved to `damaged/`, so that the step that made it runs
again and nothing that no step can make is lost to a wrong read.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from popcon import naming
from popcon.errors import ArtifactDamaged, BadInput, Fault, RecordDamaged
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.settings import settings
from popcon.storage.disk import Disk
from popcon.storage.object_store import Access as Access
from popcon.storage.object_store import connect, retry
from popcon.storage.object_store import set_access as set_access

AnswerT = TypeVar("AnswerT")
ModelT = TypeVar("ModelT", bound=Model)

RENEWED_AFTER = timedelta(hours=1)
"""An artifact that is put again counts as young again, so that the sweep does not take it from a running step."""


class Store:
    """Bytes and records at one place. Safe to use from several threads and processes.

    Arguments:
        url: a folder, or `s3://bucket/prefix` (credentials and `AWS_ENDPOINT_URL` from the environment).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            if url.startswith("s3://"):
                self._fs, root = connect(url, os.environ.get("AWS_ENDPOINT_URL"))
            else:
                self._fs, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise BadInput(f"The store {url} needs an extra: pip install 'popcon[s3]'.") from error
        except ValueError as error:
            raise BadInput(f"{url!r} is not a store; give a folder or s3://bucket/prefix.") from error
        self._root = root.rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)
        private = self._local and settings().is_private(Path(self._root))
        if private:
            settings().private_home()
        self._disk = Disk(private)

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    @property
    def remote(self) -> bool:
        """Whether each call waits for a network, so that many at once are sooner done than one after another."""
        return not self._local

    # Artifacts

    def put(self, data: bytes, media_type: str, durable: bool = False) -> ArtifactRef:
        """Keep `data` and name it by its hash. Putting the same bytes twice keeps them once.

        Arguments:
            durable: whether a power cut right after this must not lose it, such as what was paid for.
        """
        ref = ref_of(data, media_type)
        path = naming.artifact(ref.sha256)
        if not ((self.remote or self.holds(ref)) and self._renew(path, ref.size, durable)):
            self._write(path, data, durable)
        return ref

    def get(self, ref: ArtifactRef) -> bytes:
        """The bytes of an artifact.

        Raises:
            ArtifactDamaged: they are missing, or do not match their hash, twice (and were moved to `damaged/`).
        """
        path = naming.artifact(ref.sha256)
        for _ in range(2):  # memory, cables and network disks deliver wrong bytes of files that are right
            data = self._read(path)
            if data is not None and hashlib.sha256(data).hexdigest() == ref.sha256:
                return data
        if data is None:
            if (data := self._recover(ref)) is not None:
                return data
            raise ArtifactDamaged(f"The artifact {ref.sha256[:12]} is missing from {self.url}; its step runs again.")
        self.quarantine(path)
        raise ArtifactDamaged(f"The artifact {ref.sha256[:12]} in {self.url} was damaged; its step runs again.")

    def holds(self, ref: ArtifactRef) -> bool:
        """Whether an artifact is there and whole.

        A folder is read and hashed, since disks and people damage files. An object store checks its own objects
        and never shows half of one, so there the size is enough.
        """
        path = naming.artifact(ref.sha256)
        if not self._local:
            with contextlib.suppress(FileNotFoundError):
                return bool(self._call(lambda: self._fs.size(self._at(path)), "read") == ref.size)
            return False
        for _ in range(2):
            if (data := self._read(path)) is None:
                return self._recover(ref) is not None
            if hashlib.sha256(data).hexdigest() == ref.sha256:
                return True
        return False

    def quarantine(self, path: str) -> None:
        """Move what is at `path` to `damaged/`, where a person finds it and nothing else looks for it."""
        source, target = self._at(path), self._at(naming.quarantined(path))
        with contextlib.suppress(FileNotFoundError):  # moved as it is: what was read of it may be wrong
            if self._local:
                self._call(lambda: self._disk.move(Path(source), Path(target)), "changed")
            else:
                self._call(lambda: self._fs.cp_file(source, target), "changed")
                self.delete(path)

    # Records

    def read_json(self, path: str) -> Any | None:
        """The JSON record at `path`; None where there is none, or where it is not JSON (a writer died)."""
        for _ in range(2):
            data = self._read(path)
            if data is None:
                return None
            with contextlib.suppress(ValueError):
                return parse_json(data)
        return None

    def read_model(self, path: str, kind: type[ModelT]) -> ModelT | None:
        """The record at `path`; None where there is none.

        Raises:
            RecordDamaged: there is one, but it is cut off or of another shape.
        """
        for _ in range(2):
            data = self._read(path)
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
        self._write(path, _json(value), durable)

    def create_json(self, path: str, value: Any) -> bool:
        """Write the record at `path` if there is none yet; False if there is.

        Exactly one of several concurrent callers gets True in a folder, and in object stores that know conditional
        puts. Elsewhere two may get True; the last one's record stays. In a folder it is on the disk when this returns.
        """
        data = _json(value)
        if self._local:
            return self._create(path, data)
        if self.exists(path):
            return False
        try:
            self._call(lambda: self._fs.pipe_file(self._at(path), data, mode="create"), "written")
        except FileExistsError:
            return self._read(path) == data  # a try whose answer was lost may have written it
        except NotImplementedError:
            self._write(path, data)
        return True

    def paths(self, prefix: str) -> list[str]:
        """Paths of all files under a folder of the store, at any depth, sorted."""
        if self._local:
            return sorted(path for path, _ in self._files(prefix) if not path.endswith(".tmp"))
        found = self._call(lambda: self._fs.find(self._at(prefix)), "listed")
        return sorted(
            name
            for path in found
            if not (name := self._fs._strip_protocol(path)[len(self._root) + 1 :]).endswith(".tmp")
        )

    def details(self, prefix: str) -> list[tuple[str, int, datetime]]:
        """Path, size in bytes and time of the last change (UTC) of all files under a folder of the store, sorted;
        temporary files, too."""
        listed = []
        if self._local:
            for path, entry in self._files(prefix):
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat()
                    listed.append((path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
            return sorted(listed)
        found = self._call(lambda: self._fs.find(self._at(prefix), detail=True), "listed")
        for path, info in found.items():
            changed = info.get("LastModified") or info.get("mtime") or info.get("created")
            when = changed if isinstance(changed, datetime) else datetime.fromtimestamp(float(changed), UTC)
            listed.append((self._fs._strip_protocol(path)[len(self._root) + 1 :], int(info["size"]), when))
        return sorted(listed)

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders right under a folder of the store, sorted."""
        try:
            entries = self._call(lambda: self._fs.ls(self._at(prefix), detail=True), "listed")
        except FileNotFoundError:
            return []
        return sorted(entry["name"].rstrip("/").rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory")

    def versions(self, prefix: str) -> dict[str, str]:
        """The files right under a folder of the store, by name, and what tells their contents from earlier ones.

        Two writes of different bytes never have the same version. One listing, whatever the files hold.
        """
        if not self._local:
            try:
                entries = self._call(lambda: self._fs.ls(self._at(prefix), detail=True), "listed")
            except FileNotFoundError:
                return {}
            return {each["name"].rsplit("/", 1)[-1]: _version(each) for each in entries if each["type"] == "file"}
        found = {}
        with contextlib.suppress(FileNotFoundError), os.scandir(self._at(prefix)) as entries:
            for each in entries:
                with contextlib.suppress(FileNotFoundError):
                    if each.is_file() and not each.name.endswith(".tmp"):
                        found[each.name] = _local_version(each.stat())
        return found

    def version(self, path: str) -> str:
        """The version of one file, as `versions` tells it; "" if there is none."""
        try:
            if self._local:
                return _local_version(Path(self._at(path)).stat())
            return _version(self._call(lambda: self._fs.info(self._at(path)), "read"))
        except FileNotFoundError:
            return ""

    def exists(self, path: str) -> bool:
        return bool(self._call(lambda: self._fs.exists(self._at(path)), "read"))

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, or None."""
        return self._read(path)

    def write(self, path: str, data: bytes) -> None:
        """Replace what is at `path` as a whole."""
        self._write(path, data)

    def delete(self, path: str) -> None:
        """Remove what is at `path`, if anything is."""
        with contextlib.suppress(FileNotFoundError):
            self._call(lambda: self._fs.rm_file(self._at(path)), "changed")

    def delete_folder(self, prefix: str) -> None:
        """Remove all files under a folder of the store, and the folder; a call that dies is finished by the next."""
        for path in self.paths(prefix):
            self.delete(path)
        if self._local:
            shutil.rmtree(self._at(prefix), ignore_errors=True)

    # Inside

    def _call(self, call: Callable[[], AnswerT], done: str) -> AnswerT:
        """Call the file system; an object store is asked again while it fails.

        Raises:
            Fault: it failed, other than by there being no such file, or one already.
        """
        sentence = f"The store {self.url} could not be {done}"
        if not self._local:
            return retry(call, f"{sentence}; it")
        try:
            return call()
        except (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError):
            raise
        except OSError as error:
            raise Fault(f"{sentence}: {error}.") from error

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    def _files(self, prefix: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
        """The files of a local store under a folder. One that goes while it is listed hides no other: fsspec drops
        the whole folder then, and a temporary file goes at any time."""
        folders = [self._at(prefix)]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        elif entry.is_file():
                            yield Path(entry.path).as_posix()[len(self._root) + 1 :], entry
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise Fault(f"The store {self.url} could not be listed: {error}.") from error

    def _read(self, path: str) -> bytes | None:
        try:
            return bytes(self._call(lambda: self._fs.cat_file(self._at(path)), "read"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def _write(self, path: str, data: bytes, durable: bool = False) -> None:
        try:
            if self._local:
                self._disk.replace(Path(self._at(path)), data, durable)
            else:  # a put that was answered is durable
                self._call(lambda: self._fs.pipe_file(self._at(path), data), "written")
        except OSError as error:
            raise Fault(f"The store {self.url} could not be written: {error}.") from error

    def _create(self, path: str, data: bytes) -> bool:
        try:
            return self._disk.create(Path(self._at(path)), data)
        except OSError as error:
            raise Fault(f"The store {self.url} could not be written: {error}.") from error

    def _renew(self, path: str, size: int, durable: bool) -> bool:
        """Make an artifact young again; False where it has to be written (again)."""
        if not self._local:
            try:
                info = self._call(lambda: self._fs.info(self._at(path)), "read")
            except FileNotFoundError:
                return False
            changed = info.get("LastModified")
            young = isinstance(changed, datetime) and datetime.now(UTC) - changed < RENEWED_AFTER
            return young and bool(info["size"] == size)
        target = Path(self._at(path))
        try:
            if datetime.now(UTC) - datetime.fromtimestamp(target.stat().st_mtime, UTC) > RENEWED_AFTER:
                os.utime(target)
            if durable:
                self._disk.make_durable(target)
        except FileNotFoundError:
            return False
        except PermissionError:  # a store of several users: what another one put cannot be made young
            return False
        return True

    def _recover(self, ref: ArtifactRef) -> bytes | None:
        """The bytes of a missing artifact from `damaged/`, put back in place: a wrong read may have sent it there."""
        path = naming.artifact(ref.sha256)
        kept = self._read(naming.quarantined(path))
        if kept is None or hashlib.sha256(kept).hexdigest() != ref.sha256:
            return None
        self._write(path, kept)
        return kept


def parse_json(data: bytes | str) -> Any:
    """The value that a record holds.

    Raises:
        ValueError: it is not JSON, or nested deeper than any record.
    """
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deep") from None


def ref_of(data: bytes, media_type: str) -> ArtifactRef:
    """What `Store.put` would return, without keeping anything."""
    return ArtifactRef(sha256=hashlib.sha256(data).hexdigest(), size=len(data), media_type=media_type)


def _version(entry: dict[str, Any]) -> str:
    return str(entry.get("ETag") or f"{entry.get('LastModified')} {entry['size']}").strip('"')


def _local_version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns} {status.st_ino}"  # a file is replaced by another one, never written in place


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode()


@lru_cache(maxsize=32)
def open_store(url: str) -> Store:
    """The store at `url`; the same object for the same URL within a process."""
    return Store(url)
