"""Reaching an object store: whose keys, and what is tried again.

Object stores answer late, with 500 and 503, break connections and cut bodies short. Every call is therefore tried
again where that can help. A put is one request whose length is announced, so that a service never keeps half of it.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import fsspec

from popcon.errors import Fault

AnswerT = TypeVar("AnswerT")

TRIES = 6
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 4.0

_FINAL = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
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
    """The file system and the root path of an `s3://` URL.

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
    """The answer of a call to an object store, tried again while the service fails.

    Arguments:
        call: safe to repeat.
        what: what it does, for the message.

    Raises:
        Fault: it failed every time, or is not allowed.
        FileNotFoundError, FileExistsError: the service says so.
    """
    for number in range(TRIES):
        try:
            return call()
        except PermissionError as error:
            raise Fault(f"{what} is not allowed: {error}.") from error
        except (*_FINAL, NotImplementedError, ValueError):
            raise
        except Exception as error:
            if number == TRIES - 1:
                raise Fault(f"{what} failed {TRIES} times: {type(error).__name__}: {error}.") from error
            time.sleep(random.uniform(0.5, 1) * min(_FIRST_WAIT_S * 2**number, _LONGEST_WAIT_S))
    raise AssertionError("unreachable")
