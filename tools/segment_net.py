"""The network of the graph engine's prior, as it is trained; `popcon.engines.segment.prior` runs it with NumPy."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from popcon.engines.segment.prior import BLOCKS, WIDTHS
from popcon.engines.segment.prior_features import DYNAMIC, STATIC

Floats = NDArray[np.float32]


class Unit(nn.Module):
    """Convolution, batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.05)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(x)))


class Net(nn.Module):
    """U-Net whose skip connections are added, not concatenated."""

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
        """Load written weights: batch norm has been folded into them, and stays so."""
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
        """Return the weights for NumPy: for each unit a matrix (inputs, outputs) and a bias, batch norm folded in."""
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
