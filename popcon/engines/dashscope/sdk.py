"""The SDK itself: loaded on first use, without an address of its own, and never waited for without end."""

import logging
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from popcon.errors import EngineUnavailable, ServiceFault

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """`call()`, given up on after `seconds`; its thread goes on until the SDK returns."""
    answers: SimpleQueue[tuple[T | None, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, name="popcon-dashscope", daemon=True).start()
    try:
        result, error = answers.get(timeout=seconds)
    except Empty:
        raise ServiceFault(f"DashScope did not answer within {seconds:.0f} seconds.") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


NOWHERE = "https://every-call-names-its-address.invalid/api/v1"
"""The SDK's own address. Several accounts live in one process, so each call carries its account's; one that did not
would reach nobody, instead of handing a key to another region."""

_loading = threading.Lock()


def load() -> Any:
    """Import the SDK.

    Raises:
        EngineUnavailable: it is not installed.
    """
    with _loading:
        try:
            import dashscope
        except ImportError:
            raise EngineUnavailable("DashScope needs an extra: pip install 'popcon[dashscope]'.") from None
        if dashscope.base_http_api_url != NOWHERE:
            dashscope.base_http_api_url = NOWHERE
            if not os.environ.get("DASHSCOPE_LOGGING_LEVEL"):
                # It logs every passing fault with a traceback; what they mean is said by our own errors.
                logging.getLogger("dashscope").propagate = False
                logging.getLogger("dashscope").addHandler(logging.NullHandler())
        return dashscope
