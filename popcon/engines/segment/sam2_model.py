"""SAM 2 in memory, through transformers."""

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from popcon.engines.device import import_torch, pick_device, pick_precision
from popcon.engines.segment.sam2_settings import Sam2Settings
from popcon.engines.segment.sam2_source import find
from popcon.errors import EngineUnavailable
from popcon.pixels import Rgb

if TYPE_CHECKING:
    import torch

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Sam2:
    """The weights, for pictures and (loaded when the first clip is tracked) for video.

    Attributes:
        side: of the square that the model sees, px.
        image: transformers' Sam2Model.
    """

    def __init__(self, settings: Sam2Settings) -> None:
        import_torch()
        self.folder = find(settings)
        self.device = pick_device(
            settings.device, "SAM 2 takes about half a second a frame on a CPU, and as long again to track it."
        )
        self.dtype = pick_precision(settings.dtype, self.device)
        self.side = settings.side(self.device.type)
        self.image = self._load("Sam2Model")
        self._video: Any = None
        self._lock = Lock()

    @property
    def video(self) -> Any:
        """transformers' Sam2VideoModel, with the same encoder in memory.

        Raises:
            EngineUnavailable: the folder holds the weights for pictures only.
        """
        with self._lock:
            if self._video is None:
                model = self._load("Sam2VideoModel")
                model.vision_encoder = self.image.vision_encoder
                self._video = model
            return self._video

    def pixels(self, frames: list[Rgb]) -> "torch.Tensor":
        """Return frames of one size as the model wants them, (n, 3, side, side) on its device."""
        import torch
        from torch.nn.functional import interpolate

        raw = torch.from_numpy(np.ascontiguousarray(np.stack(frames)))
        if self.device.type == "cuda":
            raw = raw.pin_memory()
        with torch.inference_mode():
            x = raw.to(self.device, non_blocking=True).permute(0, 3, 1, 2).float().div_(255)
            x = interpolate(x, (self.side, self.side), mode="bilinear", align_corners=False, antialias=True)
            mean = torch.tensor(_MEAN, device=self.device).view(1, 3, 1, 1)
            deviation = torch.tensor(_DEVIATION, device=self.device).view(1, 3, 1, 1)
            return ((x - mean) / deviation).to(self.dtype)

    def _load(self, name: str) -> Any:
        try:
            import transformers

            transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # stderr is ours
            kind = getattr(transformers, name)
            config = transformers.AutoConfig.from_pretrained(str(self.folder), local_files_only=True)
        except (ImportError, AttributeError) as error:
            raise EngineUnavailable(f"SAM 2 needs PopCon's extra `models` ({error}).") from error
        except (OSError, ValueError) as error:
            raise EngineUnavailable(f"The model in {self.folder} is not understood: {error}") from error
        try:
            model, said = kind.from_pretrained(
                str(self.folder),
                config=_resized(kind, config, self.side),
                local_files_only=True,
                output_loading_info=True,
            )
        except Exception as error:  # damaged files fail in many ways
            raise EngineUnavailable(f"The weights in {self.folder} cannot be loaded: {error}") from error
        lacking = [*said.get("missing_keys", ()), *(each[0] for each in said.get("mismatched_keys", ()))]
        if lacking:
            what = " for video" if name == "Sam2VideoModel" else ""
            raise EngineUnavailable(
                f"The folder {self.folder} lacks weights{what}: {len(lacking)} are missing or misshapen, such as "
                f"{sorted(lacking)[0]}."
            )
        return model.eval().requires_grad_(False).to(self.device, self.dtype)


def _resized(kind: Any, config: Any, side: int) -> Any:
    """Return the configuration for another side; everything that follows from it scales along."""
    values = config.to_dict()
    values.pop("model_type", None)
    made = kind.config_class(**values)
    grids = [[side // step] * 2 for step in (4, 8, 16)]
    made.image_size = side
    made.vision_config.image_size = side
    made.vision_config.backbone_feature_sizes = grids
    backbone = getattr(made.vision_config, "backbone_config", None)
    if backbone is not None:
        backbone.image_size = [side, side]
    made.prompt_encoder_config.image_size = side
    if hasattr(made, "memory_attention_rope_feat_sizes"):
        made.memory_attention_rope_feat_sizes = grids[2]
    return made
