"""Where a SAM 2 model for transformers lies. Loads no torch."""

import json
from pathlib import Path

from popcon.engines.hub import is_hub_id, snapshot
from popcon.engines.pretrained.folder import located
from popcon.engines.segment.sam2_settings import Sam2Settings
from popcon.engines.weights import check_safetensors, digest, weight_files
from popcon.errors import BadInput, EngineUnavailable

KINDS = ("sam2_video", "sam2")


def find(settings: Sam2Settings) -> Path:
    """Return the model's folder, seen to be whole.

    Raises:
        BadInput: a hub id without a revision.
        EngineUnavailable: files are missing or damaged, or are another model's.
    """
    folder = Path(located(settings.path)).expanduser()
    if is_hub_id(settings.path):
        _check_pin(settings)
        folder = snapshot(settings.path, settings.revision, ["*.json", "*.safetensors"])
    if folder.is_file():
        raise EngineUnavailable(f"{folder} is a file; a .pt checkpoint is for the engine `sam2-ultralytics`.")
    if not folder.is_dir():
        raise EngineUnavailable(f"There is no folder {folder}; set `path` to a SAM 2 folder for transformers.")
    _check(folder)
    return folder


def check(settings: Sam2Settings) -> None:
    """See that the model can be had, fetching nothing.

    Raises:
        BadInput, EngineUnavailable: as `find` does.
    """
    if is_hub_id(settings.path):
        _check_pin(settings)
    else:
        find(settings)


def fingerprint_of(settings: Sam2Settings) -> str:
    """Return what identifies the weights. Weights that are not on this machine have a name that is no digest."""
    if is_hub_id(settings.path):
        return f"hub:{settings.path}@{settings.revision}"
    try:
        folder = find(settings)
        return digest([*weight_files(folder), folder / "config.json"])
    except EngineUnavailable:
        return f"absent:{settings.path}"


def _check_pin(settings: Sam2Settings) -> None:
    if not settings.revision:
        raise BadInput(f"{settings.path} is a hub id: set `revision` to a full commit (40 hex digits).")


def _check(folder: Path) -> None:
    try:
        config = json.loads((folder / "config.json").read_text())
        kind = str(config.get("model_type"))
    except FileNotFoundError as error:
        raise EngineUnavailable(f"The folder {folder} has no config.json, so it holds no SAM 2 model.") from error
    except (OSError, ValueError, AttributeError) as error:
        raise EngineUnavailable(f"{folder / 'config.json'} cannot be read ({error}); copy it again.") from error
    if kind not in KINDS:
        raise EngineUnavailable(
            f"The folder {folder} holds a {kind} model, not SAM 2; expected one of {', '.join(KINDS)}."
        )
    for file in weight_files(folder):
        if file.suffix == ".safetensors":
            check_safetensors(file)
