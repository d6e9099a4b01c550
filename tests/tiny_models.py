"""Small models in the forms in which people have the real ones: for tests and benchmarks without weights to fetch."""

import json
from pathlib import Path
from typing import Any

import numpy as np

BIREFNET_CONFIG = """
from transformers import PretrainedConfig


class BiRefNetConfig(PretrainedConfig):
    model_type = "SegformerForSemanticSegmentation"

    def __init__(self, bb_pretrained=False, width=8, depth=1, most=0, coarse=1, **kwargs):
        self.bb_pretrained, self.width, self.depth, self.most = bb_pretrained, width, depth, most
        self.coarse = coarse
        super().__init__(**kwargs)
"""

BIREFNET_CODE = """
import torch
from einops import rearrange
from torch import nn
from torchvision.ops import deform_conv2d
from transformers import PreTrainedModel

from .BiRefNet_config import BiRefNetConfig


class BiRefNet(PreTrainedModel):
    config_class = BiRefNetConfig

    def __init__(self, bb_pretrained=True, config=BiRefNetConfig()):
        super().__init__(config)
        assert not bb_pretrained, "would fetch a backbone"
        self.stem = nn.Conv2d(3, config.width, 1)
        self.body = nn.ModuleList(nn.Conv2d(config.width, config.width, 3, padding=1) for _ in range(config.depth))
        self.kernel = nn.Parameter(torch.zeros(config.width, config.width, 3, 3))
        self.head = nn.Conv2d(config.width, 1, 1)
        self.most = config.most

    def forward(self, x):
        if 0 < self.most < x.shape[0]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        if self.config.coarse > 1:
            x = nn.functional.avg_pool2d(x, self.config.coarse)
        x = self.stem(x)
        for layer in self.body:
            x = x + layer(x)
        offsets = torch.zeros(x.shape[0], 18, *x.shape[-2:], dtype=x.dtype, device=x.device)
        x = x + deform_conv2d(x, offsets, self.kernel, padding=1)
        logits = self.head(rearrange(x, "b c h w -> b c h w"))
        if self.config.coarse > 1:
            logits = nn.functional.interpolate(logits, scale_factor=self.config.coarse, mode="bilinear")
        return [torch.zeros_like(logits), logits]
"""


