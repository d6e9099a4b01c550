"""Patches of Prefect's server for SQLite: transactions take turns, and waits for locks are short.

Written for the versions in `PATCHED`; another version is left as it is, with a warning. What each patch survives and
how that is tested stands in docs/prefect.md. On PostgreSQL none of it applies.

Turns: a transaction that reads before it writes is refused at once when another one has written in between, however
long it may wait. With 16 clients at once, Prefect 3.9.1 refuses most requests so. Transactions therefore begin one
after the other, and take SQLite's lock when they begin, since services write events and task runs without a
transaction.

Short waits: a statement that failed leaves a cursor behind, which Python's garbage collector finalises with the
interpreter's lock in hand while SQLite waits for the cursor's connection. If that connection waits for the database's
lock, nothing moves until its wait is over: 60 s in Prefect, 2 s here. What is refused then is asked again: Prefect's
client repeats requests that were answered with 503, after the time that the answer names.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import prefect
from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration
from sqlalchemy import event
from sqlalchemy.pool import Pool

PATCHED = "3.9."
"""Versions of Prefect that are patched."""

WAIT_MS = 2000
"""Longer than any transaction of the server takes."""

RETRY_S = 0.25

TURN_S = 20.0
"""A transaction that had no turn for so long begins without one."""

_SET = "popcon_waits_shortly"


def _shorten_wait(connection: Any, record: Any, _: Any) -> None:
    """Set a connection's wait for locks when it is first used: Prefect sets its own when it connects, after others."""
    if _SET not in record.info and "sqlite" in type(connection).__module__:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
        cursor.close()
        record.info[_SET] = True


class RetryAfter:
    """An ASGI application that adds Retry-After to each answer 503.

    Arguments:
        app: the application.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with_header(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 503:
                message = message | {"headers": [*message["headers"], (b"retry-after", str(RETRY_S).encode())]}
            await send(message)

        await self._app(scope, receive, send_with_header if scope["type"] == "http" else send)


class _TransactionQueue:
    """A queue of transactions on SQLite: each begins when the one before it has ended, in the order of asking.

    Arguments:
        begin: what begins a transaction, of Prefect's configuration of a database on SQLite.
    """

    def __init__(self, begin: Any) -> None:
        self._begin = begin
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._has_turn = ContextVar("has_turn", default=False)

    @asynccontextmanager
    async def __call__(self, database: Any, session: Any, **options: Any) -> AsyncIterator[Any]:
        if self._has_turn.get():  # a transaction within one: to wait would be to wait for oneself
            async with self._begin(database, session, **options) as transaction:
                yield transaction
            return
        lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        held = await _acquired(lock)
        token = self._has_turn.set(True)
        try:
            async with self._begin(database, session, with_for_update=True) as transaction:
                await session.connection()  # the lock is taken here, and not asked for by what is read within
                SQLITE_BEGIN_MODE.set("DEFERRED")
                yield transaction
        finally:
            self._has_turn.reset(token)
            if held:
                lock.release()


async def _acquired(lock: asyncio.Lock) -> bool:
    try:
        async with asyncio.timeout(TURN_S):
            return await lock.acquire()
    except TimeoutError:
        return False


def patch_server() -> bool:
    """Patch the Prefect server of this process, before it starts; once in a process.

    Returns:
        Whether it was patched: False for a version of Prefect that the patches were not written for.
    """
    if not prefect.__version__.startswith(PATCHED):
        logging.getLogger("popcon").warning(
            "Prefect %s is not the version that %s was written for (%s x): its server runs unpatched on SQLite.",
            prefect.__version__,
            __name__,
            PATCHED,
        )
        return False
    import prefect.server.api.server as api

    queue = _TransactionQueue(AioSqliteConfiguration.begin_transaction)
    AioSqliteConfiguration.begin_transaction = lambda *given, **options: queue(*given, **options)  # type: ignore[method-assign]
    create_app = api.create_app
    api.create_app = lambda *args, **options: RetryAfter(create_app(*args, **options))  # type: ignore[assignment]
    event.listen(Pool, "checkout", _shorten_wait)
    return True
