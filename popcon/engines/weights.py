"""Weights on disk: whether they are there and whole, and their digest. Imports nothing heavy."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from popcon.errors import EngineUnavailable

_LARGEST_HEADER = 100_000_000


def digest(files: list[Path]) -> str:
    """SHA-256 over the files' names and bytes, in order of name; a file is read once until it changes."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda each: each.name):
        total.update(file.name.encode() + b"\0" + file_digest(file).encode() + b"\0")
    return total.hexdigest()


def file_digest(file: Path) -> str:
    """SHA-256 of a file, remembered by path, size and time of change.

    Raises:
        EngineUnavailable: it cannot be read.
    """
    try:
        seen = file.stat()
        return _digest_of(str(file.resolve()), seen.st_size, seen.st_mtime_ns)
    except OSError as error:
        raise EngineUnavailable(f"The weights {file} cannot be read: {error.strerror or error}.") from error


@lru_cache(maxsize=256)
def _digest_of(path: str, size: int, changed: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_safetensors(file: Path) -> None:
    """Check that a safetensors file is whole, by its header alone.

    Raises:
        EngineUnavailable: it is cut short, longer than it says, or no safetensors file.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if size < 8 or not 2 <= length <= min(size - 8, _LARGEST_HEADER):
            raise EngineUnavailable(f"The weights {file} are no whole safetensors file; copy them again.")
        try:
            header = json.loads(opened.read(length))
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise EngineUnavailable(f"The weights {file} are no safetensors file; copy them again.") from error
    expected = 8 + length + max(ends, default=0)
    if size != expected:
        raise EngineUnavailable(
            f"The weights {file} have {size} bytes, but {expected} were announced: the file is damaged; copy it again."
        )


def weight_files(folder: Path) -> list[Path]:
    """Return the weights in a model's folder: safetensors where there are any, else PyTorch files.

    Raises:
        EngineUnavailable: none, or a part is missing.
    """
    for index, pattern in (
        ("model.safetensors.index.json", "*.safetensors"),
        ("pytorch_model.bin.index.json", "*.bin"),
    ):
        if (folder / index).is_file():
            return _parts(folder, folder / index)
        found = sorted(folder.glob(pattern))
        if found:
            return found
    found = sorted(folder.glob("*.pth")) + sorted(folder.glob("*.pt"))
    if len(found) == 1:
        return found
    what = f"{len(found)} checkpoints, of which one has to be named" if found else "no weights"
    raise EngineUnavailable(f"The folder {folder} has {what}; expected model.safetensors or pytorch_model.bin.")


def _parts(folder: Path, index: Path) -> list[Path]:
    try:
        names = sorted(set(json.loads(index.read_text())["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise EngineUnavailable(f"The list of weights {index} is damaged; copy the folder again.") from error
    parts = [folder / str(name) for name in names]
    missing = [part.name for part in parts if not part.is_file()]
    if missing or not parts:
        raise EngineUnavailable(f"The folder {folder} lacks a part of the weights: {', '.join(missing) or 'all'}.")
    return parts
