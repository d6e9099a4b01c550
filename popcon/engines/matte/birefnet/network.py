"""BiRefNet in memory: loading in every form that people have, and alpha for batches of frames."""

import inspect
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from popcon.engines.batcher import Batcher
from popcon.engines.device import import_torch, is_out_of_memory, pick_device, pick_precision, release
from popcon.engines.matte.birefnet.settings import BirefnetSettings
from popcon.engines.matte.birefnet.source import Source
from popcon.errors import EngineUnavailable, Fault
from popcon.pixels import Mask, Rgb

if TYPE_CHECKING:
    import torch

_log = logging.getLogger("popcon.engines")
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_loading = Lock()


class Network:
    """A loaded model. Forward passes are one at a time; callers may be many, and share batches.

    Arguments:
        module: gives logits for (n, 3, side, side), normalised as ImageNet's: a tensor, or a list whose last it is.
        batch: most frames in a pass; halved for good when memory runs out.
    """

    def __init__(self, module: Any, device: "torch.device", dtype: "torch.dtype", side: int, batch: int) -> None:
        torch = import_torch()
        self.module, self.device, self.dtype, self.side = module, device, dtype, side
        self.shared = Batcher(self._batch, batch)
        self._pace: float | None = None
        self._pacing = Lock()
        self._mean = torch.tensor(_MEAN, device=device).view(1, 3, 1, 1)
        self._scale = 1 / torch.tensor(_DEVIATION, device=device).view(1, 3, 1, 1)

    @property
    def batch(self) -> int:
        """Most frames in a pass."""
        return self.shared.most

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        """Return alpha of frames of one size, (h, w) uint8 each.

        Raises:
            Fault: not even one frame fits into memory, or the model gives no numbers.
        """
        return self.shared.alphas(frames)

    def seconds_on_cpu(self) -> float | None:
        """Return what a frame takes on a CPU, measured once; None on any other device."""
        if self.device.type != "cpu":
            return None
        with self._pacing:
            if self._pace is None:
                began = time.perf_counter()
                self.alphas([np.zeros((self.side, self.side, 3), np.uint8)])
                self._pace = time.perf_counter() - began
            return self._pace

    def _batch(self, frames: Sequence[Rgb]) -> list[Mask]:
        made: list[Mask] = []
        while len(made) < len(frames):
            part = frames[len(made) : len(made) + self.batch]
            try:
                made.extend(self._forward(part))
            except Exception as error:
                if "not implemented for" in str(error):
                    kind = str(self.dtype).removeprefix("torch.")
                    raise EngineUnavailable(
                        f"This model does not run in {kind} on {self.device}; set `dtype` to float32."
                    ) from error
                if not is_out_of_memory(error):
                    raise
                self._halve(len(part))
        return made

    def _halve(self, tried: int) -> None:
        release(self.device)
        if tried == 1:
            raise Fault(
                f"One frame at {self.side} px does not fit into the memory of {self.device}; set a smaller `size`, "
                "the variant lite, or another device."
            )
        self.shared.most = max(1, tried // 2)
        _log.warning("Out of memory with %d frames at once; going on with %d.", tried, self.batch)

    def _forward(self, frames: Sequence[Rgb]) -> list[Mask]:
        torch = import_torch()
        from torch.nn.functional import interpolate

        height, width = frames[0].shape[:2]
        raw = torch.from_numpy(np.ascontiguousarray(np.stack(frames)))
        if self.device.type == "cuda":
            raw = raw.pin_memory()
        with torch.inference_mode():
            x = raw.to(self.device, non_blocking=True).permute(0, 3, 1, 2).float().div_(255)
            if (height, width) != (self.side, self.side):
                x = interpolate(x, (self.side, self.side), mode="bilinear", align_corners=False, antialias=True)
            x = ((x - self._mean) * self._scale).contiguous(memory_format=torch.channels_last)
            # Deformable convolutions know no bfloat16: autocast keeps those few in full precision.
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
                out = self.module(x if self.dtype == torch.bfloat16 else x.to(self.dtype))
            logits = out[-1] if isinstance(out, (list, tuple)) else getattr(out, "logits", out)
            alpha = logits.float().sigmoid()
            if alpha.shape[-2:] != (height, width):
                alpha = interpolate(alpha, (height, width), mode="bilinear", align_corners=False, antialias=True)
            whole = torch.isfinite(alpha).all()
            levels = alpha[:, 0].clamp(0, 1).mul(255).round().nan_to_num().to(torch.uint8).cpu().numpy()
            if not bool(whole):
                raise Fault(
                    f"The model gives no numbers in {str(self.dtype).removeprefix('torch.')}; set `dtype` to float32."
                )
        return [np.ascontiguousarray(each) for each in levels]


def load(settings: BirefnetSettings, source: Source) -> Network:
    """Read code and weights into memory, onto the device.

    Raises:
        EngineUnavailable: a package is missing, or code and weights do not fit or are damaged.
    """
    torch = import_torch()
    cost = (
        "BiRefNet takes about 3 s a frame on a CPU (lite at 512 px), 20 to 30 s at 1024 px."
        if settings.side >= 512
        else "BiRefNet takes seconds a frame on a CPU."
    )
    device = pick_device(settings.device, cost)
    dtype = pick_precision(settings.dtype, device)
    with _loading:  # code of models is imported under global names
        module = _construct(source)
    _fill(module, _state(source))
    held = torch.float32 if dtype == torch.bfloat16 else dtype
    module = module.eval().requires_grad_(False).to(device=device, dtype=held, memory_format=torch.channels_last)
    if settings.compile:
        module = torch.compile(module)
    return Network(module, device, dtype, settings.side, settings.batch)


def _construct(source: Source) -> Any:
    try:
        from transformers import AutoConfig
        from transformers.dynamic_module_utils import get_class_from_dynamic_module
    except ImportError as error:
        raise EngineUnavailable(f"BiRefNet needs PopCon's extra `models` ({error}).") from error
    folder = str(source.code)
    try:
        if source.config_class:
            config_class: Any = get_class_from_dynamic_module(source.config_class, folder, local_files_only=True)
            config = config_class.from_pretrained(folder, local_files_only=True)
        else:
            config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=True)
        made: Any = get_class_from_dynamic_module(source.model_class, folder, local_files_only=True)
        takes = inspect.signature(made).parameters
        if hasattr(config, "bb_pretrained"):
            config.bb_pretrained = False  # the backbone's weights are in the checkpoint; never fetch others
        more = {"bb_pretrained": False} if "bb_pretrained" in takes else {}
        return made(config=config, **more) if "config" in takes else made(config)
    except ImportError as error:
        raise EngineUnavailable(f"The model's code needs a package that is missing: {error}") from error
    except Exception as error:  # code that a person brought may fail in any way
        raise EngineUnavailable(
            f"The model's code {source.code / source.model_class} does not run with these versions: "
            f"{type(error).__name__}: {error}"
        ) from error


