"""Reaching an object store: whose keys, and what is tried again.

Object stores answer late, with 500 and 503, break connections and cut bodies short. Every call is therefore tried
again where that can help. A put is one request whose length is announced, so that a service never keeps half of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import fsspec
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from popcon.errors import Fault

AnswerT = TypeVar("AnswerT")

TRIES = 6
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 4.0

_FINAL = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, NotImplementedError, ValueError)
"""Answers, not faults: asking again gives the same."""


@dataclass(frozen=True)
class Access:
    """How to reach the service behind an `s3://` URL. What is None comes from the usual AWS variables."""

    endpoint_url: str | None = None
    key: str | None = None
    secret: str | None = field(default=None, repr=False)


_access: dict[str, Access] = {}


def set_access(url: str, access: Access) -> None:
    """Use `access` for the store at `url` in this process from now on; before it is opened for the first time."""
    _access[url] = access


def connect(url: str, endpoint_url: str | None) -> tuple[Any, str]:
    """Return the file system and the root path of an `s3://` URL.

    Arguments:
        url: s3://bucket/prefix.
        endpoint_url: the service, where no access was set for this URL; None: AWS.

    Raises:
        ImportError: s3fs is not installed.
    """
    access = _access.get(url, Access())
    options: dict[str, Any] = {
        "use_listings_cache": False,  # a remembered listing would hide what another process has just written
        "config_kwargs": {"connect_timeout": 10, "read_timeout": 30, "retries": {"total_max_attempts": 1}},
    }
    if endpoint := access.endpoint_url or endpoint_url:
        options["endpoint_url"] = endpoint
    if access.key:
        options |= {"key": access.key, "secret": access.secret}
    file_system, root = fsspec.core.url_to_fs(url, **options)
    file_system.retries = 1  # `retry` tries again; both together would wait for minutes
    return file_system, str(root)


def retry(call: Callable[[], AnswerT], what: str) -> AnswerT:
    """Return the answer of a call to an object store, tried again while the service fails.

    Arguments:
        call: safe to repeat.
        what: what it does, for the message.

    Raises:
        Fault: it failed every time, or is not allowed.
        FileNotFoundError, FileExistsError: the service says so.
    """
    tries = Retrying(
        retry=retry_if_exception(_may_pass),
        wait=wait_exponential_jitter(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S, jitter=_FIRST_WAIT_S),
        stop=stop_after_attempt(TRIES),
        reraise=True,
    )
    try:
        return tries(call)
    except PermissionError as error:
        raise Fault(f"{what} is not allowed: {error}.") from error
    except _FINAL:
        raise
    except Exception as error:
        raise Fault(f"{what} failed {TRIES} times: {type(error).__name__}: {error}.") from error


def _may_pass(error: BaseException) -> bool:
    """Return whether a failure may be over when the call is made again."""
    return isinstance(error, Exception) and not isinstance(error, (PermissionError, *_FINAL))
