"""The question of a gate in Markdown: what its picture shows, and in which order."""

from types import SimpleNamespace
from typing import Any

import pytest

from flows import artifacts
from popcon.actions import action
from popcon.models.artifact import ArtifactRef
from popcon.models.results import CutoutRef, Cutouts
from popcon.models.timeline import FrameRef

REF = ArtifactRef(sha256="0" * 64, size=1, media_type="image/png")


def test_doubtful_frames_are_shown_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[float] = []

    def strip_link(context: Any, cutouts: Any) -> str:
        shown.extend(each.doubt for each in cutouts)
        return "/strip"

    monkeypatch.setattr(artifacts, "strip_link", strip_link)
    cutouts = Cutouts(
        cutouts=tuple(
            CutoutRef(frame=FrameRef(source=REF, index=n), picture=REF, doubt=doubt, reason="a hole" if doubt else "")
            for n, doubt in enumerate((0.0, 0.9, 0.1, 0.6, *[0.0] * 8))
        )
    )
    context: Any = SimpleNamespace(job=SimpleNamespace(id="puff"))
    says = artifacts.describe(context, action("wave"), cutouts)
    assert shown == [0.9, 0.6, 0.1, *[0.0] * 5]
    assert "12 frames, 2 of them doubtful" in says
    assert "![8 cut-out frames of Wave on light and on dark, the doubtful ones first and framed](/strip)" in says
    assert "- a hole" in says
