"""Where `popcon up` runs on this machine: told in a file, so that other commands find it without being told."""

import json
import os
from pathlib import Path

import httpx
from pydantic import Field

from flows.server_guard import CLIENT_AUTH
from popcon.models.base import Model
from popcon.settings import settings


class UpState(Model):
    """A running `popcon up`."""

    pid: int
    api_url: str
    web_url: str
    store_url: str
    auth: str = Field(default="", description="the Prefect server's password, as `user:password`")
    login_url: str = Field(default="", description="logs a browser in to Prefect's UI")


def state_path() -> Path:
    return settings().home.expanduser() / "up.json"


def write_state(running: UpState) -> None:
    path = state_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(f".{running.pid}")
    whole.unlink(missing_ok=True)
    whole.touch(0o600, exist_ok=False)  # nobody else may read the password
    whole.write_text(running.model_dump_json())
    whole.replace(path)


def remove_state(pid: int) -> None:
    found = _read()
    if found is not None and found.pid == pid:
        state_path().unlink(missing_ok=True)


def find_server() -> str | None:
    """Return the API of the server to use: PREFECT_API_URL, else that of a running `popcon up`; None: there is none.

    The password of a running `popcon up` is put into PREFECT_API_AUTH_STRING, unless there is one.
    """
    url, found = os.environ.get("PREFECT_API_URL"), _read()
    if found is not None and found.api_url == (url or found.api_url) and is_healthy(found.api_url):
        if found.auth:
            os.environ.setdefault(CLIENT_AUTH, found.auth)
        return found.api_url
    return url


def find_web() -> str:
    """Return where the web app is: that of a running `popcon up`, else as the settings say."""
    found = _read()
    ours = found is not None and os.environ.get("PREFECT_API_URL", found.api_url) == found.api_url
    return found.web_url if found is not None and ours else settings().web_url


def is_healthy(api_url: str) -> bool:
    try:
        return httpx.get(f"{api_url}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _read() -> UpState | None:
    try:
        return UpState.model_validate(json.loads(state_path().read_text()))
    except (OSError, ValueError):
        return None
