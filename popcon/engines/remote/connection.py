"""The connection to an inference host: its address, requests that are tried again, and answers.

POPCON_INFERENCE_URL names the host, POPCON_INFERENCE_TOKEN its token. A host that is being restarted is waited for.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_before_delay, wait_exponential

from popcon.engines.remote.wire import TYPE, pack, unpack
from popcon.errors import BadInput, EngineUnavailable, Fault
from popcon.pixels import Mask

PATIENCE = 60.0
"""Seconds to go on asking a host that is busy or being restarted."""

_KINDS: dict[str, type[Exception]] = {"BadInput": BadInput, "EngineUnavailable": EngineUnavailable}

_ANSWER_S = 600.0
"""Seconds to wait for a part of an answer."""

_SHORT_S = 1.0
"""Seconds to ask a host that was found gone less than `PATIENCE` ago."""

_gone: dict[str, float] = {}


class HostGone(Fault):
    """No inference host answers at its address."""


class NotServed(Exception):
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
    """Return the host that the environment names; None: it names none.

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
    content: dict[str, Any] = ask(address, "GET", "/report", b"").json()
    return content


def exchange(address: Address, path: str, head: dict[str, Any], arrays: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """Send a message to a host and return the message that it answers with: its head and its arrays."""
    return unpack(ask(address, "POST", path, pack(head, arrays)).content)


def read_track(response: httpx.Response) -> Iterator[tuple[int, Mask, float]]:
    """Yield the (frame, mask, score) of a streamed answer: each a message with its length in front, the last one empty.

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
    """Return the connections of a process (its id): a child that was forked must not share its parent's."""
    return httpx.Client(timeout=_ANSWER_S, trust_env=False, limits=httpx.Limits(max_connections=None))


def ask(address: Address, method: str, path: str, body: bytes, stream: bool = False) -> httpx.Response:
    """Send a request and return the answer to it, whole unless it is a stream; a host that is away is asked again.

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
        return NotServed(message)
    return _KINDS.get(kind, Fault)(message)
