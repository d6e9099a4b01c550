"""SAM 2 through transformers: real loading, clicks and tracking, with small random weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

from popcon.engines import registry
from popcon.engines.base import Click
from popcon.engines.segment.embedding_cache import Embeddings
from popcon.engines.segment.sam2 import Sam2Engine, make
from popcon.errors import BadInput, EngineUnavailable
from popcon.models.job import EngineChoice, Setting
from tests.tiny_models import birefnet_folder, red_character, sam2_folder

torch.set_num_threads(1)
IN, OUT = Click(x=48, y=48), Click(x=4, y=90, positive=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sam2_folder(tmp_path_factory.mktemp("models") / "sam2")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Sam2Engine:
    return make({"path": str(folder), "size": 64, "device": "cpu"})


def test_clicks_answer_as_the_model_itself_does(engine: Sam2Engine) -> None:
    picture = red_character(1)[0]
    mask, score = engine.predict(engine.encode(picture), [IN, OUT])
    model = engine.model()
    with torch.inference_mode():
        out = model.image(
            pixel_values=model.pixels([picture]),
            input_points=torch.tensor([[[[32.0, 32.0], [4 * 64 / 96, 60.0]]]]),
            input_labels=torch.tensor([[[1, 0]]], dtype=torch.int32),
            multimask_output=False,
        )
        large = torch.nn.functional.interpolate(out.pred_masks[0].float(), (96, 96), mode="bilinear")
    assert np.array_equal(mask > 127, (large[0, 0] > 0).numpy())
    assert score == pytest.approx(float(out.iou_scores[0, 0, 0].clamp(0, 1)), abs=1e-5)
    assert set(np.unique(mask)) <= {0, 255}


def test_a_single_click_takes_the_best_of_three_readings(engine: Sam2Engine) -> None:
    picture = red_character(1)[0]
    _, score = engine.predict(engine.encode(picture), [IN])
    model = engine.model()
    with torch.inference_mode():
        out = model.image(
            pixel_values=model.pixels([picture]),
            input_points=torch.tensor([[[[32.0, 32.0]]]]),
            input_labels=torch.tensor([[[1]]], dtype=torch.int32),
            multimask_output=True,
        )
    assert out.iou_scores.shape[-1] == 3
    assert score == pytest.approx(float(out.iou_scores.max().clamp(0, 1)), abs=1e-5)


def test_the_previous_mask_counts(engine: Sam2Engine) -> None:
    embedding = engine.encode(red_character(1)[0])
    empty, full = np.zeros((96, 96), np.uint8), np.full((96, 96), 255, np.uint8)
    a, _ = engine.predict(embedding, [IN], empty)
    b, _ = engine.predict(embedding, [IN], full)
    assert (a != b).mean() > 0.005


def test_a_picture_of_any_shape_has_a_mask_of_its_shape(engine: Sam2Engine) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (70, 121, 3), dtype=np.uint8)
    mask, _ = engine.predict(engine.encode(picture), [Click(x=120, y=69)])
    assert mask.shape == (70, 121)


def _reference(engine: Sam2Engine, frames: list[Any], clicks: dict[int, list[Click]]) -> dict[int, np.ndarray]:
    """transformers' own session and both of its directions."""
    model = engine.model()
    session = Sam2VideoInferenceSession(
        video=model.pixels(frames), video_height=96, video_width=96, dtype=torch.float32
    )
    found = {}
    for number, prompt in clicks.items():
        session.add_point_inputs(
            session.obj_id_to_idx(1),
            number,
            {
                "point_coords": torch.tensor([[[[c.x * model.side / 96, c.y * model.side / 96] for c in prompt]]]),
                "point_labels": torch.tensor([[[int(c.positive) for c in prompt]]], dtype=torch.int32),
            },
        )
        session.obj_with_new_inputs = [1]
        model.video(session, frame_idx=number)
    for reverse in (False, True):
        for out in model.video.propagate_in_video_iterator(session, min(clicks), reverse=reverse):
            large = torch.nn.functional.interpolate(out.pred_masks.float(), (96, 96), mode="bilinear")
            found[out.frame_idx] = (large[0, 0] > 0).numpy()
    return found


def test_tracking_runs_both_ways_and_agrees_with_the_library(engine: Sam2Engine) -> None:
    frames = red_character(6)
    clicks = {2: [IN, OUT], 4: [IN]}
    made = list(engine.track(frames, clicks))
    assert [number for number, _, _ in made] == [2, 4, 3, 5, 1, 0]
    truth = _reference(engine, frames, clicks)
    for number, mask, score in made:
        assert np.array_equal(mask > 127, truth[number]), number
        assert 0 <= score <= 1


def test_a_corrected_frame_is_kept_as_given_and_changes_the_others(engine: Sam2Engine) -> None:
    frames = red_character(4)
    soft = np.zeros((96, 96), np.uint8)
    soft[30:70, 30:70] = 200
    made = {number: (mask, score) for number, mask, score in engine.track(frames, {1: soft})}
    assert np.array_equal(made[1][0], soft)
    assert made[1][1] == 1.0
    assert set(made) == {0, 1, 2, 3}
    other = {number: mask for number, mask, _ in engine.track(frames, {1: 255 - soft})}
    assert any((made[n][0] != other[n]).any() for n in (0, 2, 3))


