"""An engine's settings, from the flat values that a job holds and from this machine's environment."""

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from popcon.errors import BadInput
from popcon.models.base import Model
from popcon.models.job import Setting

SomeSettings = TypeVar("SomeSettings", bound=Model)

_WEIGHTS = ("path", "session")
"""Settings that name weights."""


def variable(engine: str, setting: str) -> str:
    """Return the environment variable of a setting: POPCON_BIREFNET_PATH."""
    return f"POPCON_{engine}_{setting}".upper().replace("-", "_")


def from_environment(
    kind: type[Model], engine: str, environment: Mapping[str, str] | None = None
) -> dict[str, Setting]:
    """Read an engine's settings from the environment: POPCON_<ENGINE>_<SETTING>; empty variables do not count."""
    told = os.environ if environment is None else environment
    return {name: value for name in kind.model_fields if (value := told.get(variable(engine, name)))}


def read(kind: type[SomeSettings], engine: str, given: Mapping[str, Setting]) -> SomeSettings:
    """Check settings, and take from the environment what a job leaves to the machine.

    Where a job names weights of its own, the environment says nothing: what it allows and sets (such as
    `trust_remote_code`) is meant for the weights that it names itself.

    Raises:
        BadInput: a setting is unknown, missing or wrong; the message names the first one and what it is for.
    """
    local = {} if any(given.get(name) for name in _WEIGHTS) else from_environment(kind, engine)
    try:
        return kind.model_validate({**local, **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        field = kind.model_fields.get(name)
        if first["type"] == "missing":
            about = f" ({field.description})" if field and field.description else ""
            raise BadInput(
                f"The engine {engine} needs the setting `{name}`{about}; give it, or set {variable(engine, name)}."
            ) from error
        if first["type"] == "extra_forbidden":
            known = ", ".join(kind.model_fields)
            raise BadInput(f"The engine {engine} has no setting `{name}`; it knows {known}.") from error
        said = first["msg"].removeprefix("Value error, ")
        where = variable(engine, name) if name in local and name not in given else f"The setting `{name}`"
        raise BadInput(f"{where} of the engine {engine} cannot be {first['input']!r}: {said}.") from error
