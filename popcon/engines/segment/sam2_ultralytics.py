"""The segment engine `sam2-ultralytics`: people's own `sam2.1_*.pt` files.

ultralytics is AGPL-3.0: an optional extra, imported by this module alone and only when the engine is used. Its video
predictor starts at the first frame and runs forward only; here it is driven frame by frame, both ways.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from popcon.engines.base import Click, SegmentEngine
from popcon.engines.device import import_torch, pick_device, pick_precision
from popcon.engines.engine_settings import read
from popcon.engines.loaded import Loaded
from popcon.engines.remote.hosted import hosted_segment
from popcon.engines.segment.clicks import checked_clicks
from popcon.engines.segment.prompts import Prompts, checked_prompts
from popcon.engines.segment.sam2_settings import UltralyticsSettings
from popcon.engines.table import require_packages
from popcon.engines.weights import digest
from popcon.errors import BadInput, EngineUnavailable
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice, Setting
from popcon.pixels import Mask, Rgb

if TYPE_CHECKING:
    import torch

NAME, VERSION = "sam2-ultralytics", "1"
NAMES = tuple(f"sam2{minor}_{size}.pt" for minor in ("", ".1") for size in "tsbl")
"""What a checkpoint's file name has to end in: the architecture is told by nothing else."""

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SURE = 10.0


@dataclass(frozen=True)
class UltralyticsEmbedding:
    """An encoded picture and its size, px."""

    width: int
    height: int
    features: dict[str, Any]


