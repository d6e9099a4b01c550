"""The segment engine `sam2`: SAM 2.1 through transformers (Apache-2.0), with weights that a person names.

Ravi et al., "SAM 2: Segment Anything in Images and Videos" (2024).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from popcon.engines.base import Click, SegmentEngine
from popcon.engines.engine_settings import read
from popcon.engines.loaded import Loaded
from popcon.engines.remote.hosted import hosted_segment
from popcon.engines.segment.clicks import checked_clicks
from popcon.engines.segment.prompts import Prompts, checked_prompts
from popcon.engines.segment.sam2_model import Sam2
from popcon.engines.segment.sam2_settings import Sam2Settings
from popcon.engines.segment.sam2_source import check, fingerprint_of
from popcon.engines.table import require_packages
from popcon.errors import BadInput
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice, Setting
from popcon.pixels import Mask, Rgb

if TYPE_CHECKING:
    import torch

NAME, VERSION = "sam2", "1"

_models: Loaded[Sam2] = Loaded(most=1)
_SURE = 10.0
_OBJECT = 1


@dataclass(frozen=True)
class Sam2Embedding:
    """An encoded picture. At 1024 px about 16 MB in full precision; keep it in a bounded `Embeddings`.

    Attributes:
        width, height: of the picture, px.
        features: what the image encoder gave, on the model's device; never changed.
    """

    width: int
    height: int
    features: list["torch.Tensor"]


class Sam2Engine:
    """See `popcon.engines.base.SegmentEngine`. One set of weights serves any number of threads."""

    def __init__(self, settings: Sam2Settings) -> None:
        self.settings = settings
        self.fingerprint = EngineFingerprint(
            name=NAME, version=VERSION + settings.identity, weights=fingerprint_of(settings)
        )

    def check_ready(self) -> None:
        """See, without loading it, that the model can be had.

        Raises:
            BadInput: a setting has to be changed first.
            EngineUnavailable: something is missing or damaged; the message says what to do.
        """
        require_packages("segment", NAME)
        check(self.settings)

    def model(self) -> Sam2:
        """Return the loaded model.

        Raises:
            EngineUnavailable: it cannot be loaded here.
        """
        key = self.settings, fingerprint_of(self.settings)
        return _models.get(key, lambda: Sam2(self.settings))

    def encode(self, picture: Rgb) -> Sam2Embedding:
        """Run the image encoder.

        Raises:
            BadInput: not an RGB picture of at least 8 px.
        """
        import torch

        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or min(picture.shape[:2]) < 8:
            raise BadInput(
                f"A picture to segment is RGB, 8 bit, 8 px or more; this is {picture.shape} {picture.dtype}."
            )
        model = self.model()
        with torch.inference_mode():
            features = model.image.get_image_embeddings(model.pixels([picture]))
        return Sam2Embedding(picture.shape[1], picture.shape[0], list(features))

    def predict(
        self, embedding: Sam2Embedding, clicks: Sequence[Click], previous: Mask | None = None
    ) -> tuple[Mask, float]:
        """Return the mask that the clicks ask for, 0 or 255, and the model's estimate of its IoU.

        A single click is ambiguous: of the model's three readings the one that it holds for best is taken.

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
        several = len(clicks) == 1 and previous is None
        points, labels = _points(clicks, embedding.width, embedding.height, model)
        with torch.inference_mode():
            out = model.image(
                image_embeddings=embedding.features,
                input_points=points.to(model.dtype),
                input_labels=labels,
                input_masks=None if previous is None else _logits_of(previous, model),
                multimask_output=several,
            )
            scores = out.iou_scores[0, 0].float()
            best = int(scores.argmax())
            mask = _full_size(out.pred_masks[0, 0, best], embedding.height, embedding.width)
        return _binary(mask), float(scores[best].clamp(0, 1))

    def track(
        self, frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]
    ) -> Iterator[tuple[int, Mask, float]]:
        """Carry clicks or masks to all frames: the prompted ones first, then to the end, then to the beginning.

        The score is the share of the mask that stays when the model is asked to be stricter, times how sure it is
        that the character is there. Closing the iterator stops the work after the frame in hand.

        Raises:
            BadInput: see `checked_prompts`.
        """
        return _tracked(self.model, list(frames), checked_prompts(frames, prompts), self.settings.remember)


