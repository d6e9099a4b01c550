"""An engine's settings, from the flat values that a job or a block holds."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from popcon.errors import BadInput
from popcon.models.base import Model
from popcon.models.job import Setting

SomeSettings = TypeVar("SomeSettings", bound=Model)


def read(kind: type[SomeSettings], engine: str, given: Mapping[str, Setting]) -> SomeSettings:
    """Check settings.

    Raises:
        BadInput: a setting is unknown, missing or wrong; the message names the first one and what it is for.
    """
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        field = kind.model_fields.get(name)
        if first["type"] == "missing":
            about = f" ({field.description})" if field and field.description else ""
            raise BadInput(f"The engine {engine} needs the setting `{name}`{about}.") from error
        if first["type"] == "extra_forbidden":
            known = ", ".join(kind.model_fields)
            raise BadInput(f"The engine {engine} has no setting `{name}`; it knows {known}.") from error
        said = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"The setting `{name}` of the engine {engine} cannot be {first['input']!r}: {said}.") from error
