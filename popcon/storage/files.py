"""Files at one place, a folder or an object store, through fsspec.

Whatever becomes visible is whole: a folder gets a finished file by rename, an object store gets one put.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from popcon.errors import BadInput, Fault
from popcon.settings import settings
from popcon.storage.disk import Disk
from popcon.storage.object_store import connect, retry

AnswerT = TypeVar("AnswerT")

RENEWED_AFTER = timedelta(hours=1)
"""What is put again counts as young again, so that the sweep does not take it from a running step."""


class Files:
    """Files under a folder or a bucket's prefix. Safe to use from several threads and processes.

    Their paths are relative to it and use "/".

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
        return f"{type(self).__name__}({self.url!r})"

    @property
    def remote(self) -> bool:
        """Whether each call waits for a network, so that many at once are sooner done than one after another."""
        return not self._local

    def read(self, path: str) -> bytes | None:
        """Return the bytes at `path`; None where there is no file."""
        try:
            return bytes(self._call(lambda: self._fs.cat_file(self._at(path)), "read"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def write(self, path: str, data: bytes, durable: bool = False) -> None:
        """Replace what is at `path` as a whole; `durable`: a power cut right after this must not lose it."""
        try:
            if self._local:
                self._disk.replace(Path(self._at(path)), data, durable)
            else:  # a put that was answered is durable
                self._call(lambda: self._fs.pipe_file(self._at(path), data), "written")
        except OSError as error:
            raise Fault(f"The store {self.url} could not be written: {error}.") from error

    def create(self, path: str, data: bytes) -> bool:
        """Write a file if there is none at `path` yet; False if there is.

        Exactly one of several concurrent callers gets True in a folder, and in object stores that know conditional
        puts. Elsewhere two may get True; the last one's file stays. In a folder it is on the disk when this returns.
        """
        if self._local:
            try:
                return self._disk.create(Path(self._at(path)), data)
            except OSError as error:
                raise Fault(f"The store {self.url} could not be written: {error}.") from error
        if self.exists(path):
            return False
        try:
            self._call(lambda: self._fs.pipe_file(self._at(path), data, mode="create"), "written")
        except FileExistsError:
            return self.read(path) == data  # a try whose answer was lost may have written it
        except NotImplementedError:
            self.write(path, data)
        return True

    def renew(self, path: str, size: int, durable: bool) -> bool:
        """Make a file young again; False where it has to be written (again).

        Arguments:
            size: what it has to have, in bytes.
            durable: whether a power cut right after this must not lose it.
        """
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

    def move(self, source: str, target: str) -> None:
        """Give a file another path, where there is one; its bytes are not read here."""
        old, new = self._at(source), self._at(target)
        with contextlib.suppress(FileNotFoundError):
            if self._local:
                self._call(lambda: self._disk.move(Path(old), Path(new)), "changed")
            else:
                self._call(lambda: self._fs.cp_file(old, new), "changed")
                self.delete(source)

    def size(self, path: str) -> int | None:
        """Return the size of a file in bytes; None where there is none."""
        with contextlib.suppress(FileNotFoundError):
            return int(self._call(lambda: self._fs.size(self._at(path)), "read"))
        return None

    def exists(self, path: str) -> bool:
        """Return whether there is a file at `path`."""
        return bool(self._call(lambda: self._fs.exists(self._at(path)), "read"))

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

    def paths(self, prefix: str) -> list[str]:
        """Return the paths of all files under a folder of the store, at any depth, sorted."""
        if self._local:
            return sorted(path for path, _ in self._files(prefix) if not path.endswith(".tmp"))
        found = self._call(lambda: self._fs.find(self._at(prefix)), "listed")
        return sorted(
            name
            for path in found
            if not (name := self._fs._strip_protocol(path)[len(self._root) + 1 :]).endswith(".tmp")
        )

    def details(self, prefix: str) -> list[tuple[str, int, datetime]]:
        """Return path, size in bytes and time of the last change (UTC) of all files under a folder, sorted.

        Temporary files are among them.
        """
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
        """Return the names of the folders right under a folder of the store, sorted."""
        try:
            entries = self._call(lambda: self._fs.ls(self._at(prefix), detail=True), "listed")
        except FileNotFoundError:
            return []
        return sorted(entry["name"].rstrip("/").rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory")

    def versions(self, prefix: str) -> dict[str, str]:
        """Return the files right under a folder of the store, by name, and what tells their contents from earlier ones.

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
        """Return the version of one file, as `versions` tells it; "" if there is none."""
        try:
            if self._local:
                return _local_version(Path(self._at(path)).stat())
            return _version(self._call(lambda: self._fs.info(self._at(path)), "read"))
        except FileNotFoundError:
            return ""

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
        """Yield the files of a local store under a folder.

        One that goes while it is listed hides no other: fsspec drops the whole folder then, and a temporary file goes
        at any time.
        """
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


def _version(entry: dict[str, Any]) -> str:
    return str(entry.get("ETag") or f"{entry.get('LastModified')} {entry['size']}").strip('"')


def _local_version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns} {status.st_ino}"  # a file is replaced by another one, never written in place