class _Predictor:
    """The loaded model. Its predictor keeps state, so a lock lets one call in at a time."""

    def __init__(self, settings: UltralyticsSettings) -> None:
        path = _checked(Path(settings.path).expanduser())
        self.lock = RLock()
        self.device = pick_device(settings.device, "SAM 2 takes about a second a frame on a CPU.")
        self.dtype = pick_precision(settings.dtype, self.device)
        self.side = settings.side(self.device.type)
        self.predictor = _predictor(path, self.side, self.device, self.dtype)
        self.model = self.predictor.model

    def pixels(self, frame: Rgb) -> "torch.Tensor":
        """Return a frame as the model wants it, (1, 3, side, side)."""
        import torch
        from torch.nn.functional import interpolate

        x = torch.from_numpy(np.ascontiguousarray(frame)).to(self.device).permute(2, 0, 1)[None].float().div_(255)
        x = interpolate(x, (self.side, self.side), mode="bilinear", align_corners=False, antialias=True)
        mean = torch.tensor(_MEAN, device=self.device).view(1, 3, 1, 1)
        return ((x - mean) / torch.tensor(_DEVIATION, device=self.device).view(1, 3, 1, 1)).to(self.dtype)

    def points(self, clicks: Sequence[Click], width: int, height: int) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Clicks in the square that the model sees: (1, n, 2) and labels (1, n)."""
        import torch

        places = [[[click.x * self.side / width, click.y * self.side / height] for click in clicks]]
        labels = [[int(click.positive) for click in clicks]]
        return (
            torch.tensor(places, dtype=self.dtype, device=self.device),
            torch.tensor(labels, dtype=torch.int32, device=self.device),
        )


_models: Loaded[_Predictor] = Loaded(most=1)


class UltralyticsEngine:
    """See `popcon.engines.base.SegmentEngine`."""

    def __init__(self, settings: UltralyticsSettings) -> None:
        self.settings = settings
        self.fingerprint = EngineFingerprint(name=NAME, version=VERSION + settings.identity, weights=_weights(settings))

    def check_ready(self) -> None:
        """See, without loading it, that there is a checkpoint with a name that tells what it is.

        Raises:
            EngineUnavailable: there is none, or a package is missing.
        """
        require_packages("segment", NAME)
        _named(Path(self.settings.path).expanduser())

    def model(self) -> _Predictor:
        """Return the loaded model.

        Raises:
            EngineUnavailable: it cannot be loaded here.
        """
        return _models.get((self.settings, _weights(self.settings)), lambda: _Predictor(self.settings))

    def encode(self, picture: Rgb) -> UltralyticsEmbedding:
        """Run the image encoder.

        Raises:
            BadInput: not an RGB picture of at least 8 px.
        """
        import torch

        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or min(picture.shape[:2]) < 8:
            raise BadInput(
                f"A picture to segment is 8-bit RGB of 8 px or more; this is {picture.shape} {picture.dtype}."
            )
        model = self.model()
        with model.lock, torch.inference_mode():
            features = _image_features(model, picture)
        return UltralyticsEmbedding(picture.shape[1], picture.shape[0], features)

    def predict(
        self, embedding: UltralyticsEmbedding, clicks: Sequence[Click], previous: Mask | None = None
    ) -> tuple[Mask, float]:
        """Return the mask that the clicks ask for, 0 or 255, and the model's estimate of its IoU.

        Raises:
            BadInput: no clicks, a click outside the picture, contradictory clicks, a previous mask of another size.
        """
        import torch

        clicks = checked_clicks(clicks, embedding.width, embedding.height)
        if previous is not None and previous.shape != (embedding.height, embedding.width):
            raise BadInput(
                f"The previous mask is {previous.shape[1]} x {previous.shape[0]} px, "
                f"but the picture is {embedding.width} x {embedding.height} px."
            )
        model = self.model()
        points, labels = model.points(clicks, embedding.width, embedding.height)
        logits = None
        if previous is not None:
            side = model.side // 4
            small = cv2.resize(previous, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
            logits = torch.from_numpy((small * 2 - 1) * _SURE)[None, None].to(model.device, model.dtype)
        with model.lock, torch.inference_mode():
            masks, scores = model.predictor._inference_features(
                embedding.features, points, labels, logits, multimask_output=len(clicks) == 1 and previous is None
            )
            best = int(scores.argmax())
            return _mask(masks[best], embedding.height, embedding.width), float(scores[best].float().clamp(0, 1))

    def track(
        self, frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]
    ) -> Iterator[tuple[int, Mask, float]]:
        """Carry clicks or masks to all frames: the prompted ones first, then to the end, then to the beginning.

        Closing the iterator stops the work after the frame in hand.

        Raises:
            BadInput: see `checked_prompts`.
        """
        return _tracked(self, list(frames), checked_prompts(frames, prompts))


def make(settings: Mapping[str, Setting], purchase: object = None) -> SegmentEngine:
    """Return the engine; weights load on first use.

    Raises:
        BadInput: a setting is missing, unknown or wrong.
    """
    wanted = read(UltralyticsSettings, NAME, settings)
    return hosted_segment(EngineChoice(name=NAME, settings=wanted.model_dump()), UltralyticsEngine(wanted))


def _weights(settings: UltralyticsSettings) -> str:
    path = Path(settings.path).expanduser()
    return digest([path]) if path.is_file() else f"absent:{settings.path}"


def _named(path: Path) -> None:
    if not path.is_file():
        raise EngineUnavailable(f"There is no file {path}; set `path` to a SAM 2 checkpoint such as sam2.1_t.pt.")
    if not path.name.endswith(NAMES):
        raise EngineUnavailable(f"{path.name} does not tell which SAM 2 it is; it has to end in {', '.join(NAMES)}.")


def _checked(path: Path) -> Path:
    _named(path)
    torch = import_torch()
    try:
        state = torch.load(
            path, map_location="cpu", weights_only=True
        )  # before ultralytics unpickles it: no code in it
    except Exception as error:
        raise EngineUnavailable(f"The checkpoint {path} cannot be read; it is damaged or no plain weights.") from error
    if not isinstance(state, dict):
        raise EngineUnavailable(f"The checkpoint {path} holds no weights.")
    return path


def _predictor(path: Path, side: int, device: "torch.device", dtype: "torch.dtype") -> Any:
    # It would install packages, ask the network and report usage.
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_OFFLINE", "true")
    opened = Image.open
    try:
        from ultralytics import settings as habits
        from ultralytics.models.sam import SAM2VideoPredictor
        from ultralytics.models.sam.build import build_sam
    except (ImportError, OSError) as error:
        raise EngineUnavailable(f"ultralytics cannot be loaded ({error}); install the extra `ultralytics`.") from error
    finally:
        Image.open = opened  # it would install a plug-in for files that Pillow does not know
    habits.update({"sync": False})  # type: ignore[no-untyped-call]
    try:
        model = build_sam(str(path))  # type: ignore[no-untyped-call]
    except Exception as error:
        raise EngineUnavailable(f"The checkpoint {path} is not the SAM 2 that its name says: {error}") from error
    options = {"conf": 0.25, "task": "segment", "mode": "predict", "imgsz": side, "model": str(path), "verbose": False}
    predictor: Any = SAM2VideoPredictor(overrides={**options, "save": False, "device": str(device)})
    predictor.setup_model(model=model, verbose=False)
    predictor.model = predictor.model.to(dtype)
    predictor.torch_dtype = dtype
    predictor.model.set_binarize(True)
    predictor.model.set_imgsz((side, side))
    predictor.imgsz = (side, side)
    predictor._bb_feat_sizes = [(side // step, side // step) for step in (4, 8, 16)]
    return predictor


def _image_features(model: _Predictor, picture: Rgb) -> dict[str, Any]:
    from ultralytics.models.sam import SAM2Predictor

    encode: Any = SAM2Predictor.get_im_features
    features: dict[str, Any] = encode(model.predictor, model.pixels(picture))
    return features


def _tracked(engine: UltralyticsEngine, frames: list[Rgb], prompts: Prompts) -> Iterator[tuple[int, Mask, float]]:
    import torch

    model = engine.model()
    height, width = frames[0].shape[:2]
    state: dict[str, Any] = model.predictor._init_state(len(frames))

    def prompted(number: int, prompt: Sequence[Click] | Mask) -> tuple[Mask, float]:
        with model.lock, torch.inference_mode():
            model.predictor.inference_state = state  # the predictor's own; ours while we hold the lock
            state["im"] = model.pixels(frames[number])
            if isinstance(prompt, np.ndarray):
                square = cv2.resize(prompt, (model.side, model.side), interpolation=cv2.INTER_LINEAR) > 127
                mask = torch.from_numpy(square.astype(np.float32))[None, None].to(model.device, model.dtype)
                logits, _ = model.predictor.add_new_prompts(0, masks=mask, frame_idx=number)
            else:
                points, labels = model.points(prompt, width, height)
                logits, _ = model.predictor.add_new_prompts(0, points=points, labels=labels, frame_idx=number)
            model.predictor.propagate_in_video_preflight()  # encodes this frame's memory while its picture is set
            state["frames_already_tracked"].add(number)
            return _mask(logits[0], height, width), _stability(logits[0])

    def carried(number: int, reverse: bool) -> tuple[Mask, float]:
        with model.lock, torch.inference_mode():
            model.predictor.inference_state = state
            state["im"] = model.pixels(frames[number])
            out = model.predictor._run_single_frame_inference(
                output_dict=state["output_dict"],
                frame_idx=number,
                batch_size=1,
                is_init_cond_frame=False,
                point_inputs=None,
                mask_inputs=None,
                reverse=reverse,
                run_mem_encoder=True,
            )
            state["output_dict"]["non_cond_frame_outputs"][number] = out
            logits = out["pred_masks"].flatten(0, 1)[0]
            there = float(out["object_score_logits"].float().sigmoid().max()) if "object_score_logits" in out else 1.0
            return _mask(logits, height, width), _stability(logits) * there

    for number, prompt in prompts.items():
        mask, score = prompted(number, prompt)
        yield (number, prompt, 1.0) if isinstance(prompt, np.ndarray) else (number, mask, score)
    first = min(prompts)
    for number in [*range(first + 1, len(frames)), *range(first - 1, -1, -1)]:
        if number not in prompts:
            yield number, *carried(number, number < first)


def _mask(logits: "torch.Tensor", height: int, width: int) -> Mask:
    import torch
    from torch.nn.functional import interpolate

    large = interpolate(logits.float()[None, None], (height, width), mode="bilinear", align_corners=False)[0, 0]
    return np.ascontiguousarray((large > 0).to(torch.uint8).mul(255).cpu().numpy())


def _stability(logits: "torch.Tensor") -> float:
    wide = float((logits > -1).sum())
    return float((logits > 1).sum()) / wide if wide else 0.0
