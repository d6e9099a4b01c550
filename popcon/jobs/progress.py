"""Tells whoever listens in this process how a job goes on. Where the job runs elsewhere, its summaries tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from popcon.jobs.archive import ActionSummary

Listener = Callable[[ActionSummary, str], None]
"""Called with an action's summary and, in a few words, what it is doing just now."""

_listener: ContextVar[Listener | None] = ContextVar("popcon_progress", default=None)


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Call `listener` for all progress made within this context, threads that copy it included."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(summary: ActionSummary, doing: str) -> None:
    """Say what an action is doing."""
    if (listener := _listener.get()) is not None:
        listener(summary, doing)
