"""ultralytics' checkpoints: real loading, clicks, and tracking driven both ways."""

from pathlib import Path

import numpy as np
import pytest
import torch

from popcon.engines.base import Click
from popcon.engines.segment.sam2_ultralytics import UltralyticsEngine, make
from popcon.errors import BadInput, EngineUnavailable
from tests.tiny_models import red_character, ultralytics_file

torch.set_num_threads(1)
IN, OUT = Click(x=48, y=48), Click(x=4, y=90, positive=False)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ultralytics_file(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> UltralyticsEngine:
    return make({"path": str(checkpoint), "size": 64, "device": "cpu"})


def test_clicks_and_previous_mask_count(engine: UltralyticsEngine) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (70, 121, 3), dtype=np.uint8)
    embedding = engine.encode(picture)
    mask, score = engine.predict(embedding, [IN])
    assert mask.shape == (70, 121)
    assert set(np.unique(mask)) <= {0, 255}
    assert 0 <= score <= 1
    again, _ = engine.predict(embedding, [IN, Click(x=100, y=10, positive=False)], mask)
    assert (again != mask).any()


def test_tracking_runs_both_ways_and_keeps_corrections(engine: UltralyticsEngine) -> None:
    frames = red_character(5)
    given = np.zeros((96, 96), np.uint8)
    given[30:70, 30:70] = 255
    made = list(engine.track(frames, {2: given, 3: [IN, OUT]}))
    assert [number for number, _, _ in made] == [2, 3, 4, 1, 0]
    assert np.array_equal(made[0][1], given)
    assert made[0][2] == 1.0
    assert all(mask.shape == (96, 96) and 0 <= score <= 1 for _, mask, score in made)
    other = {number: mask for number, mask, _ in engine.track(frames, {2: 255 - given})}
    assert any((other[number] != mask).any() for number, mask, _ in made if number != 2)


def test_two_clips_at_once_do_not_mix(engine: UltralyticsEngine) -> None:
    frames, given = red_character(3), np.zeros((96, 96), np.uint8)
    given[20:60, 20:60] = 255
    alone = {n: m for n, m, _ in engine.track(frames, {0: given})}
    first, second = engine.track(frames, {0: given}), engine.track(frames[::-1], {2: [IN]})
    mixed = {}
    for (number, mask, _), _ in zip(first, second, strict=True):
        mixed[number] = mask
    assert all(np.array_equal(alone[number], mixed[number]) for number in alone)


def test_bad_input(engine: UltralyticsEngine, tmp_path: Path, checkpoint: Path) -> None:
    frames = red_character(1)
    with pytest.raises(BadInput, match="no clicks"):
        engine.predict(engine.encode(frames[0]), [])
    with pytest.raises(BadInput, match="outside the picture"):
        engine.track(frames, {0: [Click(x=500, y=0)]})
    for path, said in (
        (tmp_path / "sam2.1_t.pt", "There is no file"),
        (tmp_path / "mine.pt", "has to end in"),
        (tmp_path / "sam2.1_s.pt", "cannot be read"),
        (tmp_path / "sam2.1_b.pt", "not the SAM 2 that its name says"),
    ):
        if "There is no" not in said:
            path.write_bytes(b"not a checkpoint")
        if path.name == "sam2.1_b.pt":
            torch.save({"model": {"a": torch.zeros(1)}}, path)
        with pytest.raises(EngineUnavailable, match=said):
            make({"path": str(path), "size": 64, "device": "cpu"}).encode(frames[0])
    cut = tmp_path / "cut" / "sam2.1_t.pt"
    cut.parent.mkdir()
    cut.write_bytes(checkpoint.read_bytes()[:1_000_000])
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        make({"path": str(cut), "size": 64, "device": "cpu"}).encode(frames[0])


def test_the_fingerprint_follows_the_file(engine: UltralyticsEngine, tmp_path: Path) -> None:
    assert engine.fingerprint.weights is not None
    assert len(engine.fingerprint.weights) == 64
    assert make({"path": str(tmp_path / "x.pt")}).fingerprint.weights == f"absent:{tmp_path / 'x.pt'}"
