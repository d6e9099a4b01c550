"""What only orchestrates or serves pages never loads a model's library."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "torchvision", "transformers", "ultralytics", "timm", "kornia", "onnxruntime", "rembg")
MODULES = (
    "popcon.engines.registry",
    "popcon.engines.matte.birefnet.engine",
    "popcon.engines.matte.rembg",
    "popcon.engines.segment.sam2",
    "popcon.engines.segment.sam2_ultralytics",
    "popcon.engines.remote.client",
    "popcon.inference.server",
    "tasks.steps",
    "flows.make_pack",
    "ui.cli",
)


@pytest.mark.parametrize("modules", [MODULES[:7], MODULES[7:]], ids=["engines", "orchestration"])
def test_imports_stay_light(modules: tuple[str, ...]) -> None:
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_a_fingerprint_loads_no_model(tmp_path: object) -> None:
    code = (
        "import sys\nfrom popcon.engines import registry\nfrom popcon.models.job import EngineChoice\n"
        f"settings = {{'path': {str(tmp_path)!r}}}\n"
        "print(registry.fingerprint('matte', EngineChoice(name='birefnet', settings=settings)).weights[:7],\n"
        "      registry.fingerprint('segment', EngineChoice(name='sam2', settings=settings)).weights[:7],\n"
        "      registry.fingerprint('segment', EngineChoice(name='sam2-ultralytics', settings=settings)).weights[:7],\n"
        "      'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split() == ["absent:", "absent:", "absent:", "False"], done.stderr
