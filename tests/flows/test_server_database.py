"""A server's connections to SQLite wait shortly for locks, whatever was set when they were opened."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.server_database import WAIT_MS, wait_shortly_for_locks


def test_a_connection_waits_shortly_although_it_was_told_to_wait_long(tmp_path: Path) -> None:
    wait_shortly_for_locks()
    wait_shortly_for_locks()  # twice is once
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'prefect.db'}")

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 60000")

    with sqlite3.connect(tmp_path / "prefect.db", isolation_level=None) as other, engine.connect() as ours:
        assert ours.exec_driver_sql("PRAGMA busy_timeout").scalar() == WAIT_MS
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            ours.exec_driver_sql("CREATE TABLE a (b)")
        assert time.monotonic() - began < 30
        other.execute("ROLLBACK")
    engine.dispose()
