"""Fits the prior of the graph engine to drawn scenes with true masks, and writes its weights.

    python -m tools.segment_train --lessons 6000 --minutes 30 --out popcon/engines/segment/prior.npz

Each scene is clicked on as `benchmarks/segment_clicks.py` does, on the prior's own masks: so it learns to correct the
mistakes that it makes itself (as Sofiiuk and others do, "Reviving iterative training with mask guidance", 2022).
"""

import argparse
import time
from collections.abc import Mapping, Sequence
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
from popcon.engines.segment.prior import BLOCKS, WIDTHS
from popcon.engines.segment.prior_features import DYNAMIC, LONGEST, STATIC, maps_of, maps_of_clicks

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
RATE = 3e-3
JITTER = 5 * LONGEST / 480
MOST_CLICKS = 7
CHECKED = 64
"""Scenes kept out of the fit, to watch it."""


class Unit(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.05)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(x)))


class Net(nn.Module):
    """A U-Net whose ways down and up are added, not stacked; `popcon.engines.segment.prior` runs it with NumPy."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.units = nn.ModuleDict(
            {
                "enter": Unit(4 * (STATIC + DYNAMIC), fine, 1),
                "fine0": Unit(fine, fine),
                "fine1": Unit(fine, fine),
                "down0": Unit(4 * fine, middle, 1),
                "middle0": Unit(middle, middle),
                "middle1": Unit(middle, middle),
                "down1": Unit(4 * middle, coarse, 1),
                **{f"coarse{n}": Unit(coarse, coarse) for n in range(2 * BLOCKS)},
                "up1": Unit(coarse, middle, 1),
                "middle2": Unit(middle, middle),
                "up0": Unit(middle, fine, 1),
                "fine2": Unit(fine, fine),
                "fine3": Unit(fine, fine),
            }
        )
        self.leave = nn.Conv2d(fine, 4, 3, padding=1)
        self.folded = False

    def forward(self, x: Tensor) -> Tensor:
        unit, halved = self.units, functional.pixel_unshuffle
        fine = unit["enter"](halved(x, 2))
        fine = fine + unit["fine1"](unit["fine0"](fine))
        middle = unit["down0"](halved(fine, 2))
        middle = middle + unit["middle1"](unit["middle0"](middle))
        coarse = unit["down1"](halved(middle, 2))
        for n in range(BLOCKS):
            coarse = coarse + unit[f"coarse{2 * n + 1}"](unit[f"coarse{2 * n}"](coarse))
        middle = middle + functional.interpolate(unit["up1"](coarse), scale_factor=2, mode="nearest")
        middle = middle + unit["middle2"](middle)
        fine = fine + functional.interpolate(unit["up0"](middle), scale_factor=2, mode="nearest")
        fine = fine + unit["fine3"](unit["fine2"](fine))
        return functional.pixel_shuffle(self.leave(fine), 2)[:, 0]

    def restore(self, table: Mapping[str, Floats]) -> None:
        """Go on from written weights: batch norm has been folded into them, and stays so."""
        with torch.no_grad():
            for name, unit in self.units.items():
                assert isinstance(unit, Unit)
                unit.conv.weight.copy_(_kernel(table[name], unit.conv.weight))
                unit.norm.bias.copy_(torch.from_numpy(table[f"{name}.bias"]))
                assert unit.norm.running_var is not None
                unit.norm.running_var.fill_(1 - unit.norm.eps)
            assert self.leave.bias is not None
            self.leave.weight.copy_(_kernel(table["leave"], self.leave.weight))
            self.leave.bias.copy_(torch.from_numpy(table["leave.bias"]))
        self.folded = True

    def train(self, mode: bool = True) -> "Net":
        super().train(mode)
        if mode and self.folded:
            for unit in self.units.values():
                assert isinstance(unit, Unit)
                unit.norm.eval()
        return self

    def weights(self) -> dict[str, Floats]:
        """What the NumPy side reads: for each unit a matrix (inputs, outputs) and a bias, batch norm folded in."""
        found: dict[str, Floats] = {}
        for name, unit in self.units.items():
            assert isinstance(unit, Unit)
            mean, variance = unit.norm.running_mean, unit.norm.running_var
            assert mean is not None
            assert variance is not None
            scale = unit.norm.weight / torch.sqrt(variance + unit.norm.eps)
            found[name] = _matrix(unit.conv.weight * scale[:, None, None, None])
            found[f"{name}.bias"] = (unit.norm.bias - mean * scale).detach().numpy()
        assert self.leave.bias is not None
        found["leave"], found["leave.bias"] = _matrix(self.leave.weight), self.leave.bias.detach().numpy()
        return found


def _matrix(weight: Tensor) -> Floats:
    return np.asarray(weight.detach().permute(2, 3, 1, 0).reshape(-1, weight.shape[0]).numpy(), np.float32)


def _kernel(matrix: Floats, like: Tensor) -> Tensor:
    outputs, inputs, size, _ = like.shape
    return torch.from_numpy(matrix.reshape(size, size, inputs, outputs)).permute(3, 2, 0, 1)


def drawn(count: int) -> tuple[Bytes, Bytes]:
    """Maps and true masks of as many scenes, as bytes."""
    static = np.zeros((count, STATIC, LONGEST, LONGEST), np.uint8)
    truth = np.zeros((count, LONGEST, LONGEST), np.uint8)
    for number in range(count):
        scene = lesson(number)
        static[number] = np.rint(maps_of(scene.picture) * 255)
        truth[number] = np.rint(cv2.resize(scene.alpha, (LONGEST, LONGEST), interpolation=cv2.INTER_AREA) * 255)
    return static, truth


def turned(static: Floats, truth: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Mirrored, turned and with its colours exchanged, by chance."""
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


