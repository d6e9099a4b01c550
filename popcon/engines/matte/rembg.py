"""The matte engine `rembg`: any of rembg's models for removing backgrounds that a person already has.

rembg (MIT) fetches models by itself; here only a model that lies on this machine is used, and none of its sessions
that send pictures to a service.
"""

import os
import time
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image
from pydantic import Field

from popcon.engines.engine_settings import read
from popcon.engines.loaded import Loaded
from popcon.engines.matte.keyed import KeyedMatte
from popcon.engines.matte.modelled import ModelledMatte
from popcon.engines.remote.hosted import hosted_alpha
from popcon.engines.table import require_packages
from popcon.engines.weights import file_digest
from popcon.errors import BadInput, EngineUnavailable
from popcon.models.base import Model
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice, Setting
from popcon.pixels import Mask, Rgb

NAME = "rembg"
VERSION = f"2+keyed{KeyedMatte.fingerprint.version}"

OTHER_WORK = {
    "sam": "needs clicks; use the segment engine `sam2`",
    "u2net_cloth_seg": "finds clothes, not characters",
    "withoutbg": "sends pictures to a service",
    "atlascloud": "sends pictures to a service",
}
"""Sessions of rembg that are no matte engines, and why."""


class RembgSettings(Model):
    """Settings of the matte engine `rembg`."""

    session: str = Field(min_length=1, pattern=r"^[\w.-]+$", description="a session of rembg, such as isnet-anime")
    path: str = Field(default="", description="the model's file, where it is not in rembg's own folder")
    rescue_effects: bool = Field(default=True, description="whether small effects that the model removed come back")


class LocalRembg:
    """A rembg session in this process; loaded on first use."""

    def __init__(self, settings: RembgSettings) -> None:
        self.settings = settings

    @property
    def key(self) -> tuple[str, RembgSettings, str]:
        return NAME, self.settings, _weights(self.settings)

    def check(self) -> None:
        require_packages("matte", NAME)
        model_file(self.settings)

    def ready(self) -> float | None:
        """Load the session; what a frame takes is measured once, where its runtime computes on a CPU alone."""
        session = self._session()
        inner = getattr(session, "inner_session", None)
        if inner is None or inner.get_providers() != ["CPUExecutionProvider"]:
            return None
        with _pacing:
            if self.key not in _paces:
                began = time.perf_counter()
                self.alphas([np.zeros((480, 480, 3), np.uint8)])
                _paces[self.key] = time.perf_counter() - began
            return _paces[self.key]

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        """Return alpha of frames, one by one: rembg knows no batches."""
        session = self._session()
        made = []
        for frame in frames:
            mask = session.predict(Image.fromarray(frame))[0].convert("L")
            made.append(
                np.array(mask.resize(frame.shape[1::-1]) if mask.size != frame.shape[1::-1] else mask, np.uint8)
            )
        return made

    def _session(self) -> Any:
        return _sessions.get(self.key, lambda: _load(self.settings))


_sessions: Loaded[Any] = Loaded()
_paces: dict[Hashable, float] = {}
_loading, _pacing = Lock(), Lock()


def make(settings: Mapping[str, Setting], purchase: object = None) -> ModelledMatte:
    """Return the engine; the model loads on first use.

    Raises:
        BadInput: a setting is missing, unknown or wrong, or the session is no matte engine.
    """
    wanted = read(RembgSettings, NAME, settings)
    if wanted.session in OTHER_WORK:
        raise BadInput(f"rembg's session {wanted.session} {OTHER_WORK[wanted.session]}.")
    version = f"{VERSION} {wanted.session}{'' if wanted.rescue_effects else ' plain'}"
    fingerprint = EngineFingerprint(name=NAME, version=version, weights=_weights(wanted))
    model = hosted_alpha(EngineChoice(name=NAME, settings=wanted.model_dump()), LocalRembg(wanted))
    return ModelledMatte(fingerprint, model, wanted.rescue_effects)


def model_file(settings: RembgSettings) -> Path:
    """Return the model's file: as set, else where rembg keeps it (now, and before its version 2.0.76).

    Raises:
        EngineUnavailable: it is not there.
    """
    if settings.path:
        places = [Path(settings.path).expanduser()]
    else:
        name = f"{settings.session}.onnx"
        places = [_home() / "models" / settings.session / name, _old_home() / name]
    for place in places:
        if place.is_file():
            return place
    raise EngineUnavailable(f"rembg's model {settings.session} is not on this machine; put its file at {places[0]}.")


def _home() -> Path:
    data = os.environ.get("XDG_DATA_HOME")
    default = f"{data}/rembg" if data else "~/.rembg"
    return Path(os.environ.get("U2NET_HOME") or os.environ.get("REMBG_HOME") or default).expanduser()


def _old_home() -> Path:
    return Path(os.environ.get("U2NET_HOME") or f"{os.environ.get('XDG_DATA_HOME', '~')}/.u2net").expanduser()


def _weights(settings: RembgSettings) -> str:
    try:
        return file_digest(model_file(settings))
    except EngineUnavailable:
        return f"absent:{settings.session}"


def _load(settings: RembgSettings) -> Any:
    file = model_file(settings)
    try:
        from rembg.session_factory import sessions_class
    except (ImportError, OSError, SystemExit) as error:
        raise EngineUnavailable(f"rembg cannot be loaded ({error}); install rembg[cpu] or rembg[gpu].") from error
    known = {each.name(): each for each in sessions_class}
    if settings.session not in known:
        raise EngineUnavailable(f"rembg has no session {settings.session}; it has {', '.join(sorted(known))}.")
    if not known[settings.session].is_local():
        raise EngineUnavailable(f"rembg's session {settings.session} sends pictures to a service.")
    import onnxruntime  # type: ignore[import-not-found,import-untyped,unused-ignore]

    # The file was found above: whatever the session would fetch, it gets this one.
    kind = type("Local", (known[settings.session],), {"download_models": classmethod(lambda cls, *a, **k: str(file))})
    try:
        with _loading:
            return kind(settings.session, onnxruntime.SessionOptions(), model_path=str(file))
    except Exception as error:  # a damaged file fails in many ways
        raise EngineUnavailable(f"rembg's model {file} cannot be loaded: {error}") from error
