"""Frames a second of the models: bare, through the engine, through a host, and a naive loop; clicks; memory.

    python -m benchmarks.gpu                                   small models, wherever it runs: the ratios count
    python -m benchmarks.gpu --birefnet PATH --sam2 PATH       real ones

Asked for on a GPU: the engine at 90 % of the bare model's rate, fp16 batches at twice the naive loop, a click in 30 ms.
"""

import argparse
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.cutout_set import make_clip
from benchmarks.tiny_models import birefnet_folder, sam2_folder
from popcon.engines.base import Click, Rgb
from popcon.engines.matte.birefnet.engine import LocalBirefnet
from popcon.engines.matte.birefnet.settings import BirefnetSettings
from popcon.engines.matte.modelled import AlphaMemory, ModelledMatte
from popcon.engines.segment.sam2 import Sam2Engine
from popcon.engines.segment.sam2_settings import Sam2Settings
from popcon.inference.client import Address, HostedAlpha
from popcon.inference.server import Host
from popcon.inference.service import Service
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice


def rate(work: Callable[[], Any], frames: int, rounds: int = 3) -> float:
    """Frames a second, the best of some rounds after one to warm up. Wall time: the device works beside us."""
    work()
    best = min(_seconds(work) for _ in range(rounds))
    return frames / best


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def naive(model: LocalBirefnet, frames: list[Rgb]) -> None:
    """What a script does: one frame at a time, full precision, preparation on the CPU."""
    import torch

    network = model.network()
    module = network.module.float()
    with torch.inference_mode():
        for frame in frames:
            small = cv2.resize(frame, (network.side, network.side))
            x = torch.from_numpy(small.astype(np.float32) / 255).permute(2, 0, 1)[None].to(network.device)
            out = module(x)
            logits = out[-1] if isinstance(out, (list, tuple)) else out
            cv2.resize(logits.sigmoid()[0, 0].float().cpu().numpy(), frame.shape[1::-1])
    module.to(network.dtype if network.dtype == torch.float16 else torch.float32)


def mattes(settings: BirefnetSettings, frames: list[Rgb]) -> None:
    """Print the table of the matte engine."""
    import torch

    model = LocalBirefnet(settings)
    network = model.network()
    n, chunk = len(frames), settings.batch
    square = torch.zeros(chunk, 3, network.side, network.side, device=network.device, dtype=network.dtype)

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(0, n, chunk):
                network.module(square)
            if network.device.type == "cuda":
                torch.cuda.synchronize()

    def flow(engine: ModelledMatte, workers: int) -> None:
        clip = engine.study(frames, None)
        starts = list(range(0, n, chunk))

        def one(first: int) -> None:
            before = frames[first - 1] if first else None
            after = frames[first + chunk] if first + chunk < n else None
            engine.cut_out(frames[first : first + chunk], clip, before, after)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, starts))

    def fresh(engine: ModelledMatte) -> None:
        import popcon.engines.matte.modelled as modelled

        modelled._memory = AlphaMemory()  # every round computes anew
        flow(engine, workers=2)

    fingerprint = EngineFingerprint(name="birefnet", version="benchmark")
    engine = ModelledMatte(fingerprint, model)
    choice = EngineChoice(name="birefnet", settings=settings.model_dump())
    host = Host(Service([choice]))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    hosted = ModelledMatte(fingerprint, HostedAlpha(Address(host.url), choice, model))
    rows = {
        "naive loop, one frame at a time": rate(lambda: naive(model, frames), n),
        f"bare model, batches of {chunk}": rate(bare, n),
        "engine: alpha only": rate(lambda: network.alphas(frames), n),
        "engine: cutouts in chunks, two at once": rate(lambda: fresh(engine), n),
        "the same through an inference host": rate(lambda: fresh(hosted), n),
    }
    host.close()
    base = rows[f"bare model, batches of {chunk}"]
    print(f"\nbirefnet on {network.device}, {str(network.dtype).removeprefix('torch.')}, {network.side} px, {n} frames")
    print("| | frames/s | of the bare model |\n|---|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value:.2f} | {100 * value / base:.0f} % |")
    _memory(network.device)


def clicks(settings: Sam2Settings, frames: list[Rgb]) -> None:
    """Print the table of the segment engine."""
    engine = Sam2Engine(settings)
    h, w = frames[0].shape[:2]
    embedding = engine.encode(frames[0])
    where = [Click(x=w / 2, y=h / 2), Click(x=2, y=2, positive=False)]
    model = engine.model()
    encode = 1000 / rate(lambda: engine.encode(frames[0]), 1)
    click = 1000 / rate(lambda: engine.predict(embedding, where), 1, rounds=10)
    track = rate(lambda: list(engine.track(frames, {len(frames) // 2: where})), len(frames))
    print(f"\nsam2 on {model.device}, {str(model.dtype).removeprefix('torch.')}, {model.side} px")
    print("| encode (ms) | click (ms) | track (frames/s) |\n|---|---|---|")
    print(f"| {encode:.1f} | {click:.1f} | {track:.1f} |")
    _memory(model.device)


def _memory(device: Any) -> None:
    import torch

    if device.type == "cuda":
        print(f"GPU memory at most: {torch.cuda.max_memory_allocated() / 1e9:.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--birefnet", default="", help="a BiRefNet folder, whose code runs")
    parser.add_argument("--sam2", default="", help="a SAM 2 folder for transformers")
    parser.add_argument("--size", type=int, default=0, help="side that BiRefNet sees, px")
    parser.add_argument("--frames", type=int, default=24)
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    logging.basicConfig(level=logging.ERROR)
    cv2.setNumThreads(1)
    frames = list(make_clip(900, "green", count=options.frames).frames)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("HF_HOME", folder)
        import torch

        if not torch.cuda.is_available():
            torch.set_num_threads(1)
        small = not options.birefnet
        path = options.birefnet or str(birefnet_folder(Path(folder) / "birefnet", width=8, depth=2))
        size = options.size or (256 if small and not torch.cuda.is_available() else 0)
        mattes(BirefnetSettings(path=path, trust_remote_code=True, size=size), frames)
        sam = options.sam2 or str(sam2_folder(Path(folder) / "sam2"))
        clicks(Sam2Settings(path=sam, size=0 if options.sam2 else 64), frames)


if __name__ == "__main__":
    main()
