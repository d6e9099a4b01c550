"""Keeps a Prefect server on SQLite from standing still for a minute at a time.

Prefect lets a connection wait 60 s for the database's lock. A statement that failed leaves a cursor behind, which
Python's garbage collector finalises later, in any thread; SQLite lets it wait for its connection, and it waits with
the interpreter's lock in hand. If that connection waits for the database's lock just then, whoever has that lock cannot
go on and give it back: nothing moves until the 60 s are over (measured with Prefect 3.8.8 on Python 3.11, about once in
three minutes of a busy job). With a short wait the same is over in the blink of an eye, and what was refused is asked
again: Prefect's client repeats requests, its services their rounds.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

WAIT_MS = 2000
"""Longer than any transaction of the server takes."""

_DONE = "popcon_waits_shortly"


def wait_shortly_for_locks() -> None:
    """Let connections to SQLite that this process opens wait `WAIT_MS` for a lock. Before the server starts."""
    if not event.contains(Pool, "checkout", _set_wait):
        event.listen(Pool, "checkout", _set_wait)


def _set_wait(connection: Any, record: Any, _: Any) -> None:
    # At the first checkout: when it connects, Prefect sets its own wait after everybody else.
    if _DONE not in record.info and "sqlite" in type(connection).__module__:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
        cursor.close()
        record.info[_DONE] = True
