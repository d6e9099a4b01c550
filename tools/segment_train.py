"""Fits the prior of the graph engine to drawn scenes with true masks, and writes its weights.

    python -m tools.segment_train --lessons 6000 --minutes 30 --out popcon/engines/segment/prior.npz

Each scene is clicked on as `benchmarks/segment_clicks.py` does, on the prior's own masks: so it learns to correct the
mistakes that it makes itself (as Sofiiuk and others do, "Reviving iterative training with mask guidance", 2022).
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.segment_clicks import deepest
from benchmarks.segment_lessons import lesson
from popcon.engines.segment.prior_features import LONGEST, STATIC, maps_of, maps_of_clicks
from tools.segment_net import Net

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
RATE = 3e-3
JITTER = 5 * LONGEST / 480
MOST_CLICKS = 7
CHECKED = 64
"""Scenes kept out of the fit, to watch it."""


def render_scenes(count: int) -> tuple[Bytes, Bytes]:
    """Render the maps and true masks of as many scenes, as bytes."""
    static = np.zeros((count, STATIC, LONGEST, LONGEST), np.uint8)
    truth = np.zeros((count, LONGEST, LONGEST), np.uint8)
    for number in range(count):
        scene = lesson(number)
        static[number] = np.rint(maps_of(scene.picture) * 255)
        truth[number] = np.rint(cv2.resize(scene.alpha, (LONGEST, LONGEST), interpolation=cv2.INTER_AREA) * 255)
    return static, truth


def augment(static: Floats, truth: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Mirror, turn and recolour a scene at random."""
    if rng.random() < 0.5:
        static, truth = static[..., ::-1], truth[..., ::-1]
    if rng.random() < 0.25:
        static, truth = static[..., ::-1, :], truth[..., ::-1, :]
    if rng.random() < 0.25:
        static, truth = static.transpose(0, 2, 1), truth.T
        static = static[[0, 1, 2, 3, 4, 5, 6, 8, 7, 9, 10]]
    colours = static[rng.permutation(3)]
    if rng.random() < 0.2:
        colours = 1 - colours
    return np.ascontiguousarray(np.concatenate([colours, static[3:]])), np.ascontiguousarray(truth)


class SimulatedUser:
    """Simulated user who clicks on one scene."""

    def __init__(self, static: Floats, truth: Floats, rng: np.random.Generator) -> None:
        self.static, self.truth, self.rng = static, truth, rng
        self.clicks: list[tuple[float, float, bool]] = []
        self.before: Floats | None = None

    def click(self, mask: Floats | None) -> bool:
        """Click once more, given the mask that the clicks so far have led to; False if nothing is wrong."""
        wanted = self.truth > 0.5
        region, positive = wanted, True
        if mask is not None:
            inside = mask > 0.5
            missing, extra = wanted & ~inside, inside & ~wanted
            positive = deepest(missing)[2] >= deepest(extra)[2]
            region = missing if positive else extra
        if not region.any():
            return False
        x, y, _ = deepest(np.asarray(region))
        turn, far = self.rng.uniform(0, 2 * np.pi), JITTER * np.sqrt(self.rng.random())
        u, v = x + 0.5 + far * np.cos(turn), y + 0.5 + far * np.sin(turn)
        if not (0 <= u < LONGEST and 0 <= v < LONGEST and region[int(v), int(u)]):
            u, v = x + 0.5, y + 0.5
        self.clicks.append((float(u), float(v), bool(positive)))
        self.before = None if mask is None else (mask > 0.5).astype(np.float32)
        return True

    def start_from_mask(self) -> None:
        """Start, as tracking does, with a mask of the frame before that is about right, and one click well inside."""
        turn, grow = self.rng.uniform(-8, 8), self.rng.uniform(0.92, 1.08)
        matrix = cv2.getRotationMatrix2D((LONGEST / 2, LONGEST / 2), turn, grow)
        matrix[:, 2] = matrix[:, 2] + self.rng.normal(0, 1.5, 2)
        moved = cv2.warpAffine(self.truth, matrix, (LONGEST, LONGEST)) if self.rng.random() < 0.7 else self.truth
        mask = (moved > 0.5).astype(np.uint8)
        for _ in range(int(self.rng.integers(0, 5))):  # parts that were lost, and some that were not there
            x, y = self.rng.integers(0, LONGEST, 2).tolist()
            cv2.circle(mask, (x, y), int(self.rng.integers(2, 14)), int(self.rng.random() < 0.35), -1)
        both = (mask > 0) & (self.truth > 0.5)
        if both.any():
            x, y, _ = deepest(both)
            self.clicks, self.before = [(x + 0.5, y + 0.5, True)], mask.astype(np.float32)
        else:
            self.click(None)

    def features(self) -> Floats:
        return np.concatenate([self.static, maps_of_clicks(self.static, self.clicks, self.before)])


