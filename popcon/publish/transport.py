"""Calls platforms over HTTP: waits where they ask for it, and tells apart what surely failed from what may have worked.

Tokens never reach a message or a log: errors name the platform and the method, not the address.
"""

import functools
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from popcon.errors import ServiceFault, ServiceRefused
from popcon.publish.model import OutcomeUnknown

_LONGEST_WAIT_S = 120.0
_TRIES = 6


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Return what servers are trusted by, read once in a process: reading it takes longer than most calls."""
    return httpx.create_ssl_context()


class Transport:
    """An HTTP client of one platform.

    Arguments:
        name: of the platform, for messages.
        base_url: where its API is.
        headers: of every request, the token among them.
        timeout_s: for one request.
        sleep: waits for that many seconds.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # its log lines hold whole addresses, and Telegram's hold the token
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._name, self._sleep = name, sleep
        self._client = httpx.Client(
            base_url=base_url.rstrip("/"), headers=dict(headers or {}), timeout=timeout_s, verify=_certificates()
        )

    def read(self, what: str, path: str, **options: Any) -> Any:
        """Call a method that changes nothing: GET, again where it fails.

        Arguments:
            what: the method's name, for messages.

        Raises:
            ServiceRefused, ServiceFault
        """
        for attempt in range(_TRIES):
            try:
                return self.call(what, "GET", path, **options)
            except OutcomeUnknown:
                self._sleep(min(2.0**attempt, 30))
        raise ServiceFault(f"{self._name} does not answer {what}.")

    def call(self, what: str, method: str, path: str, **options: Any) -> Any:
        """Call a method once; where the platform says that it did nothing but asks to wait, again after that time.

        Raises:
            ServiceRefused: it answered with an error that will not go away.
            OutcomeUnknown: no answer, or one that does not tell whether it worked.
            ServiceFault: it asks for patience for too long.
        """
        for _ in range(_TRIES):
            try:
                answer = self._client.request(method, path, **options)
            except httpx.HTTPError as error:
                raise OutcomeUnknown(f"{self._name} did not answer {what} ({type(error).__name__}).") from None
            body = _json(answer)
            if answer.status_code == 429:
                self._wait(what, answer, body)
                continue
            if answer.status_code >= 500:
                raise OutcomeUnknown(f"{self._name} answered {what} with {answer.status_code}.")
            if answer.status_code >= 400:
                raise ServiceRefused(
                    f"{self._name} refuses {what} ({answer.status_code}): {_said(body) or 'no reason given'}."
                )
            return body
        raise ServiceFault(f"{self._name} asks to wait again and again; run the same command later.")

    def _wait(self, what: str, answer: httpx.Response, body: Any) -> None:
        seconds = _retry_after(answer, body)
        if seconds > _LONGEST_WAIT_S:
            raise ServiceFault(f"{self._name} asks to wait {seconds:.0f} s before {what}; run the same command then.")
        self._sleep(seconds)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _retry_after(answer: httpx.Response, body: Any) -> float:
    """Seconds to wait: Telegram's and Discord's fields, else the header of RFC 9110, else one."""
    found: Any = None
    if isinstance(body, dict):
        parameters = body.get("parameters")
        found = parameters.get("retry_after") if isinstance(parameters, dict) else body.get("retry_after")
    try:
        return max(0.0, float(found if found is not None else answer.headers.get("Retry-After", 1)))
    except (TypeError, ValueError):
        return 1.0


def _said(body: Any) -> str:
    """Return what a platform says of an error, within bounds."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    said = (
        body.get("description") or body.get("message") or (error.get("message") if isinstance(error, dict) else error)
    )
    return str(said or "")[:200]
