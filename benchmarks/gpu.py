"""Frames a second of the models: bare, naive, through the engine, a host and the whole flow; clicks; memory.

    python -m benchmarks.gpu                                   small models, wherever it runs: the ratios count
    python -m benchmarks.gpu --birefnet PATH --sam2 PATH       real ones

Asked for on a GPU: the flow at 90 % of the bare model's rate, fp16 batches at twice the naive loop, a click in 30 ms.
Without one, a small model that takes 0.2 to 0.4 s a frame on one core stands in. Times are wall times, the best of some
rounds in which all rows take turns, so that what else the machine does meets all of them; its load is printed. Beside a
heavy load the share of the time in which the model computes says more than the ratio of the rates.
"""

import argparse
import logging
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.gpu_flow import WholeFlow, prefect_server
from popcon.engines.base import Click
from popcon.engines.matte import modelled
from popcon.engines.matte.birefnet.engine import LocalBirefnet
from popcon.engines.matte.birefnet.settings import BirefnetSettings
from popcon.engines.matte.modelled import ModelledMatte
from popcon.engines.remote.client import HostedAlpha
from popcon.engines.remote.connection import Address
from popcon.engines.segment.sam2 import Sam2Engine
from popcon.engines.segment.sam2_settings import Sam2Settings
from popcon.inference.server import Host
from popcon.inference.service import Service
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.pixels import Rgb
from tests.cutout_set import make_clip
from tests.tiny_models import birefnet_folder, sam2_folder

ROUNDS = 2


class Busy:
    """How long a model computes, seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watched(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*arguments)
            finally:
                self.seconds += time.perf_counter() - began

        return run


def best_rates(
    rows: dict[str, tuple[int, Callable[[], Any]]], rounds: int = ROUNDS, busy: Busy | None = None
) -> dict[str, tuple[float, float]]:
    """Of each row (frames, work), in turn and after a round to warm up: the best frames a second, and the largest share
    of the time in which the model computed."""
    best = dict.fromkeys(rows, (0.0, 0.0))
    for number in range(rounds + 1):
        for name, (frames, work) in rows.items():
            before = busy.seconds if busy else 0.0
            seconds = _seconds(work)
            share = (busy.seconds - before) / seconds if busy else 0.0
            if number:
                best[name] = max(best[name][0], frames / seconds), max(best[name][1], share)
    return best


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


@contextmanager
def inference_host(choice: EngineChoice) -> Iterator[Address]:
    """A host in this process: its cost is the protocol's, not a second model's."""
    host = Host(Service([choice]))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    try:
        yield Address(host.url)
    finally:
        host.close()


def in_chunks(engine: ModelledMatte, frames: list[Rgb], chunk: int) -> None:
    """What the flow's tasks do, without the flow: chunks, some of them at once."""
    modelled.forget()
    clip = engine.study(frames, None)

    def one(first: int) -> None:
        before = frames[first - 1] if first else None
        after = frames[first + chunk] if first + chunk < len(frames) else None
        engine.cut_out(frames[first : first + chunk], clip, before, after)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(0, len(frames), chunk)))


