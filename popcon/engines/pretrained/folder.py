"""Weights on this machine: POPCON_HOME/models, a folder a model, each with a manifest of its files and their hashes."""

import json
import shutil
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from popcon import naming
from popcon.engines.pretrained.catalog import CATALOG, PackageFile, Weights
from popcon.engines.weights import file_digest
from popcon.errors import BadInput, EngineUnavailable
from popcon.models.base import Model
from popcon.settings import settings

State = Literal["absent", "whole", "damaged"]


class FileRecord(Model):
    """One file of a model."""

    path: str = Field(description="in the model's folder, with /")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0, description="bytes")


class Manifest(Model):
    """What a model's folder holds, written after every file was fetched and its hash compared."""

    source: str = Field(description="where it was fetched from")
    revision: str = Field(description="the hub's commit, or the package's version")
    files: tuple[FileRecord, ...]


class Pin(Model):
    """The commit and the hashes that a hub's model had when it was first fetched; it outlives the model's folder."""

    revision: str
    files: dict[str, str] = Field(description="path to SHA-256")


def models_folder() -> Path:
    return settings().home.expanduser().absolute() / naming.MODELS


def model_folder(name: str) -> Path:
    return models_folder() / name


def located(path: str) -> str:
    """Return a `path` setting of an engine: what a name of the catalog stands for, once fetched; anything else as it
    is."""
    if any(row.name == path for row in CATALOG) and not Path(path).expanduser().exists():
        folder = model_folder(path)
        if (folder / naming.MANIFEST).is_file():
            return str(folder)
    return path


def manifest_of(name: str) -> Manifest | None:
    """Return the manifest of a model, or None where it is not here.

    Raises:
        EngineUnavailable: the manifest is damaged.
    """
    file = model_folder(name) / naming.MANIFEST
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise EngineUnavailable(
            f"{file} is damaged; run `popcon models remove {name}` and `popcon models get {name}`."
        ) from error


def state_of(row: Weights) -> tuple[State, str]:
    """Return whether a model is here and whole, every byte read; and in one sentence what is wrong with it."""
    try:
        manifest = manifest_of(row.name)
    except EngineUnavailable as error:
        return "damaged", str(error)
    if manifest is None:
        return "absent", ""
    expected = {file.path: file.sha256 for file in manifest.files}
    if isinstance(row.source, PackageFile):
        expected = {naming.file_name_of(row.source.member): row.source.sha256}
    elif (pin := pins().get(row.name)) is not None:
        expected = pin.files
    for path, sha256 in expected.items():
        file = model_folder(row.name) / path
        if not file.is_file():
            return "damaged", f"{file} is missing; run `popcon models get {row.name}`."
        if file_digest(file) != sha256:
            return "damaged", f"{file} is not the file that was published; run `popcon models get {row.name}`."
    return "whole", ""


def pins() -> dict[str, Pin]:
    """Return the pins of this machine, by name.

    Raises:
        BadInput: the list is damaged.
    """
    file = models_folder() / naming.PINS
    try:
        return {name: Pin.model_validate(pin) for name, pin in json.loads(file.read_bytes()).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise BadInput(f"The list of pinned models {file} cannot be read ({error}); mend or delete it.") from error


def write_pin(name: str, pin: Pin) -> None:
    known = pins() | {name: pin}
    write_whole(
        models_folder() / naming.PINS,
        json.dumps({each: known[each].model_dump() for each in sorted(known)}, indent=1).encode(),
    )


def write_manifest(name: str, manifest: Manifest) -> None:
    write_whole(model_folder(name) / naming.MANIFEST, manifest.model_dump_json(indent=1).encode())


def write_whole(file: Path, data: bytes) -> None:
    """Write a file so that it is there with all its bytes or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + naming.PARTIAL)
    draft.write_bytes(data)
    draft.replace(file)


def remove(row: Weights) -> bool:
    """Delete a model's folder; its pin stays. Returns whether there was one."""
    folder = model_folder(row.name)
    if not folder.exists():
        return False
    shutil.rmtree(folder)
    return True
