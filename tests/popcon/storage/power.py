"""A disk that forgets: file operations that a power cut undoes unless they were synced."""

from pathlib import Path

from popcon.storage.disk import Disk


class PowerCut(BaseException):
    """The machine is off. No BaseException of the product, so nothing there handles it."""


class VolatileDisk(Disk):
    """Does every operation, and knows what of it would be on the disk.

    Arguments:
        root: the store's folder.
        operations: how many happen before the power is cut; None: all.
    """

    def __init__(self, root: Path, operations: int | None = None) -> None:
        super().__init__()
        self._root, self._left = root, operations
        self.count = 0
        self._contents: list[bytes] = []
        self._names: dict[Path, int] = {}
        self._synced: set[int] = set()
        self._synced_names: dict[Path, dict[str, int | None]] = {}

    def after_power_cut(self, target: Path, names_survive: bool) -> None:
        """Write what is on the disk after a power cut now.

        Arguments:
            target: a new folder for it.
            names_survive: some file systems bring names to the disk before contents, others lose them; files whose
                contents were never synced are empty then.
        """
        if names_survive:
            for path, number in self._names.items():
                if path.exists():
                    self._restore(target / path.relative_to(self._root), number)
            return
        folders = [self._root]
        while folders:
            folder = folders.pop()
            for name, number in self._synced_names.get(folder, {}).items():
                path = folder / name
                if number is None:
                    folders.append(path)
                else:
                    self._restore(target / path.relative_to(self._root), number)

    def _restore(self, path: Path, number: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._contents[number] if number in self._synced else b"")

    def _tick(self) -> None:
        if self._left is not None and self.count >= self._left:
            raise PowerCut
        self.count += 1

    def make_folder(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
        if missing:
            self._tick()
            super().make_folder(folder)

    def write(self, path: Path, data: bytes) -> None:
        self._tick()
        super().write(path, data)
        self._names[path] = len(self._contents)
        self._contents.append(data)

    def rename(self, source: Path, target: Path) -> None:
        self._tick()
        super().rename(source, target)
        self._names[target] = self._names.pop(source)

    def link(self, source: Path, target: Path) -> None:
        self._tick()
        super().link(source, target)
        self._names[target] = self._names[source]

    def unlink(self, path: Path) -> None:
        self._tick()
        super().unlink(path)
        self._names.pop(path, None)

    def sync(self, path: Path) -> None:
        self._tick()
        self._synced.add(self._names[path])

    def sync_folder(self, folder: Path) -> None:
        self._tick()
        found: dict[str, int | None] = {}
        for path in folder.iterdir():
            if path.is_dir():
                found[path.name] = None
            elif path in self._names:
                found[path.name] = self._names[path]
        self._synced_names[folder] = found
