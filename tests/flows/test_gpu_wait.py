"""A make-sticker whose cutouts were made on the pool `gpu`, and are not found here, does not ask for them for ever."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from flows import gpu
from popcon.errors import Fault
from popcon.models.artifact import ArtifactRef
from popcon.models.job import EngineChoice, Engines
from popcon.models.timeline import FrameRef


class Suspended(Exception):
    """Stands for the end of the process."""


def _wait(finished: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a run starts that comes back to where it waits, after so many children have finished."""
    own = str(uuid4())
    started: list[str] = []
    tags: list[str] = []

    def start(*arguments: Any, **named: Any) -> None:
        started.append(arguments[2])
        tags[:] = named["tags"]

    def suspend(key: str) -> None:
        raise Suspended(key)

    children: list[Any] = []
    monkeypatch.setattr(gpu, "runtime", SimpleNamespace(flow_run=SimpleNamespace(id=own)))
    monkeypatch.setattr(gpu, "suspend_flow_run", suspend)
    monkeypatch.setattr(gpu.runs, "server", lambda: nullcontext())
    monkeypatch.setattr(gpu.runs, "find", lambda *_: children)
    monkeypatch.setattr(gpu.runs, "start", start)
    monkeypatch.setattr(gpu.runs, "own_queue", lambda _: None)
    monkeypatch.setattr(gpu.runs, "is_live", lambda _: False)
    monkeypatch.setattr(gpu.runs, "succeeded", lambda _: True)
    monkeypatch.setattr(gpu, "_refuse_failure", lambda _: None)
    engines = Engines(matte=EngineChoice(name="birefnet"))
    context: Any = SimpleNamespace(
        job=SimpleNamespace(id="fox-1", spec=SimpleNamespace(engines=engines)),
        step_inputs=SimpleNamespace(revision_count=0),
        archive=None,
        address="store",
    )
    some: Any = SimpleNamespace(name="wave")
    frames = [FrameRef(source=ArtifactRef(sha256="0" * 64, size=1, media_type="video/mp4"), index=3)]
    for _ in range(finished):
        with pytest.raises(Suspended):
            gpu.suspend_until_cut_out(context, some, frames)
        children.append(SimpleNamespace(id=uuid4(), tags=list(tags)))
    gpu.suspend_until_cut_out(context, some, frames)
    return started


def test_cutouts_that_are_not_found_are_asked_for_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Suspended):
        _wait(2, monkeypatch)
    with pytest.raises(Fault, match="same store, version of PopCon and settings of engines"):
        _wait(3, monkeypatch)
