"""A server's connections to SQLite wait shortly for locks, and its transactions take turns."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from flows import server_database
from flows.server_database import WAIT_MS, _TransactionQueue
from tests import event_loop

SCRIPT = """
import json, sqlite3, sys, time
import sqlalchemy as sa
from flows import server_database
assert server_database.patch_server()
engine = sa.create_engine("sqlite:///" + sys.argv[1])
sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 60000"))
found = {}
with sqlite3.connect(sys.argv[1], isolation_level=None) as other, engine.connect() as one:
    found["wait"] = one.exec_driver_sql("PRAGMA busy_timeout").scalar()
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    try: one.exec_driver_sql("CREATE TABLE a (b)")
    except sa.exc.OperationalError as error: found["refused"] = "locked" in str(error)
    found["after"] = time.monotonic() - began
    other.execute("ROLLBACK")
print(json.dumps(found))
"""


def test_connections_wait_shortly_for_a_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "prefect.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wait"] == WAIT_MS, "although it was told to wait long when it was opened"
    assert found["refused"]
    assert found["after"] < 30


def crowd(database: Path, begin: Any, writers: int = 12) -> int:
    """How many of some transactions, each of which reads before it writes, go through at the same time, while others
    write without one."""
    configuration = AioSqliteConfiguration(f"sqlite+aiosqlite:///{database}")

    async def write(engine: Any, number: int) -> None:
        session = await configuration.session(engine)
        async with session, begin(configuration, session):
            await session.execute(text("SELECT count(*) FROM runs"))
            async with await configuration.session(engine) as beside:  # as Prefect does when a work queue is paused
                await beside.execute(text("SELECT count(*) FROM events"))
            await asyncio.sleep(0.01)
            await session.execute(text("INSERT INTO runs VALUES (:number)"), {"number": number})

    async def tell(engine: Any, number: int) -> None:
        async with await configuration.session(engine) as session:
            await asyncio.sleep(0.01 * number)
            await session.execute(text("INSERT INTO events VALUES (:number)"), {"number": number})

    async def write_all() -> int:
        engine = await configuration.engine()
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE runs (number)"))
            await connection.execute(text("CREATE TABLE events (number)"))
        telling = [asyncio.create_task(tell(engine, number)) for number in range(writers)]
        said = await asyncio.gather(*(write(engine, number) for number in range(writers)), return_exceptions=True)
        await asyncio.gather(*telling)
        assert {type(each) for each in said} <= {type(None), OperationalError}, said
        await engine.dispose()
        return said.count(None)

    return event_loop.run(write_all())


def test_transactions_that_read_before_they_write_take_turns(tmp_path: Path) -> None:
    begin = AioSqliteConfiguration.begin_transaction
    assert crowd(tmp_path / "without.db", begin) < 12
    assert crowd(tmp_path / "with.db", _TransactionQueue(begin)) == 12


@dataclass
class _Session:
    name: str

    async def connection(self) -> None:
        pass


def test_a_turn_that_does_not_end_holds_nobody_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def begin(_: object, session: _Session, **options: bool) -> AsyncIterator[str]:
        yield session.name

    turns = _TransactionQueue(begin)
    monkeypatch.setattr(server_database, "TURN_S", 0.05)

    async def within() -> list[str]:
        async with turns(None, _Session("outer")) as outer, turns(None, _Session("inner")) as inner:

            async def other() -> str:
                async with turns(None, _Session("other")) as opened:
                    return str(opened)

            apart = await asyncio.create_task(other(), context=Context())
        async with turns(None, _Session("later")) as later:
            return [outer, inner, apart, later]

    assert event_loop.run(within()) == ["outer", "inner", "other", "later"]


def test_another_version_of_prefect_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begin = AioSqliteConfiguration.begin_transaction
    monkeypatch.setattr("prefect.__version__", "3.10.0")
    assert not server_database.patch_server()
    assert AioSqliteConfiguration.begin_transaction is begin
    assert "3.10.0" in caplog.text