def birefnet_folder(
    folder: Path,
    form: str = "safetensors",
    width: int = 8,
    depth: int = 1,
    most: int = 0,
    prefix: str = "",
    coarse: int = 1,
) -> Path:
    """A folder with remote code like BiRefNet's, whose weights find what is redder than it is green.

    Arguments:
        folder: where to put it; made.
        form: safetensors, bin, or pth (the weights lie beside the folder, as `folder.pth`).
        width, depth: of the network; larger ones give benchmarks something to do.
        most: frames in a batch over which it says that memory is full; 0: never.
        coarse: the network works on pixels this many times as large, as real ones do with most of their layers.
        prefix: before the names of weights, as training leaves it.

    Returns:
        What to set as `path`.
    """
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    (folder / "BiRefNet_config.py").write_text(BIREFNET_CONFIG)
    (folder / "birefnet.py").write_text(BIREFNET_CODE)
    config = {
        "architectures": ["BiRefNet"],
        "auto_map": {
            "AutoConfig": "BiRefNet_config.BiRefNetConfig",
            "AutoModelForImageSegmentation": "birefnet.BiRefNet",
        },
        "bb_pretrained": False, "width": width, "depth": depth, "most": most, "coarse": coarse,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    stem = torch.randn(width, 3, 1, 1) * 0.01
    stem[0] = torch.tensor([0.229, -0.224, 0.0]).view(3, 1, 1) * 20  # undoes ImageNet's scale
    bias = torch.zeros(width)
    bias[0] = (0.485 - 0.456) * 20 - 6
    head = torch.zeros(1, width, 1, 1)
    head[0, 0] = 1
    state = {
        "stem.weight": stem, "stem.bias": bias, "head.weight": head, "head.bias": torch.zeros(1),
        "kernel": torch.zeros(width, width, 3, 3),
    }  # fmt: skip
    for number in range(depth):
        state[f"body.{number}.weight"] = torch.zeros(width, width, 3, 3)
        state[f"body.{number}.bias"] = torch.zeros(width)
    state = {prefix + name: value for name, value in state.items()}
    if form == "safetensors":
        save_file(state, folder / "model.safetensors")
        return folder
    file = folder.with_suffix(".pth") if form == "pth" else folder / "pytorch_model.bin"
    torch.save({"state_dict": state} if form == "pth" else state, file)
    return file if form == "pth" else folder


def red_character(count: int = 4, side: int = 96, backdrop: tuple[int, int, int] = (20, 190, 60)) -> list[Any]:
    """Frames (side, side, 3) uint8 of a red disc that moves, with a yellow spark that models lose."""
    frames = []
    y, x = np.mgrid[:side, :side]
    for number in range(count):
        frame = np.empty((side, side, 3), np.uint8)
        frame[:] = backdrop
        cx = side // 2 + 2 * number
        frame[(x - cx) ** 2 + (y - side // 2) ** 2 <= (side // 5) ** 2] = (210, 30, 30)
        sx = 12 + number
        frame[(x - sx) ** 2 + (y - 12) ** 2 <= 16] = (210, 235, 60)
        frames.append(frame)
    return frames


def sam2_folder(folder: Path, side: int = 64, kind: str = "Sam2VideoModel") -> Path:
    """A folder with a SAM 2 for transformers of a million random weights. The object always counts as present."""
    import torch
    import transformers

    torch.manual_seed(0)
    grids = [[side // step] * 2 for step in (4, 8, 16)]
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=16, num_attention_heads=1, image_size=[side, side], blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[16, 32, 64, 128], num_attention_heads_per_stage=[1, 2, 4, 8],
        global_attention_blocks=[3], window_positional_embedding_background_size=[7, 7],
    )  # fmt: skip
    vision = transformers.Sam2VisionConfig(
        backbone_config=backbone, backbone_channel_list=[128, 64, 32, 16], backbone_feature_sizes=grids,
        fpn_hidden_size=128,
    )  # fmt: skip
    prompt = transformers.Sam2PromptEncoderConfig(hidden_size=128, image_size=side)
    decoder = transformers.Sam2MaskDecoderConfig(hidden_size=128, mlp_dim=128, iou_head_hidden_dim=128)
    parts: dict[str, Any] = {"vision_config": vision, "prompt_encoder_config": prompt, "mask_decoder_config": decoder}
    config: Any
    if kind == "Sam2Model":
        config = transformers.Sam2Config(**parts)
    else:
        config = transformers.Sam2VideoConfig(
            **parts, image_size=side, memory_attention_hidden_size=128, memory_encoder_hidden_size=128,
            memory_encoder_output_channels=64, memory_attention_rope_feat_sizes=grids[2],
            memory_attention_feed_forward_hidden_size=128, memory_attention_num_layers=2,
            mask_downsampler_embed_dim=128, memory_fuser_embed_dim=128, memory_fuser_intermediate_dim=128,
        )  # fmt: skip
    model = getattr(transformers, kind)(config).eval()
    with torch.no_grad():
        model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(10)
    model.save_pretrained(str(folder))
    return folder


def ultralytics_file(folder: Path) -> Path:
    """A `sam2.1_t.pt` of the real architecture and random weights (156 MB)."""
    import torch
    from ultralytics.models.sam import build

    real = build._load_checkpoint
    build._load_checkpoint = lambda model, checkpoint: model
    try:
        torch.manual_seed(0)
        model: Any = build.build_sam2_t("sam2.1_t.pt")  # type: ignore[no-untyped-call]
    finally:
        build._load_checkpoint = real
    with torch.no_grad():
        model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias.fill_(10)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sam2.1_t.pt"
    torch.save({"model": model.state_dict()}, file)
    return file
