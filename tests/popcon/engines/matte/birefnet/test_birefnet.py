"""BiRefNet's real loading and inference, with small weights in every form that people have."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from popcon.engines import registry
from popcon.engines.device import pick_device
from popcon.engines.matte.birefnet.engine import make
from popcon.engines.matte.birefnet.network import Network
from popcon.engines.matte.birefnet.settings import BirefnetSettings
from popcon.engines.matte.modelled import AlphaMemory
from popcon.errors import BadClip, BadInput, EngineUnavailable, Fault
from popcon.models.job import EngineChoice, Setting
from tests.tiny_models import birefnet_folder, red_character

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return birefnet_folder(tmp_path_factory.mktemp("models") / "birefnet")


def _settings(path: Path, **more: Setting) -> dict[str, Setting]:
    return {"path": str(path), "trust_remote_code": True, "size": 96, "device": "cpu", **more}


@pytest.mark.parametrize("form", ["safetensors", "bin", "pth"])
def test_every_form_gives_the_same_cutout(form: str, tmp_path: Path) -> None:
    path = birefnet_folder(tmp_path / "model", form, prefix="module._orig_mod." if form == "pth" else "")
    engine = make(_settings(path, code=str(tmp_path / "model") if form == "pth" else ""))
    frames = red_character()
    (cut, *_) = engine.cut_out(frames[:2], engine.study(frames, "#14be3c"), None, frames[2])
    assert cut.rgba[48, 48].tolist() == [210, 30, 30, 255]
    assert cut.rgba[80, 10].tolist() == [0, 0, 0, 0]
    assert cut.rgba[12, 12, 3] == 255, "the spark is rescued"
    assert cut.doubt == 0


def test_the_model_alone_loses_the_spark_and_so_does_the_engine_if_told(folder: Path) -> None:
    engine = make(_settings(folder, rescue_effects=False))
    frames = red_character()
    assert engine.model.alphas(frames)[0][12, 12] == 0
    cut = engine.cut_out(frames, engine.study(frames, None))[0]
    assert cut.rgba[12, 12, 3] == 0
    assert cut.rgba[48, 48, 3] == 255


def test_before_scenery_the_model_alone_decides(folder: Path) -> None:
    frames = red_character()
    ramp = np.linspace(0, 110, 96)[None, :, None] + np.array([0, 70, 30])
    frames = [np.where((f == (20, 190, 60)).all(2, keepdims=True), ramp, f).astype(np.uint8) for f in frames]
    engine = make(_settings(folder))
    clip = engine.study(frames, None)
    assert clip.details == {"flat": False}
    cut = engine.cut_out(frames, clip)[1]
    assert cut.rgba[48, 48].tolist() == [210, 30, 30, 255]
    assert cut.rgba[12, 13, 3] == 0, "of what differs there, nobody knows whether it is an effect or scenery"
    assert cut.rgba[80:, :, 3].max() == 0


def test_a_batch_equals_single_frames_and_reference_arithmetic(folder: Path) -> None:
    engine = make(_settings(folder))
    frames = red_character()
    together = engine.model.alphas(frames)
    assert all(np.array_equal(a, engine.model.alphas([f])[0]) for a, f in zip(together, frames, strict=True))
    redder = (frames[0][..., 0].astype(float) - frames[0][..., 1]) / 255 * 20 - 6
    assert np.abs(together[0] - 255 / (1 + np.exp(-redder))).max() <= 1


def test_out_of_memory_halves_the_batch_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = make(_settings(birefnet_folder(tmp_path / "small", most=2)))
    frames = red_character(7)
    with caplog.at_level(logging.WARNING):
        alphas = engine.model.alphas(frames)
    assert [a[48, 48 + 2 * n] for n, a in enumerate(alphas)] == [255] * 7
    assert "going on with 3" in caplog.text
    assert "going on with 1" in caplog.text


def test_one_frame_that_does_not_fit_is_a_fault_with_advice() -> None:
    def full(_: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("MPS backend out of memory")

    network = Network(full, torch.device("cpu"), torch.float32, 64, 8)
    with pytest.raises(Fault, match="smaller `size`"):
        network.alphas(red_character(2))


def test_numbers_that_are_none_are_told() -> None:
    network = Network(lambda x: [x[:, :1] * float("nan")], torch.device("cpu"), torch.float32, 64, 8)
    with pytest.raises(Fault, match="float32"):
        network.alphas(red_character(1))


def test_other_errors_are_not_taken_for_full_memory() -> None:
    def broken(_: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        Network(broken, torch.device("cpu"), torch.float32, 64, 8).alphas(red_character(2))


def test_a_precision_that_a_device_cannot_is_told(folder: Path) -> None:
    # Deformable convolutions have no bfloat16 on a CPU; on CUDA autocast keeps them in full precision.
    with pytest.raises(EngineUnavailable, match="bfloat16 on cpu; set `dtype` to float32"):
        make(_settings(folder, dtype="bfloat16")).model.alphas(red_character(1))


def test_half_precision_is_close_to_full(folder: Path) -> None:
    frames = red_character(1)
    exact = make(_settings(folder)).model.alphas(frames)[0].astype(int)
    rough = make(_settings(folder, dtype="float16")).model.alphas(frames)[0].astype(int)
    assert np.abs(exact - rough).max() <= 2


def test_the_fingerprint_tells_weights_and_code_apart_and_survives_copies(tmp_path: Path, folder: Path) -> None:
    first = make(_settings(folder)).fingerprint
    other = birefnet_folder(tmp_path / "copy")
    assert make(_settings(other)).fingerprint == first
    (other / "birefnet.py").write_text((other / "birefnet.py").read_text() + "\n# changed\n")
    assert make(_settings(other)).fingerprint != first
    assert make(_settings(tmp_path / "nowhere")).fingerprint.weights == f"absent:{tmp_path / 'nowhere'}"


def _refused(settings: dict[str, Setting]) -> str:
    frames = red_character(1)
    with pytest.raises((BadInput, EngineUnavailable)) as caught:
        make(settings).study(frames, None)
    return f"{type(caught.value).__name__}: {caught.value}"


def test_bad_paths_are_said_at_once(tmp_path: Path) -> None:
    assert _refused(_settings(tmp_path / "nowhere")).startswith("EngineUnavailable: There is no file or folder")
    assert "no config.json" in _refused(_settings(tmp_path))
    assert "`path`" in _refused({"trust_remote_code": True})
    assert "no setting `pth`" in _refused({"path": "x", "pth": "y"})
    assert "`variant`" in _refused({"path": "x", "variant": "huge"})


def test_code_runs_only_if_told(folder: Path) -> None:
    said = _refused(_settings(folder, trust_remote_code=False))
    assert said.startswith("BadInput")
    assert "`trust_remote_code`" in said


def test_a_hub_id_has_to_be_pinned_and_is_not_waited_for() -> None:
    assert "`revision`" in _refused(_settings(Path("someone/BiRefNet")))
    assert "`revision`" in _refused(_settings(Path("someone/BiRefNet"), revision="main"))
    said = _refused(_settings(Path("someone/BiRefNet"), revision="0" * 40))
    assert "not in this machine's hub cache" in said


def test_code_in_another_repository_has_to_be_pinned(tmp_path: Path) -> None:
    path = birefnet_folder(tmp_path / "model")
    config = json.loads((path / "config.json").read_text())
    config["auto_map"] = {"AutoModelForImageSegmentation": "someone/BiRefNet--birefnet.BiRefNet"}
    (path / "config.json").write_text(json.dumps(config))
    (path / "birefnet.py").rename(path / "elsewhere.txt")
    assert "`code_revision`" in _refused(_settings(path))


@pytest.mark.parametrize("keep", [0, 5, 400, -1])
def test_truncated_weights_are_told(tmp_path: Path, keep: int) -> None:
    path = birefnet_folder(tmp_path / "model")
    weights = path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    assert "copy" in _refused(_settings(path))


def test_a_truncated_pickle_is_told(tmp_path: Path) -> None:
    path = birefnet_folder(tmp_path / "model", "bin")
    weights = path / "pytorch_model.bin"
    weights.write_bytes(weights.read_bytes()[:-200])
    assert "cannot be read" in _refused(_settings(path))


def test_a_pickle_that_would_run_code_is_not_loaded(tmp_path: Path) -> None:
    path = birefnet_folder(tmp_path / "model", "bin")
    torch.save({"state_dict": Path("evil")}, path / "pytorch_model.bin")
    assert "cannot be read" in _refused(_settings(path))


def test_another_models_folder_and_weights_are_told(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text(json.dumps({"architectures": ["Sam2VideoModel"], "model_type": "sam2_video"}))
    (other / "model.safetensors").write_bytes(b"")
    assert "Sam2VideoModel model, not BiRefNet" in _refused(_settings(other))
    path = birefnet_folder(tmp_path / "model")
    wider = birefnet_folder(tmp_path / "wider", width=9, depth=2)
    (path / "model.safetensors").write_bytes((wider / "model.safetensors").read_bytes())
    said = _refused(_settings(path))
    assert "not this model's" in said
    assert "unknown (such as body.1.bias)" in said
    assert "of another shape" in said


def test_code_that_fails_is_told(tmp_path: Path) -> None:
    path = birefnet_folder(tmp_path / "model")
    (path / "birefnet.py").write_text("import a_package_that_is_not_there\n" + (path / "birefnet.py").read_text())
    assert "a_package_that_is_not_there" in _refused(_settings(path))


def test_frames_of_several_sizes_are_refused(folder: Path) -> None:
    engine = make(_settings(folder))
    frames = red_character(2)
    clip = engine.study(frames, None)
    with pytest.raises(BadClip):
        engine.cut_out([frames[0], frames[1][:90]], clip)
    assert engine.cut_out([], clip) == []


def test_chunks_meet_without_a_step_and_frames_are_computed_once(folder: Path) -> None:
    engine = make(_settings(folder))
    frames = red_character(6)
    clip = engine.study(frames, "#14be3c")
    whole = engine.cut_out(frames, clip)
    parts = engine.cut_out(frames[:3], clip, None, frames[3]) + engine.cut_out(frames[3:], clip, frames[2], None)
    assert all(np.array_equal(a.rgba, b.rgba) for a, b in zip(whole, parts, strict=True))

    class Counting:
        key = "counting"
        seen = 0

        def ready(self) -> None: ...

        def alphas(self, frames: list[np.ndarray]) -> list[np.ndarray]:
            self.seen += len(frames)
            return [frame[..., 0] for frame in frames]

    memory, model = AlphaMemory(), Counting()
    memory.of(model, frames[:4])
    again = memory.of(model, [*frames[2:], frames[2]])
    assert model.seen == 6
    assert np.array_equal(again[-1], frames[2][..., 0])


def test_memory_of_alphas_is_bounded() -> None:
    class Plain:
        key = 1

        def ready(self) -> None: ...

        def alphas(self, frames: list[np.ndarray]) -> list[np.ndarray]:
            return [frame[..., 0] for frame in frames]

    memory = AlphaMemory(most=3 * 64)
    frames = [np.full((8, 8, 3), n, np.uint8) for n in range(9)]
    assert [int(a[0, 0]) for a in memory.of(Plain(), frames)] == list(range(9))
    assert len(memory._alphas) == 3


def test_devices(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        pick_device("cpu", "It takes ages.")
    assert "It takes ages." in caplog.text
    with pytest.raises(BadInput, match="auto, cuda"):
        pick_device("abacus", "")
    with pytest.raises(BadInput, match="auto, cuda"):
        pick_device("meta", "")
    with pytest.raises(EngineUnavailable, match="not on this machine"):
        pick_device("cuda:99", "")


def test_sides_of_variants() -> None:
    assert BirefnetSettings(path="x", variant="HR").side == 2048  # type: ignore[arg-type]
    assert BirefnetSettings(path="x", variant="ToonOut").side == 1024  # type: ignore[arg-type]
    assert BirefnetSettings(path="x", variant="lite", size=512).side == 512


def test_the_registry_knows_it(folder: Path) -> None:
    choice = EngineChoice(name="birefnet", settings=_settings(folder))
    assert registry.matte(choice).fingerprint == registry.fingerprint("matte", choice)
