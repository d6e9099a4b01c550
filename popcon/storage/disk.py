"""The file operations of a store in a folder: what is on the disk when, and who may read it.

A file that was written is in the machine's memory; a power cut loses it. What must survive one takes four steps in
this order: write a temporary file, fsync it, rename it, fsync its folder (and each folder above that was made for
it). T. Pillai et al., All File Systems Are Not Created Equal, OSDI 2014.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


class Disk:
    """Writes files as a whole.

    Arguments:
        private: whether other users of this machine may not read what is written.
    """

    def __init__(self, private: bool = False) -> None:
        self._file_mode, self._folder_mode = (0o600, 0o700) if private else (0o666, 0o777)

    def replace(self, target: Path, data: bytes, durable: bool) -> None:
        """Write `data` to `target`, over what is there; `durable`: on the disk when this returns."""
        with self._temporary(target, data, durable) as temporary:
            self.rename(temporary, target)
            if durable:
                self.sync_folder(target.parent)

    def create(self, target: Path, data: bytes) -> bool:
        """Write `data` to `target`, on the disk when this returns True; False where `target` exists."""
        try:
            with self._temporary(target, data, durable=True) as temporary:
                self.link(temporary, target)  # fails where the name exists: the one atomic "create if absent"
                self.sync_folder(target.parent)
        except FileExistsError:
            return False
        return True

    def move(self, source: Path, target: Path) -> None:
        """Give a file another name, on the disk when this returns."""
        self.make_folder(target.parent)
        self.rename(source, target)
        self.sync_folder(target.parent)

    def make_durable(self, path: Path) -> None:
        """Bring a file that was written without it onto the disk."""
        self.sync(path)
        self.sync_folder(path.parent)

    @contextlib.contextmanager
    def _temporary(self, target: Path, data: bytes, durable: bool) -> Iterator[Path]:
        """A file beside `target` that holds `data`, and is gone afterwards whatever became of it."""
        self.make_folder(target.parent)
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        try:
            self.write(temporary, data)
            if durable:
                self.sync(temporary)
            yield temporary
        finally:
            with contextlib.suppress(FileNotFoundError):
                self.unlink(temporary)

    # Single operations; a test replaces them by ones that lose what was not synced

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it; their names are on the disk when this returns."""
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            with contextlib.suppress(FileExistsError):
                each.mkdir(mode=self._folder_mode)
            self.sync_folder(each.parent)

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file."""
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._file_mode), "wb") as file:
            file.write(data)

    def rename(self, source: Path, target: Path) -> None:
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        os.link(source, target)

    def unlink(self, path: Path) -> None:
        path.unlink()

    def sync(self, path: Path) -> None:
        """Wait until the contents of a file are on the disk."""
        with path.open("rb") as file:
            os.fsync(file.fileno())

    def sync_folder(self, folder: Path) -> None:
        """Wait until the names in a folder are on the disk."""
        if os.name == "nt":  # there a folder cannot be opened; renames are journalled
            return
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
