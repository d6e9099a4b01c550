"""Commands that run PopCon for longer than one job: up, deploy."""

import os
from typing import Annotated

from cyclopts import Parameter

from deployments.up import Up, UpOptions
from popcon.errors import BadInput
from ui.cli.console import print_result, tell


def up(*, options: Annotated[UpOptions, Parameter(name="*")] = UpOptions()) -> None:  # noqa: B008  immutable
    """Run a Prefect server, its workers and the web app on this machine, until Ctrl-C.

    The server keeps its database in POPCON_HOME, or in PREFECT_API_DATABASE_CONNECTION_URL. It has a password; the link
    that is printed logs your browser in to Prefect's UI.

    Examples:

        popcon up
        popcon up --port 4300 --web-port 4380 --cpu 4
    """
    Up(options, tell).run()


def deploy(*, webhook: str | None = None, json: bool = False) -> None:
    """Register pools, queues, blocks, deployments and automations on the Prefect server in PREFECT_API_URL.

    Its password is in PREFECT_API_AUTH_STRING.

    Examples:

        PREFECT_API_URL=https://prefect.example/api popcon deploy
        popcon deploy --webhook https://chat.example/hooks/popcon

    Parameters
    ----------
    webhook
        an address that is told when a job waits for a person.
    json
        one JSON object on stdout.
    """
    from deployments.up_state import find_server
    from popcon.settings import settings

    api_url = find_server()
    if api_url is None:
        raise BadInput("There is no Prefect server to deploy to; set PREFECT_API_URL, or start one with `popcon up`.")
    os.environ["PREFECT_API_URL"] = api_url
    from deployments.register import register

    names = register(settings().store_url, webhook=webhook)
    print_result({"server": api_url, "deployments": names}, json, f"{len(names)} deployments on {api_url}:", *names)
