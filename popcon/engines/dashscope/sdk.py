"""The SDK itself: loaded on first use, told where the service is, and never waited for without end."""

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


_loading = threading.Lock()
_loaded_for: str | None = None


def load(base_url: str) -> Any:
    """The SDK, set to talk to `base_url`.

    Raises:
        EngineUnavailable: it is not installed, or this process already talks to another address.
    """
    global _loaded_for
    with _loading:
        try:
            import dashscope
        except ImportError:
            raise EngineUnavailable("DashScope needs an extra: pip install 'popcon[dashscope]'.") from None
        if _loaded_for not in (None, base_url):
            raise EngineUnavailable(
                f"This process already talks to DashScope at {_loaded_for}; start another one for {base_url}."
            )
        if _loaded_for is None:
            dashscope.base_http_api_url = _loaded_for = base_url
            if not os.environ.get("DASHSCOPE_LOGGING_LEVEL"):
                # It logs every passing fault with a traceback; what they mean is said by our own errors.
                logging.getLogger("dashscope").propagate = False
                logging.getLogger("dashscope").addHandler(logging.NullHandler())
        return dashscope
