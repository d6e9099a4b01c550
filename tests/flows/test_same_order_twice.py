"""Two commands that make the same order in one store at the same time: both end, with the same pack."""

import os
import subprocess
import sys
from pathlib import Path

from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.storage.store import Store


def test_both_end_with_one_result(tmp_path: Path) -> None:
    (tmp_path / "puff.png").write_bytes(encode_png(draw_mascot(240)))
    environment = os.environ | {
        "POPCON_HOME": str(tmp_path / "home"),
        "POPCON_STORE": str(tmp_path / "store"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "ui.cli", "make", str(tmp_path / "puff.png"), "--actions", "wave", "--json"]
    running = [
        subprocess.Popen([*command, "--out", str(tmp_path / name)], env=environment, stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]
    for each in running:
        _, said = each.communicate(timeout=240)
        assert each.returncode == 0, said.decode()
    assert len(Archive(Store(str(tmp_path / "store"))).ids()) == 1
    packs = [next((tmp_path / name).glob("*.zip")).read_bytes() for name in ("one", "two")]
    assert packs[0] == packs[1]
