"""Who a Prefect server of PopCon's answers: its own clients with its password, and no web page of others."""

import http.client
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.prefect_server import server, wait_until_healthy

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made") / "prefect"


@pytest.fixture(scope="module")
def api_url(home: Path) -> Iterator[str]:
    with server(home) as url:
        wait_until_healthy(url)
        yield url


@pytest.fixture(scope="module")
def auth(api_url: str) -> tuple[str, str]:
    user, password = os.environ["PREFECT_API_AUTH_STRING"].split(":")
    return user, password


def asked(api_url: str, auth: tuple[str, str] | None, path: str = "/flows/count", **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False, auth=auth, timeout=60) as client:
        return client.post(f"{api_url}{path}", json={}, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_the_right_password_alone_opens(api_url: str, auth: tuple[str, str]) -> None:
    assert asked(api_url, auth).json() == 0
    secrets = "/block_documents/filter"
    assert asked(api_url, auth, secrets).status_code == 200
    for wrong in (None, ("popcon", ""), ("popcon", "guess"), ("", auth[1])):
        assert asked(api_url, wrong, secrets).status_code == 401
        assert asked(api_url, wrong).status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:80", "127.0.0.1:9000", "[::1]:4200"])
def test_a_loopback_name_is_a_host(host: str, api_url: str, auth: tuple[str, str]) -> None:
    assert asked(api_url, auth, Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4200",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[::1]evil",
        "[::1]evil:4200",
        "[::1",
        "127.0.0.1:@evil",
        "127.0.0.1:80@evil",
        "evil@127.0.0.1",
        "127.0.0.1:evil",
        "127.0.0.1/evil",
        "0.0.0.0",
        "prefect-in-memory",
        "",
    ],
)
def test_another_host_is_refused(host: str, api_url: str, auth: tuple[str, str]) -> None:
    assert asked(api_url, auth, Host=host).status_code in (400, 421)


def test_a_second_host_is_refused(api_url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(api_url).netloc)
    connection.putrequest("GET", "/api/health", skip_host=True)
    for host in ("127.0.0.1", "evil.example"):
        connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status in (400, 421)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
def test_another_site_is_refused_even_with_the_password(
    headers: dict[str, str], api_url: str, auth: tuple[str, str]
) -> None:
    refused = asked(api_url, auth, **headers)
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


def test_no_site_is_allowed_to_read(api_url: str, auth: tuple[str, str]) -> None:
    origin = api_url.removesuffix("/api")
    own = asked(api_url, auth, Origin=origin)
    assert own.status_code == 200
    assert own.headers.get("access-control-allow-origin", origin) == origin
    assert own.headers["x-frame-options"] == "DENY"
    wanted = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    preflight = httpx.options(f"{api_url}/flows/filter", headers=wanted, trust_env=False)
    assert preflight.status_code == 403
    assert "access-control-allow-origin" not in preflight.headers


def test_sockets_are_guarded_too(api_url: str, auth: tuple[str, str]) -> None:
    address = f"{api_url.replace('http', 'ws', 1)}/events/out"
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        with pytest.raises(InvalidStatus), connect(address, additional_headers=headers, proxy=None):
            pass
    for token, said in (("popcon:guess", False), (":".join(auth), True)):
        with connect(address, subprotocols=["prefect"], proxy=None) as events:  # type: ignore[list-item]
            events.send(json.dumps({"type": "auth", "token": token}))
            try:
                welcome = json.loads(events.recv(10)).get("type") == "auth_success"
            except OSError as error:
                raise AssertionError(token) from error
            except Exception:
                welcome = False
            assert welcome is said


def test_the_password_is_in_no_argument_and_the_folder_is_private(api_url: str, home: Path) -> None:
    password = os.environ["PREFECT_API_AUTH_STRING"].split(":")[1]
    assert len(password) > 30
    listed = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True, check=True).stdout
    assert "tests.prefect_server" in listed
    assert password not in listed
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "prefect.db").stat().st_mode) == 0o600, "blocks, and the key they are encrypted with"
    logged = "".join(path.read_text(errors="replace") for path in home.glob("*.log"))
    assert password not in logged


def test_each_server_has_a_password_of_its_own(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from tests.prefect_server import server\n"
        "for name in ('a', 'b'):\n"
        "    with server(Path(sys.argv[1]) / name): print(os.environ['PREFECT_API_AUTH_STRING'])\n"
        "print(os.environ.get('PREFECT_API_AUTH_STRING'))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    first, second, after = done.stdout.split()
    assert first != second
    assert after == "None"
