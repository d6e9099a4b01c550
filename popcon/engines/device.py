"""Chooses the device and the number format of models. Importing this loads no torch; calling it does."""

import importlib.util
import logging
import sys
from typing import TYPE_CHECKING, Any, Literal

from popcon.errors import BadInput, EngineUnavailable

if TYPE_CHECKING:
    import torch

Precision = Literal["auto", "float16", "bfloat16", "float32"]

_log = logging.getLogger("popcon.engines")


def import_torch() -> Any:
    """Import torch.

    Raises:
        EngineUnavailable: it is not installed, or broken.
    """
    try:
        import torch
    except (ImportError, OSError) as error:
        raise EngineUnavailable(f"PyTorch cannot be loaded ({error}); install PopCon's extra `models`.") from error
    return torch


def require(*packages: str, extra: str = "models") -> None:
    """Check that packages are installed, importing none.

    Arguments:
        packages: names to import.
        extra: of PopCon, which brings them.

    Raises:
        EngineUnavailable: one is not.
    """
    for package in packages:
        if package not in sys.modules and importlib.util.find_spec(package) is None:
            raise EngineUnavailable(f"The Python package {package} is not installed; install PopCon's extra `{extra}`.")


def pick_device(wanted: str, cost_on_cpu: str) -> "torch.device":
    """Return the device of a setting; auto takes CUDA, then MPS, then the CPU with a warning.

    Arguments:
        wanted: auto, cpu, cuda, cuda:N or mps.
        cost_on_cpu: what it will cost on a CPU, to warn a person with.

    Raises:
        BadInput: no such device is known.
        EngineUnavailable: it is known, but not here.
    """
    torch = import_torch()
    if wanted == "auto":
        if torch.cuda.is_available():
            return _device("cuda")
        if torch.backends.mps.is_available():
            return _device("mps")
        _log.warning("No GPU was found: %s", cost_on_cpu)
        return _device("cpu")
    try:
        device = _device(wanted)
    except RuntimeError as error:
        raise BadInput(f"There is no device named {wanted!r}; choose auto, cuda, cuda:0, mps or cpu.") from error
    here = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if device.type not in here:
        raise BadInput(f"Models do not run on the device {wanted!r}; choose auto, cuda, cuda:0, mps or cpu.")
    if not here[device.type]:
        raise EngineUnavailable(f"The device {wanted!r} is not on this machine; set device to auto.")
    if device.type == "cpu":
        _log.warning("Running on the CPU as asked: %s", cost_on_cpu)
    return device


def _device(name: str) -> "torch.device":
    import torch

    return torch.device(name)


def pick_precision(wanted: Precision, device: "torch.device") -> "torch.dtype":
    """Return the numbers to compute with: half precision on CUDA, full elsewhere, unless it was said."""
    import torch

    if wanted == "auto":
        return torch.float16 if device.type == "cuda" else torch.float32
    return {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32}[wanted]


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception of torch says that the device's (or the machine's) memory is full."""
    torch = import_torch()
    said = str(error).lower()
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or (
        isinstance(error, RuntimeError) and ("out of memory" in said or "can't allocate memory" in said)
    )


def release(device: "torch.device") -> None:
    """Give cached memory back, so that a smaller batch may fit."""
    torch = import_torch()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