def mattes(settings: BirefnetSettings, frames: list[Rgb], folder: Path) -> None:
    """Print the table of the matte engine."""
    import torch

    model = LocalBirefnet(settings)
    network = model.network()
    n, chunk = len(frames), settings.batch
    square = torch.zeros(chunk, 3, network.side, network.side, device=network.device, dtype=network.dtype)
    square = square.to(memory_format=torch.channels_last)

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(0, n, chunk):
                network.module(square)
            if network.device.type == "cuda":
                torch.cuda.synchronize()

    choice = EngineChoice(name="birefnet", settings=settings.model_dump())
    fingerprint = EngineFingerprint(name="birefnet", version="benchmark")
    engine = ModelledMatte(fingerprint, model)
    busy = Busy()
    network._forward = busy.watched(network._forward)  # type: ignore[method-assign]
    with inference_host(choice) as address, prefect_server(folder / "prefect"):
        hosted = ModelledMatte(fingerprint, HostedAlpha(address, choice, model))
        flows = [WholeFlow(folder / str(number), choice, frames) for number in range(2)]

        def two() -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda flow: flow.run(), flows))

        def through_a_host() -> None:
            os.environ["POPCON_INFERENCE_URL"] = address.url
            try:
                flows[0].run()
            finally:
                del os.environ["POPCON_INFERENCE_URL"]

        base = f"bare model, batches of {chunk}"
        rows: dict[str, tuple[int, Callable[[], Any]]] = {
            base: (n, bare),
            "naive loop, one frame at a time": (n, lambda: naive(model, frames)),
            "engine: alpha only": (n, lambda: network.alphas(frames)),
            "engine: cutouts in chunks": (n, lambda: in_chunks(engine, frames, chunk)),
            "the same through an inference host": (n, lambda: in_chunks(hosted, frames, chunk)),
            "whole cut_out flow, one action": (n, flows[0].run),
            "whole cut_out flow, one action, through a host": (n, through_a_host),
            "whole cut_out flow, two actions at once": (2 * n, two),
        }
        rates = best_rates(rows, busy=busy)
    print(f"\nbirefnet on {network.device}, {str(network.dtype).removeprefix('torch.')}, {network.side} px, {n} frames")
    print("| | frames/s | of the bare model | time in which the model computes |\n|---|---|---|---|")
    for name, (value, share) in rates.items():
        computes = f"{100 * share:.0f} %" if share else ""
        print(f"| {name} | {value:.2f} | {100 * value / rates[base][0]:.0f} % | {computes} |")
    _memory(network.device)


def clicks(settings: Sam2Settings, frames: list[Rgb]) -> None:
    """Print the table of the segment engine."""
    engine = Sam2Engine(settings)
    h, w = frames[0].shape[:2]
    embedding = engine.encode(frames[0])
    where = [Click(x=w / 2, y=h / 2), Click(x=2, y=2, positive=False)]
    model = engine.model()
    rates = best_rates(
        {
            "encode": (1, lambda: engine.encode(frames[0])),
            "click": (1, lambda: engine.predict(embedding, where)),
            "track": (len(frames), lambda: list(engine.track(frames, {len(frames) // 2: where}))),
        },
        rounds=8,
    )
    print(f"\nsam2 on {model.device}, {str(model.dtype).removeprefix('torch.')}, {model.side} px")
    print("| encode (ms) | click (ms) | track (frames/s) |\n|---|---|---|")
    print(f"| {1000 / rates['encode'][0]:.1f} | {1000 / rates['click'][0]:.1f} | {rates['track'][0]:.1f} |")
    _memory(model.device)


def _memory(device: Any) -> None:
    import torch

    print(f"Process memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    if device.type == "cuda":
        print(f"GPU memory at most: {torch.cuda.max_memory_allocated() / 1e9:.2f} GB")
        torch.cuda.reset_peak_memory_stats()


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.setdefault("HF_HOME", name)
        import torch

        on_gpu = torch.cuda.is_available()
        if on_gpu:
            print(f"GPU: {torch.cuda.get_device_name()}")
        else:
            torch.set_num_threads(1)
            print("No GPU is here: one core computes, with a small model.")
        path = options.birefnet or str(birefnet_folder(folder / "birefnet", width=64, depth=6, coarse=4))
        size = options.size or (0 if options.birefnet or on_gpu else 512)
        mattes(BirefnetSettings(path=path, trust_remote_code=True, size=size), frames, folder)
        sam = options.sam2 or str(sam2_folder(folder / "sam2"))
        clicks(Sam2Settings(path=sam, size=0 if options.sam2 else 64), frames)
    print(f"\nLoad of the machine meanwhile: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
