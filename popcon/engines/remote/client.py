"""Engines that are computed on an inference host, behind the same protocols as in this process.

What a host does not serve is computed in this process, as without a host.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from popcon.engines.abilities import ChecksReadiness
from popcon.engines.base import Click, SegmentEngine
from popcon.engines.matte.modelled import AlphaModel
from popcon.engines.remote.connection import Address, HostGone, NotServed, ask, exchange, read_track
from popcon.engines.remote.wire import pack
from popcon.errors import BadInput, PopconError
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.pixels import Mask, Rgb

_log = logging.getLogger("popcon.inference")


class HostedAlpha:
    """An `AlphaModel` on a host; in this process where the host does not serve it, or is gone for long.

    Arguments:
        address: of the host.
        choice: the engine and its settings.
        local: what computes in this process.
    """

    def __init__(self, address: Address, choice: EngineChoice, local: AlphaModel) -> None:
        self._address, self._choice, self._local = address, choice, local
        self._elsewhere = True

    @property
    def key(self) -> Any:
        return self._local.key

    def check(self) -> None:
        self._local.check()

    def ready(self) -> float | None:
        """See that the host has it loaded; load it here if it does not serve it.

        Raises:
            EngineUnavailable: neither the host nor this process can load the model.
            Fault: the host does not answer, for long, and this process cannot load the model.
        """
        if self._elsewhere:
            try:
                said, _ = exchange(self._address, "/load", {"engine": _as_json(self._choice)}, [])
                cost = said.get("seconds_on_cpu")
                return None if cost is None else float(cost)
            except NotServed:
                self._elsewhere = False
            except HostGone as error:
                self._come_here(error)
        return self._local.ready()

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        """Return alpha of frames of one size.

        Raises:
            EngineUnavailable: neither the host nor this process can load the model.
            Fault: the host does not answer, for long, and this process cannot load the model.
        """
        if self._elsewhere:
            try:
                _, (made,) = exchange(self._address, "/alphas", {"engine": _as_json(self._choice)}, [np.stack(frames)])
                return list(made)
            except NotServed:
                self._elsewhere = False
            except HostGone as error:
                self._come_here(error)
        return self._local.alphas(frames)

    def _come_here(self, gone: HostGone) -> None:
        try:
            self._local.check()
        except PopconError as error:
            raise gone from error
        _log.warning("%s The model is loaded into this process instead.", gone)
        self._elsewhere = False


class HostedSegment:
    """A `SegmentEngine` on a host. The picture itself is the embedding: the host keeps what it computed of it."""

    def __init__(self, address: Address, choice: EngineChoice, local: SegmentEngine) -> None:
        self._address, self._choice, self._local = address, choice, local
        self.fingerprint: EngineFingerprint = local.fingerprint

    def check_ready(self) -> None:
        """See that the model can be had, loading nothing."""
        if isinstance(self._local, ChecksReadiness):
            self._local.check_ready()

    def encode(self, picture: Rgb) -> "HostedPicture":
        """Let the host encode a picture ahead."""
        try:
            exchange(self._address, "/ahead", {"engine": _as_json(self._choice)}, [picture[None]])
        except NotServed:
            return HostedPicture(picture, self._local.encode(picture))
        return HostedPicture(picture, None)

    def predict(
        self, embedding: "HostedPicture", clicks: Sequence[Click], previous: Mask | None = None
    ) -> tuple[Mask, float]:
        """See `SegmentEngine.predict`."""
        if embedding.local is not None:
            return self._local.predict(embedding.local, clicks, previous)
        head = {"engine": _as_json(self._choice), "clicks": [click.model_dump() for click in clicks]}
        arrays = [embedding.picture] if previous is None else [embedding.picture, previous]
        try:
            said, (mask,) = exchange(self._address, "/predict", head, arrays)
        except NotServed:  # any more: the host was started again with other settings
            return self._local.predict(self._local.encode(embedding.picture), clicks, previous)
        return mask, float(said["score"])

    def track(
        self, frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]
    ) -> Iterator[tuple[int, Mask, float]]:
        """See `SegmentEngine.track`; closing the iterator cancels on the host too."""
        if not frames:
            raise BadInput("There are no frames to carry clicks to.")
        if len({frame.shape for frame in frames}) > 1:
            raise BadInput("Frames of a clip have different sizes; all must have one size.")
        arrays, clicks, masks = [np.stack(frames)], {}, {}
        for number, prompt in prompts.items():
            if isinstance(prompt, np.ndarray):
                masks[str(number)] = len(arrays)
                arrays.append(prompt)
            else:
                clicks[str(number)] = [click.model_dump() for click in prompt]
        head = {"engine": _as_json(self._choice), "clicks": clicks, "masks": masks}
        try:
            response = ask(self._address, "POST", "/track", pack(head, arrays), stream=True)
        except NotServed:
            return self._local.track(frames, prompts)
        return read_track(response)


@dataclass(frozen=True)
class HostedPicture:
    """A picture that a host keeps an embedding of; `local` where it does not."""

    picture: Rgb
    local: Any


def _as_json(choice: EngineChoice) -> dict[str, Any]:
    return choice.model_dump(mode="json")