def make(settings: Mapping[str, Setting], purchase: object = None) -> SegmentEngine:
    """Return the engine; weights load on first use.

    Raises:
        BadInput: a setting is missing, unknown or wrong.
    """
    wanted = read(Sam2Settings, NAME, settings)
    return hosted_segment(EngineChoice(name=NAME, settings=wanted.model_dump()), Sam2Engine(wanted))


def _tracked(load: Any, frames: list[Rgb], prompts: Prompts, remember: int) -> Iterator[tuple[int, Mask, float]]:
    import torch
    from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

    model: Sam2 = load()
    video = model.video
    height, width = frames[0].shape[:2]
    pixels = torch.cat([model.pixels(frames[first : first + 8]).cpu() for first in range(0, len(frames), 8)])
    # The session is this call's alone: it changes with every frame, while the weights are shared.
    session = Sam2VideoInferenceSession(
        video=pixels,
        video_height=height,
        video_width=width,
        inference_device=model.device,
        inference_state_device=model.device,
        video_storage_device="cpu",
        dtype=model.dtype,
        max_vision_features_cache_size=remember,
    )

    def seen(number: int, reverse: bool) -> tuple[Mask, float]:
        with torch.inference_mode():
            out = video(session, frame_idx=number, reverse=reverse)
            logits = _full_size(out.pred_masks[0, 0], height, width)
            there = float(out.object_score_logits.float().sigmoid().max())
        return _binary(logits), _stability(logits) * there

    try:
        for number, prompt in prompts.items():
            which = session.obj_id_to_idx(_OBJECT)
            if isinstance(prompt, np.ndarray):
                session.add_mask_inputs(which, number, _mask_input(prompt, model))
            else:
                points, labels = _points(prompt, width, height, model)
                session.add_point_inputs(which, number, {"point_coords": points, "point_labels": labels})
            session.obj_with_new_inputs = [_OBJECT]
            mask, score = seen(number, False)
            yield (number, prompt, 1.0) if isinstance(prompt, np.ndarray) else (number, mask, score)
        first = min(prompts)
        for number in [*range(first + 1, len(frames)), *range(first - 1, -1, -1)]:
            if number not in prompts:
                yield number, *seen(number, number < first)
    finally:
        session.reset_inference_session()  # type: ignore[no-untyped-call]


def _points(clicks: Sequence[Click], width: int, height: int, model: Sam2) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Clicks in the square that the model sees: (1, 1, n, 2) and labels (1, 1, n)."""
    import torch

    places = [[[[click.x * model.side / width, click.y * model.side / height] for click in clicks]]]
    labels = [[[int(click.positive) for click in clicks]]]
    return (
        torch.tensor(places, dtype=torch.float32, device=model.device),
        torch.tensor(labels, dtype=torch.int32, device=model.device),
    )


def _logits_of(mask: Mask, model: Sam2) -> "torch.Tensor":
    """Return a mask as the model's own low-resolution logits, (1, 1, side/4, side/4)."""
    import torch

    side = model.side // 4
    small = cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return torch.from_numpy((small * 2 - 1) * _SURE)[None, None].to(model.device, model.dtype)


def _mask_input(mask: Mask, model: Sam2) -> "torch.Tensor":
    """Return a mask as a condition of the tracker, (1, 1, side, side), 0 or 1."""
    import torch

    square = cv2.resize(mask, (model.side, model.side), interpolation=cv2.INTER_LINEAR) > 127
    return torch.from_numpy(square.astype(np.float32))[None, None].to(model.device)


def _full_size(logits: "torch.Tensor", height: int, width: int) -> "torch.Tensor":
    from torch.nn.functional import interpolate

    large = interpolate(logits.float()[None, None], (height, width), mode="bilinear", align_corners=False)
    return large[0, 0]


def _binary(logits: "torch.Tensor") -> Mask:
    import torch

    return np.ascontiguousarray((logits > 0).to(torch.uint8).mul(255).cpu().numpy())


def _stability(logits: "torch.Tensor") -> float:
    wide = float((logits > -1).sum())
    return float((logits > 1).sum()) / wide if wide else 0.0