class Person:
    """Clicks on one scene."""

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

    def carry(self) -> None:
        """Have, as tracking has, a mask of the frame before that is about right, and one click well inside."""
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

    def seen(self) -> Floats:
        return np.concatenate([self.static, maps_of_clicks(self.static, self.clicks, self.before)])


def loss_of(logit: Tensor, truth: Tensor) -> Tensor:
    """Cross entropy and a soft IoU, half of each."""
    cross = functional.binary_cross_entropy_with_logits(logit, truth)
    inside = torch.sigmoid(logit)
    both = (inside * truth).sum((1, 2))
    either = (inside + truth - inside * truth).sum((1, 2))
    return cross + 0.5 * (1 - both / (either + 1)).mean()


def answer(net: Net, people: Sequence[Person]) -> Tensor:
    """What the net makes of all clicks so far, (n, rows, columns)."""
    logit: Tensor = net(torch.from_numpy(np.stack([person.seen() for person in people])))
    return logit


CARRIED = 0.25
"""Share of the batches that learn to carry a mask."""


def clicked(net: Net, people: list[Person], clicks: int) -> Tensor:
    """The last logits after everybody has clicked that often (0: carried a mask); gradients only of the last answer."""
    masks: list[Floats | None] = [None] * len(people)
    if not clicks:
        for person in people:
            person.carry()
        return answer(net, people)
    for count in range(clicks):
        for person, mask in zip(people, masks, strict=True):
            person.click(mask)
        if count == clicks - 1:
            return answer(net, people)
        net.eval()
        with torch.no_grad():
            masks = list(torch.sigmoid(answer(net, people)).numpy())
        net.train()
    raise AssertionError("clicks are not negative")


def watched(net: Net, static: Bytes, truth: Bytes) -> list[float]:
    """Mean IoU of the scenes kept out, after each of a few clicks."""
    rng = np.random.default_rng(0)
    people = [
        Person(s.astype(np.float32) / 255, t.astype(np.float32) / 255, rng) for s, t in zip(static, truth, strict=True)
    ]
    net.eval()
    found: list[float] = []
    masks: list[Floats | None] = [None] * len(people)
    for _ in range(6):
        for person, mask in zip(people, masks, strict=True):
            person.click(mask)
        with torch.no_grad():
            answers = torch.sigmoid(answer(net, people)).numpy()
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
        people = []
        for number in rng.integers(CHECKED, len(static), batch):
            pair = static[number].astype(np.float32) / 255, truth[number].astype(np.float32) / 255
            people.append(Person(*turned(*pair, rng), rng))
        # Few clicks more often: most of what is gained is gained there.
        clicks = 0 if rng.random() < CARRIED else 1 + int(rng.geometric(0.33) - 1) % MOST_CLICKS
        logit = clicked(net, people, clicks)
        loss = loss_of(logit, torch.from_numpy(np.stack([person.truth for person in people])))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        recent, step = 0.98 * recent + 0.02 * loss.item(), step + 1
        if step % 200 == 0:
            ious = watched(net, static[:CHECKED], truth[:CHECKED])
            print(f"{step} {gone:.2f} loss {recent:.3f} IoU", *(f"{iou:.3f}" for iou in ious), flush=True)
            saved(net, out)
    saved(net, out)


def saved(net: Net, out: Path) -> None:
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
    fit(*drawn(options.lessons), options.minutes, options.batch, options.out, options.begin)


if __name__ == "__main__":
    main()