def test_closing_stops_the_work(engine: Sam2Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    video = engine.model().video
    calls = []
    real = type(video).forward

    def counting(self: Any, *args: Any, **more: Any) -> Any:
        calls.append(more["frame_idx"])
        return real(self, *args, **more)

    monkeypatch.setattr(type(video), "forward", counting)
    running = engine.track(red_character(6), {0: [IN]})
    assert calls == []
    assert next(running)[0] == 0
    assert next(running)[0] == 1
    running.close()
    assert calls == [0, 1]


@pytest.mark.parametrize(
    ("clicks", "said"),
    [
        ([], "no clicks"),
        ([Click(x=96, y=3)], "outside the picture"),
        ([Click(x=-1, y=3)], "outside the picture"),
        ([IN, Click(x=48, y=48, positive=False)], "both as inside and as outside"),
    ],
)
def test_bad_clicks(engine: Sam2Engine, clicks: list[Click], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        engine.predict(engine.encode(red_character(1)[0]), clicks)
    with pytest.raises(BadInput, match=said):
        engine.track(red_character(2), {0: clicks})


def test_bad_clips(engine: Sam2Engine) -> None:
    frames = red_character(2)
    for given, prompts, said in (
        ([], {0: [IN]}, "no frames"),
        (frames, {}, "No frame has"),
        (frames, {2: [IN]}, "no frame 2"),
        ([frames[0], frames[1][:50]], {0: [IN]}, "96 x 50"),
        (frames, {0: np.zeros((5, 5), np.uint8)}, "5 x 5"),
    ):
        with pytest.raises(BadInput, match=said):
            engine.track(given, prompts)
    with pytest.raises(BadInput, match="5 x 4"):
        engine.predict(engine.encode(frames[0]), [IN], np.zeros((4, 5), np.uint8))
    with pytest.raises(BadInput, match="RGB"):
        engine.encode(np.zeros((9, 9), np.uint8))


def test_embeddings_are_encoded_ahead_and_bounded(engine: Sam2Engine) -> None:
    kept = Embeddings(engine, capacity=2)
    frames = red_character(3)
    kept.ahead(frames[1:2])
    first = kept.of(frames[0])
    assert kept.of(frames[0]) is first
    kept.of(frames[1])
    kept.of(frames[2])
    assert len(kept) == 2
    kept.close()


def _refused(path: Path | str, **more: Setting) -> str:
    with pytest.raises((BadInput, EngineUnavailable)) as caught:
        make({"path": str(path), "size": 64, "device": "cpu", **more}).encode(red_character(1)[0])
    return f"{type(caught.value).__name__}: {caught.value}"


def test_what_cannot_be_loaded_says_why(tmp_path: Path, folder: Path) -> None:
    assert "There is no folder" in _refused(tmp_path / "nowhere")
    assert "no config.json" in _refused(tmp_path)
    assert "`revision`" in _refused("someone/sam2")
    assert "hub cache" in _refused("someone/sam2", revision="1" * 40)
    file = tmp_path / "sam2.1_t.pt"
    file.write_bytes(b"x")
    assert "sam2-ultralytics" in _refused(file)
    assert "not SAM 2" in _refused(birefnet_folder(tmp_path / "birefnet"))


def test_truncated_and_foreign_weights_say_so(tmp_path: Path, folder: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    weights = (folder / "model.safetensors").read_bytes()
    config = json.loads((folder / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "model.safetensors").write_bytes(weights[:-1000])
    assert "the file is damaged" in _refused(copy)
    (copy / "model.safetensors").unlink()
    assert "no weights" in _refused(copy)
    other = birefnet_folder(tmp_path / "birefnet")
    (copy / "model.safetensors").write_bytes((other / "model.safetensors").read_bytes())
    assert "lacks weights" in _refused(copy)


def test_a_model_for_pictures_cannot_track_and_says_so(tmp_path: Path) -> None:
    engine = make({"path": str(sam2_folder(tmp_path / "pictures", kind="Sam2Model")), "size": 64, "device": "cpu"})
    mask, _ = engine.predict(engine.encode(red_character(1)[0]), [IN])
    assert mask.shape == (96, 96)
    with pytest.raises(EngineUnavailable, match="for video"):
        next(engine.track(red_character(2), {0: [IN]}))


def test_another_size_than_it_was_saved_with(folder: Path) -> None:
    larger = make({"path": str(folder), "size": 128, "device": "cpu"})
    assert larger.encode(red_character(1)[0]).features[0].shape[-1] == 32
    assert len(list(larger.track(red_character(2), {0: [IN]}))) == 2


def test_the_registry_knows_it_and_the_fingerprint_follows_the_weights(folder: Path, tmp_path: Path) -> None:
    choice = EngineChoice(name="sam2", settings={"path": str(folder)})
    first = registry.fingerprint("segment", choice)
    assert first.name == "sam2"
    assert first.weights is not None
    assert len(first.weights) == 64
    other = registry.fingerprint("segment", EngineChoice(name="sam2", settings={"path": str(tmp_path)}))
    assert other.weights == f"absent:{tmp_path}"
