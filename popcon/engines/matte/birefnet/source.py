"""Where a BiRefNet model lies: a folder, a checkpoint beside a folder of code, or a hub snapshot. Loads no torch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from popcon.engines.hub import is_hub_id, snapshot
from popcon.engines.matte.birefnet.settings import BirefnetSettings
from popcon.engines.pretrained.folder import located
from popcon.engines.weights import check_safetensors, digest, weight_files
from popcon.errors import BadInput, EngineUnavailable

_WANTED = ["*.json", "*.py", "*.safetensors", "*.bin"]
_AUTO = "AutoModelForImageSegmentation"


@dataclass(frozen=True)
class Source:
    """Files of a model.

    Attributes:
        code: the folder with config.json and the modules that it names.
        weights: the weights' files.
        model_class: as in config.json: "birefnet.BiRefNet".
        config_class: as in config.json, if it names one.
    """

    code: Path
    weights: tuple[Path, ...]
    model_class: str
    config_class: str


def find(settings: BirefnetSettings) -> Source:
    """Find the model's files and see that they are whole.

    Raises:
        BadInput: the model's code may not run, or it is not pinned.
        EngineUnavailable: files are missing or damaged, or are another model's.
    """
    path = Path(located(settings.path)).expanduser()
    if not path.exists():
        if not is_hub_id(settings.path):
            raise EngineUnavailable(f"There is no file or folder {path}; set `path` to a BiRefNet model.")
        return _on_hub(settings)
    if path.is_file():
        return _checkpoint(path, settings)
    if settings.code and not (path / "config.json").is_file():
        return _checkpoint(weight_files(path)[0], settings)
    return _folder(path, weight_files(path) if (path / "config.json").is_file() else [], settings)


def check(settings: BirefnetSettings) -> None:
    """See that the model can be had, fetching nothing.

    Raises:
        BadInput, EngineUnavailable: as `find` does.
    """
    if is_hub_id(settings.path):
        _check_pins(settings)
    else:
        find(settings)


def fingerprint_of(settings: BirefnetSettings) -> str:
    """Return what identifies the weights. Weights that are not on this machine have a name that is no digest."""
    if is_hub_id(settings.path):
        return f"hub:{settings.path}@{settings.revision}+{settings.code_revision}"
    try:
        source = find(settings)
        code = [*sorted(source.code.glob("*.py")), source.code / "config.json"]
        return digest([*source.weights, *code])
    except EngineUnavailable:
        return f"absent:{settings.path}"


def _checkpoint(path: Path, settings: BirefnetSettings) -> Source:
    if not settings.code:
        raise BadInput(f"{path} holds weights only; set `code` to the folder with config.json and the model's code.")
    folder = Path(located(settings.code)).expanduser()
    if not folder.is_dir():
        raise EngineUnavailable(f"There is no folder {folder}; set `code` to the folder with the model's code.")
    return _folder(folder, [path], settings)


def _folder(folder: Path, weights: list[Path], settings: BirefnetSettings) -> Source:
    config = _config(folder)
    auto_map = config.get("auto_map")
    names = auto_map if isinstance(auto_map, dict) else {}
    model_class = names.get(_AUTO)
    if not isinstance(model_class, str):
        kinds = ", ".join(config.get("architectures") or []) or config.get("model_type") or "another kind of"
        raise EngineUnavailable(
            f"The folder {folder} holds a {kinds} model, not BiRefNet: its config.json names no {_AUTO}."
        )
    if not settings.trust_remote_code:
        raise BadInput(
            f"BiRefNet brings its own code ({folder / (model_class.split('--')[-1].split('.')[0] + '.py')}), which may "
            "not run unasked; read it, then set `trust_remote_code` to true."
        )
    code = folder
    if "--" in model_class:
        repository, _, model_class = model_class.partition("--")
        if not (folder / f"{model_class.split('.')[0]}.py").is_file():
            code = _code_on_hub(repository, settings)
    module = code / f"{model_class.split('.')[0]}.py"
    if not module.is_file():
        raise EngineUnavailable(f"The model's code {module} is missing; copy the whole folder.")
    for file in weights:
        _whole(file)
    config_class = names.get("AutoConfig")
    return Source(code, tuple(weights), model_class, str(config_class).split("--")[-1] if config_class else "")


def _config(folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    if not file.is_file():
        raise EngineUnavailable(f"The folder {folder} has no config.json, so it holds no BiRefNet model.")
    try:
        config = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"{file} cannot be read ({error}); copy it again.") from error
    if not isinstance(config, dict):
        raise EngineUnavailable(f"{file} is no model's configuration; copy it again.")
    return config


def _whole(file: Path) -> None:
    if file.suffix == ".safetensors":
        check_safetensors(file)
    elif file.stat().st_size == 0:
        raise EngineUnavailable(f"The weights {file} are empty; copy them again.")


def _on_hub(settings: BirefnetSettings) -> Source:
    _check_pins(settings)
    folder = snapshot(settings.path, settings.revision, _WANTED)
    return _folder(folder, weight_files(folder), settings)


def _check_pins(settings: BirefnetSettings) -> None:
    if not settings.revision:
        raise BadInput(
            f"{settings.path} is a hub id: set `revision` to the full commit (40 hex digits) that you trust; "
            "or set `path` to a folder that exists."
        )
    if not settings.trust_remote_code:
        raise BadInput(
            f"BiRefNet from {settings.path} runs code of its own; read it, then set `trust_remote_code` to true."
        )


def _code_on_hub(repository: str, settings: BirefnetSettings) -> Path:
    if not settings.code_revision:
        raise BadInput(f"The model's code is in {repository}: set `code_revision` to the full commit that you trust.")
    return snapshot(repository, settings.code_revision, ["*.py", "config.json"])