def _state(source: Source) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for file in source.weights:
        state.update(_read(file))
    return {_bare(name): value for name, value in state.items()}


def _read(file: Path) -> dict[str, Any]:
    torch = import_torch()
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(str(file)))
        state = torch.load(file, map_location="cpu", weights_only=True)  # never a pickle that runs code
    except Exception as error:
        raise EngineUnavailable(
            f"The weights {file} cannot be read; they are damaged or no weights: {error}"
        ) from error
    for inner in ("state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(inner), dict):
            state = state[inner]
    if not isinstance(state, dict) or not all(hasattr(value, "shape") for value in state.values()):
        raise EngineUnavailable(f"The checkpoint {file} holds no plain weights.")
    return state


def _bare(name: str) -> str:
    """Without what parallel training and compiling put before a name."""
    for prefix in ("_orig_mod.", "module.", "_orig_mod."):
        name = name.removeprefix(prefix)
    return name


def _fill(module: Any, state: dict[str, Any]) -> None:
    own = module.state_dict()
    missing, surplus = sorted(set(own) - set(state)), sorted(set(state) - set(own))
    wrong = sorted(name for name in set(own) & set(state) if own[name].shape != state[name].shape)
    if missing or surplus or wrong:
        parts = [
            f"{len(names)} {what} (such as {names[0]})"
            for names, what in ((missing, "missing"), (surplus, "unknown"), (wrong, "of another shape"))
            if names
        ]
        raise EngineUnavailable(f"These weights are not this model's: {'; '.join(parts)}.")
    module.load_state_dict(state, strict=True)
