"""The subject engine `u2netp`: U²-Net small, run by OpenCV's own network code.

X. Qin et al., "U²-Net: Going Deeper with Nested U-Structure for Salient Object Detection" (Pattern Recognition 2020);
weights Apache-2.0, 4.6 MB, fetched by `popcon models get u2netp`.
"""

from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np

from popcon import naming
from popcon.engines.loaded import Loaded
from popcon.engines.pretrained.catalog import PackageFile, weights_named
from popcon.engines.pretrained.folder import model_folder
from popcon.engines.weights import file_digest
from popcon.errors import EngineUnavailable
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Mask, Rgb

NAME = "u2netp"
SIDE = 320
"""Side of the square that the network sees, px."""
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""ImageNet's, of colours from 0 to 1."""

_networks: Loaded[Any] = Loaded(1)
_turn = Lock()
"""OpenCV's networks hold their input: one picture at a time."""


def weights_file() -> Path:
    """Return where the network's file is kept, whether it is there or not."""
    return model_folder(NAME) / naming.file_name_of(_published().member)


def _published() -> PackageFile:
    source = weights_named(NAME).source
    assert isinstance(source, PackageFile)
    return source


class U2NetP:
    """Finds the most salient thing of a picture. See `SubjectEngine`; about 0.9 s of one core a picture."""

    @property
    def fingerprint(self) -> EngineFingerprint:
        """Of the published weights, whether they are here or not: a finished job stays so where they come or go."""
        return EngineFingerprint(name=NAME, version="1", weights=_published().sha256)

    def check_ready(self) -> None:
        """See that the weights are here and the ones that were published.

        Raises:
            EngineUnavailable: they are not.
        """
        file = weights_file()
        if not file.is_file():
            raise EngineUnavailable(f"The weights of {NAME} are not here; run `popcon models get {NAME}`.")
        if file_digest(file) != _published().sha256:
            raise EngineUnavailable(f"The weights {file} are damaged; run `popcon models get {NAME}`.")

    def find(self, picture: Rgb) -> Mask:
        """Return how likely each pixel belongs to the character, 0 to 255, at the picture's size.

        Raises:
            EngineUnavailable: the weights are missing or damaged.
        """
        self.check_ready()
        file = weights_file()
        network = _networks.get((str(file), file_digest(file)), lambda: _load(file))
        small = np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)
        small = (small / max(float(small.max()), 1.0) - _MEAN) / _DEVIATION
        with _turn:
            network.setInput(np.ascontiguousarray(small.transpose(2, 0, 1)[None]))
            found = np.asarray(network.forward(), np.float32).reshape(-1, SIDE, SIDE)[0]
        low, high = float(found.min()), float(found.max())
        # A picture without any subject has a low maximum, and stretching it would find one in the noise.
        stretched = (found - low) / max(high - low, 0.3)
        size = picture.shape[1], picture.shape[0]
        full = cv2.resize(np.asarray(stretched, np.float32), size, interpolation=cv2.INTER_LINEAR)
        return np.clip(np.rint(np.asarray(full) * 255), 0, 255).astype(np.uint8)


def _load(file: Path) -> Any:
    try:
        return cv2.dnn.readNetFromONNX(str(file))
    except cv2.error as error:
        raise EngineUnavailable(f"The weights {file} cannot be loaded; run `popcon models get {NAME}`.") from error