def loss_of(logit: Tensor, truth: Tensor) -> Tensor:
    """Return the sum of cross entropy and half a soft IoU loss."""
    cross = functional.binary_cross_entropy_with_logits(logit, truth)
    inside = torch.sigmoid(logit)
    both = (inside * truth).sum((1, 2))
    either = (inside + truth - inside * truth).sum((1, 2))
    return cross + 0.5 * (1 - both / (either + 1)).mean()


def predict(net: Net, users: Sequence[SimulatedUser]) -> Tensor:
    """Return what the net makes of all clicks so far, (n, rows, columns)."""
    logit: Tensor = net(torch.from_numpy(np.stack([user.features() for user in users])))
    return logit


CARRIED = 0.25
"""Share of the batches that learn to carry a mask."""


def simulate_clicks(net: Net, users: list[SimulatedUser], clicks: int) -> Tensor:
    """Return the last logits after that many clicks of each (0: a given mask); gradients only of the last answer."""
    masks: list[Floats | None] = [None] * len(users)
    if not clicks:
        for user in users:
            user.start_from_mask()
        return predict(net, users)
    for count in range(clicks):
        for user, mask in zip(users, masks, strict=True):
            user.click(mask)
        if count == clicks - 1:
            return predict(net, users)
        net.eval()
        with torch.no_grad():
            masks = list(torch.sigmoid(predict(net, users)).numpy())
        net.train()
    raise AssertionError("clicks are not negative")


def evaluate(net: Net, static: Bytes, truth: Bytes) -> list[float]:
    """Return the mean IoU of the scenes kept out, after each of a few clicks."""
    rng = np.random.default_rng(0)
    users = [
        SimulatedUser(s.astype(np.float32) / 255, t.astype(np.float32) / 255, rng)
        for s, t in zip(static, truth, strict=True)
    ]
    net.eval()
    found: list[float] = []
    masks: list[Floats | None] = [None] * len(users)
    for _ in range(6):
        for user, mask in zip(users, masks, strict=True):
            user.click(mask)
        with torch.no_grad():
            answers = torch.sigmoid(predict(net, users)).numpy()
        masks = list(answers)
        wanted, inside = truth > 127, answers > 0.5
        found.append(float(((inside & wanted).sum((1, 2)) / (inside | wanted).sum((1, 2))).mean()))
    net.train()
    return found


def fit(static: Bytes, truth: Bytes, minutes: float, batch: int, out: Path, begin: Path | None = None) -> None:
    """Train and write the weights, now and then and at the end."""
    rng = np.random.default_rng(1)
    torch.manual_seed(1)
    net = Net()
    if begin is not None:
        with np.load(begin) as table:
            net.restore({name: table[name].astype(np.float32) for name in table.files})
        net.train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    start, step, recent = time.monotonic(), 0, 0.0
    while (gone := (time.monotonic() - start) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = (
                RATE * (0.4 if net.folded else 1) * min(1, (step + 1) / 50) * (0.5 + 0.5 * np.cos(np.pi * gone)) + 1e-5
            )
        users = []
        for number in rng.integers(CHECKED, len(static), batch):
            pair = static[number].astype(np.float32) / 255, truth[number].astype(np.float32) / 255
            users.append(SimulatedUser(*augment(*pair, rng), rng))
        # Few clicks more often: most of what is gained is gained there.
        clicks = 0 if rng.random() < CARRIED else 1 + int(rng.geometric(0.33) - 1) % MOST_CLICKS
        logit = simulate_clicks(net, users, clicks)
        loss = loss_of(logit, torch.from_numpy(np.stack([user.truth for user in users])))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        recent, step = 0.98 * recent + 0.02 * loss.item(), step + 1
        if step % 200 == 0:
            ious = evaluate(net, static[:CHECKED], truth[:CHECKED])
            print(f"{step} {gone:.2f} loss {recent:.3f} IoU", *(f"{iou:.3f}" for iou in ious), flush=True)
            save_weights(net, out)
    save_weights(net, out)


def save_weights(net: Net, out: Path) -> None:
    """Write the weights with half precision."""
    net.eval()
    table: dict[str, Any] = {name: values.astype(np.float16) for name, values in net.weights().items()}
    np.savez_compressed(out, **table)
    net.train()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--lessons", type=int, default=6000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--begin", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    fit(*render_scenes(options.lessons), options.minutes, options.batch, options.out, options.begin)


if __name__ == "__main__":
    main()
