"""The table of engines: one row for each, as data. Importing it imports no engine.

Kinds, in the order in which a job uses them: image, subject, video, matte, segment.
"""

import importlib
from dataclasses import dataclass
from typing import Any, Literal

from popcon.engines.device import require
from popcon.errors import BadInput, EngineUnavailable, UnknownName
from popcon.models.base import Model

Kind = Literal["image", "subject", "video", "matte", "segment"]


@dataclass(frozen=True)
class EngineRow:
    """One engine. Places are written `module:name` and imported on first use.

    Attributes:
        kind: what it does.
        name: how a job names it.
        maker: makes the engine. Without `settings` it is called with nothing, else with the job's settings (a
            mapping) and a `Purchase` (None for what needs no paying). Cheap: weights and clients load on first use.
        settings: its settings, a pydantic model; empty for an engine that has none.
        packages: what has to be installed, by the names under which they are imported.
        extra: PopCon's extra that brings the packages.
        local: what an inference host loads, made from the settings: an `AlphaModel` for a matte engine, a
            `SegmentEngine` for a segment engine. Empty: no inference host serves it.
    """

    kind: Kind
    name: str
    maker: str
    settings: str = ""
    packages: tuple[str, ...] = ()
    extra: str = "models"
    local: str = ""


_ROWS: dict[tuple[Kind, str], EngineRow] = {}
"""In the order of registration: the first of a kind is its default."""


def register(row: EngineRow) -> None:
    """Add an engine, or replace the one of the same kind and name."""
    _ROWS[row.kind, row.name] = row


def unregister(row: EngineRow) -> None:
    """Remove an engine that was registered."""
    _ROWS.pop((row.kind, row.name), None)


def rows(kind: Kind | None = None) -> tuple[EngineRow, ...]:
    """Return all engines, or those of a kind; the default of a kind comes first."""
    return tuple(row for row in _ROWS.values() if kind in (None, row.kind))


def names(kind: Kind) -> tuple[str, ...]:
    """Return the names of the engines of a kind, the default first."""
    return tuple(row.name for row in rows(kind))


def row(kind: Kind, name: str) -> EngineRow:
    """Return the row of an engine.

    Raises:
        UnknownName: no engine of the kind has this name.
    """
    if (kind, name) not in _ROWS:
        raise UnknownName(f"{kind} engine", name, names(kind))
    return _ROWS[kind, name]


def load(row: EngineRow, place: str) -> Any:
    """Import what a place of a row names.

    Raises:
        EngineUnavailable: it cannot be imported.
    """
    module, _, attribute = place.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise EngineUnavailable(f"The {row.kind} engine {row.name} cannot be loaded: {error}.") from error


def settings_model(row: EngineRow) -> type[Model]:
    """Return the pydantic model of an engine's settings.

    Raises:
        BadInput: the engine has none.
    """
    if not row.settings:
        raise BadInput(f"The {row.kind} engine {row.name} has no settings.")
    model: type[Model] = load(row, row.settings)
    return model


def require_packages(kind: Kind, name: str) -> None:
    """See that an engine's packages are installed, importing none.

    Raises:
        EngineUnavailable: one is not.
    """
    found = row(kind, name)
    require(*found.packages, extra=found.extra)


for _row in (
    EngineRow("image", "puppet", "popcon.engines.puppet.engine:PuppetImage"),
    EngineRow(
        "image",
        "dashscope",
        "popcon.engines.dashscope.make:image",
        settings="popcon.engines.dashscope.settings:DashScopeSettings",
        packages=("dashscope",),
        extra="dashscope",
    ),
    EngineRow(
        "image",
        "openai",
        "popcon.engines.image.openai:make",
        settings="popcon.engines.image.openai_settings:OpenAISettings",
    ),
    EngineRow("subject", "u2netp", "popcon.engines.subject.u2netp:U2NetP"),
    EngineRow("video", "puppet", "popcon.engines.puppet.engine:PuppetVideo"),
    EngineRow(
        "video",
        "dashscope",
        "popcon.engines.dashscope.make:video",
        settings="popcon.engines.dashscope.settings:DashScopeSettings",
        packages=("dashscope",),
        extra="dashscope",
    ),
    EngineRow(
        "matte",
        "keyed",
        "popcon.engines.matte.keyed:make",
        settings="popcon.engines.matte.keyed_settings:KeyedSettings",
    ),
    EngineRow(
        "matte",
        "birefnet",
        "popcon.engines.matte.birefnet.engine:make",
        settings="popcon.engines.matte.birefnet.settings:BirefnetSettings",
        packages=("torch", "torchvision", "transformers"),
        local="popcon.engines.matte.birefnet.engine:LocalBirefnet",
    ),
    EngineRow(
        "matte",
        "rembg",
        "popcon.engines.matte.rembg:make",
        settings="popcon.engines.matte.rembg:RembgSettings",
        packages=("rembg",),
        extra="rembg",
        local="popcon.engines.matte.rembg:LocalRembg",
    ),
    EngineRow("segment", "graph", "popcon.engines.segment.graph:GraphEngine"),
    EngineRow(
        "segment",
        "sam2",
        "popcon.engines.segment.sam2:make",
        settings="popcon.engines.segment.sam2_settings:Sam2Settings",
        packages=("torch", "transformers"),
        local="popcon.engines.segment.sam2:Sam2Engine",
    ),
    EngineRow(
        "segment",
        "sam2-ultralytics",
        "popcon.engines.segment.sam2_ultralytics:make",
        settings="popcon.engines.segment.sam2_settings:UltralyticsSettings",
        packages=("torch", "ultralytics"),
        local="popcon.engines.segment.sam2_ultralytics:UltralyticsEngine",
    ),
):
    register(_row)
