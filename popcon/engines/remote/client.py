"""Engines that are computed on an inference host, behind the same protocols as in this process.

POPCON_INFERENCE_URL names the host, POPCON_INFERENCE_TOKEN its token. What a host does not serve is computed in this
process, as without a host. A host that is being restarted is waited for.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from tenacity import Retrying, retry_if_exception_type, stop_before_delay, wait_exponential

from popcon.engines.abilities import ChecksReadiness
from popcon.engines.base import Click, SegmentEngine
from popcon.engines.matte.modelled import AlphaModel
from popcon.engines.remote.wire import TYPE, pack, unpack
from popcon.errors import BadInput, EngineUnavailable, Fault, PopconError
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.pixels import Mask, Rgb

PATIENCE = 60.0
"""Seconds to go on asking a host that is busy or being restarted."""

_KINDS: dict[str, type[Exception]] = {"BadInput": BadInput, "EngineUnavailable": EngineUnavailable}


_ANSWER_S = 600.0
"""Seconds to wait for a part of an answer."""

_SHORT_S = 1.0
"""Seconds to ask a host that was found gone less than `PATIENCE` ago."""

_gone: dict[str, float] = {}
_log = logging.getLogger("popcon.inference")


class HostGone(Fault):
    """No inference host answers at its address."""


class _NotServed(Exception):
    """The host does not have this engine with these settings."""


@dataclass(frozen=True)
class Address:
    """Where a host is.

    Attributes:
        url: "http://127.0.0.1:8500".
        token: to show it, or nothing.
        patience: seconds to go on asking while it is busy or starting.
    """

    url: str
    token: str = ""
    patience: float = PATIENCE

    @property
    def is_this_machine(self) -> bool:
        """Whether it is a loopback address."""
        name = urlsplit(self.url).hostname or ""
        return name in {"localhost", "::1"} or name.startswith("127.")


def configured() -> Address | None:
    """The host that the environment names.

    Raises:
        BadInput: the address is no http address.
    """
    url = os.environ.get("POPCON_INFERENCE_URL", "").rstrip("/")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadInput(f"POPCON_INFERENCE_URL is {url!r}; expected something like http://127.0.0.1:8500.")
    return Address(url, os.environ.get("POPCON_INFERENCE_TOKEN", ""))


def report(address: Address) -> dict[str, Any]:
    """Ask a host for its report: what is loaded, queues, memory.

    Raises:
        Fault: it does not answer.
    """
    content: dict[str, Any] = _ask(address, "GET", "/report", b"").json()
    return content


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
                said, _ = _exchange(self._address, "/load", {"engine": _as_json(self._choice)}, [])
                cost = said.get("seconds_on_cpu")
                return None if cost is None else float(cost)
            except _NotServed:
                self._elsewhere = False
            except HostGone as error:
                self._come_here(error)
        return self._local.ready()

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        """Alpha of frames of one size.

        Raises:
            EngineUnavailable: neither the host nor this process can load the model.
            Fault: the host does not answer, for long, and this process cannot load the model.
        """
        if self._elsewhere:
            try:
                _, (made,) = _exchange(self._address, "/alphas", {"engine": _as_json(self._choice)}, [np.stack(frames)])
                return list(made)
            except _NotServed:
                self._elsewhere = False
            except HostGone as error:
                self._come_here(error)
        return self._local.alphas(frames)

    def _come_here(self, gone: "HostGone") -> None:
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
            _exchange(self._address, "/ahead", {"engine": _as_json(self._choice)}, [picture[None]])
        except _NotServed:
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
            said, (mask,) = _exchange(self._address, "/predict", head, arrays)
        except _NotServed:  # any more: the host was started again with other settings
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
            response = _ask(self._address, "POST", "/track", pack(head, arrays), stream=True)
        except _NotServed:
            return self._local.track(frames, prompts)
        return _tracked(response)


@dataclass(frozen=True)
class HostedPicture:
    """A picture that a host keeps an embedding of; `local` where it does not."""

    picture: Rgb
    local: Any


def _as_json(choice: EngineChoice) -> dict[str, Any]:
    return choice.model_dump(mode="json")


def _exchange(address: Address, path: str, head: dict[str, Any], arrays: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    return unpack(_ask(address, "POST", path, pack(head, arrays)).content)


def _tracked(response: httpx.Response) -> Iterator[tuple[int, Mask, float]]:
    """The records of a streamed answer: each a message with its length in front, the last one empty.

    Raises:
        Fault: the stream breaks off. Records cannot be asked for again.
    """
    with closing(response):
        chunks, waiting = response.iter_raw(), b""

        def read(size: int) -> bytes:
            nonlocal waiting
            while len(waiting) < size:
                try:
                    waiting += next(chunks)
                except (httpx.TransportError, StopIteration):
                    raise Fault("The inference host stopped in the middle of its answer.") from None
            data, waiting = waiting[:size], waiting[size:]
            return data

        while size := int.from_bytes(read(4), "big"):
            head, (mask,) = unpack(read(size))
            yield int(head["frame"]), mask, float(head["score"])


class _AskAgain(Exception):
    """A failure that may be over soon: a host that is busy, restarting, or died in the middle of an answer."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(str(problem))
        self.problem = problem


@lru_cache(maxsize=1)
def _client(process: int) -> httpx.Client:
    """The connections of a process (its id): a child that was forked must not share its parent's."""
    return httpx.Client(timeout=_ANSWER_S, trust_env=False, limits=httpx.Limits(max_connections=None))


def _ask(address: Address, method: str, path: str, body: bytes, stream: bool = False) -> httpx.Response:
    """An answer that is no error, and has come as a whole unless it is a stream.

    Raises:
        HostGone: no host answers, for as long as the address has patience.
        Fault: the host is too busy for as long, or failed.
        BadInput, EngineUnavailable: as the host's engine raised it.
    """
    found_gone = time.monotonic() - _gone.get(address.url, -PATIENCE) < PATIENCE
    patience = min(_SHORT_S, address.patience) if found_gone else address.patience
    tries = Retrying(
        retry=retry_if_exception_type(_AskAgain),
        wait=wait_exponential(multiplier=0.1, max=2.0),
        stop=stop_before_delay(patience),
        reraise=True,
    )
    try:
        return tries(_ask_once, address, method, path, body, stream)
    except _AskAgain as error:
        if isinstance(error.problem, HostGone):
            _gone[address.url] = time.monotonic()
        raise error.problem from None


def _ask_once(address: Address, method: str, path: str, body: bytes, stream: bool) -> httpx.Response:
    headers = {"Content-Type": TYPE, **({"Authorization": f"Bearer {address.token}"} if address.token else {})}
    client = _client(os.getpid())
    try:
        response = client.send(
            client.build_request(method, address.url + path, content=body, headers=headers), stream=True
        )
        _gone.pop(address.url, None)
        if response.status_code != 200 or not stream:
            with closing(response):
                response.read()
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        gone = HostGone(f"The inference host {address.url} does not answer: {reason}.")
        raise _AskAgain(gone) from error
    if response.status_code == 200:
        return response
    problem = _problem(address, response)
    raise _AskAgain(problem) if response.status_code == 503 else problem


def _problem(address: Address, response: httpx.Response) -> Exception:
    try:
        content = response.json()
        kind, message = str(content["kind"]), str(content["error"])
    except (ValueError, KeyError, TypeError):
        return Fault(f"What answers at {address.url} is no inference host (HTTP {response.status_code}).")
    if kind == "NotServed":
        return _NotServed(message)
    return _KINDS.get(kind, Fault)(message)
