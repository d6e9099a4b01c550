"""Keeps a Prefect server on SQLite from standing still.

Prefect lets a connection wait 60 s for the database's lock. A statement that failed leaves a cursor behind, which
Python's garbage collector finalises later; SQLite lets it wait for its connection, and it waits with the interpreter's
lock in hand. If that connection waits for the database's lock just then, whoever has that lock cannot go on and give it
back: nothing moves until the 60 s are over (measured with Prefect 3.8.8 on Python 3.11, about once in three minutes of
a busy job). So garbage is collected when no connection is at work; and for the rare case that none is free for long,
the wait is short. What is refused is asked again: Prefect's client repeats requests that were answered with 503, and
its services their rounds. The client waits 2 s before it does, where the answer does not say how long; so it says so.

A transaction that reads before it writes is refused at once, however long it may wait, if another one has written in
between. The more requests there are, the fewer get through: handing in 50 jobs failed. So transactions take turns, and
each takes the lock when it begins, since the services that keep events and task runs write without a transaction.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration
from sqlalchemy import event
from sqlalchemy.pool import Pool

WAIT_MS = 2000
"""Longer than any transaction of the server takes."""

RETRY_S = 0.25

TURN_S = 20.0
"""A transaction that had no turn for so long begins without one."""

_OFTEN_S, _BUSY_S = 2.0, 10.0
_AT_LAST_S = 60.0
_SET = "popcon_waits_shortly"


class _Housekeeping:
    """Collects garbage between transactions, on the thread that all of them belong to."""

    def __init__(self) -> None:
        self._at_work = 0
        self._collected = time.monotonic()

    def checkout(self, connection: Any, record: Any, _: Any) -> None:
        self._at_work += 1
        # Not when it connects: Prefect sets its own wait then, after everybody else.
        if _SET not in record.info and "sqlite" in type(connection).__module__:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
            cursor.close()
            record.info[_SET] = True

    def checkin(self, *_: Any) -> None:
        self._at_work -= 1
        self.collect(_OFTEN_S if self._at_work <= 0 else _AT_LAST_S)

    def collect(self, after_s: float) -> None:
        """Collect garbage, if that was so long ago."""
        if time.monotonic() - self._collected > after_s:
            gc.collect()
            self._collected = time.monotonic()


class RetrySoon:
    """An ASGI application whose "unavailable" says that it is over soon.

    Arguments:
        app: the application.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def tell(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 503:
                message = message | {"headers": [*message["headers"], (b"retry-after", str(RETRY_S).encode())]}
            await send(message)

        await self._app(scope, receive, tell if scope["type"] == "http" else send)


class _Turns:
    """Lets transactions on SQLite, which has one writer at a time anyway, begin in the order of asking.

    Arguments:
        begin: what begins a transaction, of Prefect's configuration of a database on SQLite.
        between: called after each, before the next one may begin.
    """

    def __init__(self, begin: Any, between: Callable[[], None]) -> None:
        self._begin, self._between = begin, between
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
                self._between()
                lock.release()


async def _acquired(lock: asyncio.Lock) -> bool:
    try:
        async with asyncio.timeout(TURN_S):
            return await lock.acquire()
    except TimeoutError:
        return False


def keep_moving() -> None:
    """Look after the server and the connections that this process opens. Before it starts; once in a process."""
    import prefect.server.api.server as api

    keeper = _Housekeeping()
    # Between two turns nobody has the lock for longer than a statement takes, which needs no interpreter to finish.
    turns = _Turns(AioSqliteConfiguration.begin_transaction, lambda: keeper.collect(_BUSY_S))
    AioSqliteConfiguration.begin_transaction = lambda *given, **options: turns(*given, **options)  # type: ignore[method-assign]
    create_app = api.create_app
    api.create_app = lambda *args, **options: RetrySoon(create_app(*args, **options))  # type: ignore[assignment]
    event.listen(Pool, "checkout", keeper.checkout)
    event.listen(Pool, "checkin", keeper.checkin)
    gc.disable()
