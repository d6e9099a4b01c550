"""What a machine's inference host serves, where it listens, and how others find it.

The models are those that the environment configures: POPCON_BIREFNET_PATH, POPCON_SAM2_PATH,
POPCON_SAM2_ULTRALYTICS_PATH, POPCON_REMBG_SESSION and the settings beside them, or the same names in the block
`PopCon engine settings` named default.
"""

import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field, ValidationError

from blocks.access import EngineSettings
from popcon.engines import table
from popcon.engines.engine_settings import from_environment
from popcon.errors import EngineUnavailable
from popcon.models.base import Model


class InferenceHost(Model):
    """An inference host to be started.

    The token is not among the arguments, where other people of this machine could read it.
    """

    arguments: tuple[str, ...] = Field(description="after `python -m`")
    engines: tuple[str, ...]
    url: str
    environment: dict[str, str] = Field(description="for the host itself")

    def for_clients(self) -> dict[str, str]:
        """Return what the environment of those who use the host needs."""
        return {"POPCON_INFERENCE_URL": self.url, "POPCON_INFERENCE_TOKEN": self.environment["POPCON_INFERENCE_TOKEN"]}


def with_blocks(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with what the default engine block adds to it; an empty variable says nothing.

    Asks the Prefect server.
    """
    block = EngineSettings.named("default")
    said = block.environment() if block else {}
    return {**environment, **{name: value for name, value in said.items() if not environment.get(name)}}


def inference_host(environment: Mapping[str, str], tell: Callable[[str], None]) -> InferenceHost | None:
    """Return the host for the engines that an environment configures; None: there are none, or there is a host.

    Arguments:
        environment: of the processes to be started.
        tell: called with a line for a person on what is configured and cannot be served.
    """
    if environment.get("POPCON_INFERENCE_URL"):
        return None
    engines = []
    for row in table.rows():
        given = from_environment(table.settings_model(row), row.name, environment) if row.local else {}
        if not ({"path", "session"} & set(given)):
            continue
        problem = _problem(row, given)
        if problem:
            tell(f"The engine {row.name} is configured, but cannot be served: {problem}")
        else:
            engines.append(row.name)
    if not engines:
        return None
    port = _free_port()
    serve = [part for name in engines for part in ("--serve", name)]
    return InferenceHost(
        arguments=("popcon.inference", "--host", "127.0.0.1", "--port", str(port), *serve),
        engines=tuple(engines),
        url=f"http://127.0.0.1:{port}",
        environment={**environment, "POPCON_INFERENCE_TOKEN": secrets.token_urlsafe(24)},
    )


def _problem(row: table.EngineRow, given: Mapping[str, Any]) -> str:
    try:
        table.settings_model(row).model_validate(given)
        table.require_packages(row.kind, row.name)
    except ValidationError as error:
        first = error.errors()[0]
        return f"the setting `{'.'.join(map(str, first['loc']))}` cannot be {first['input']!r} ({first['msg']})."
    except EngineUnavailable as error:
        return str(error)
    return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found
