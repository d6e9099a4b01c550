"""A server's connections to SQLite wait shortly for locks, and garbage is collected when none is at work."""

import json
import subprocess
import sys
from pathlib import Path

from flows.server_database import WAIT_MS

SCRIPT = """
import gc, json, sqlite3, sys, time
import sqlalchemy as sa
from flows import server_database
server_database._OFTEN_S = 0
server_database.keep_moving()
engine = sa.create_engine("sqlite:///" + sys.argv[1])
sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 60000"))
found, collected = {}, []
gc.callbacks.append(lambda phase, _: collected.append(phase))
class Cycle:
    def __init__(self): self.me = self
with sqlite3.connect(sys.argv[1], isolation_level=None) as other:
    with engine.connect() as one, engine.connect() as two:
        found["wait"] = one.exec_driver_sql("PRAGMA busy_timeout").scalar()
        for _ in range(5000): Cycle()
        two.close()
        found["collected while one works"] = len(collected)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        try: one.exec_driver_sql("CREATE TABLE a (b)")
        except sa.exc.OperationalError as error: found["refused"] = "locked" in str(error)
        found["after"] = time.monotonic() - began
        other.execute("ROLLBACK")
    found["collected then"] = len(collected)
print(json.dumps(found))
"""


def test_connections_wait_shortly_and_garbage_waits_for_them(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "prefect.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wait"] == WAIT_MS, "although it was told to wait long when it was opened"
    assert found["refused"]
    assert found["after"] < 30
    assert found["collected while one works"] == 0
    assert found["collected then"] > 0
