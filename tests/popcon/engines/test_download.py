"""Downloads of results against what a hostile or broken service can answer with."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from popcon.engines import download as module
from popcon.engines.download import AddressRefused, check_address, download, is_public
from popcon.errors import BadInput, ServiceFault

PRIVATE = [
    "http://127.0.0.1/a",
    "https://127.0.0.1/a",
    "https://localhost/a",
    "https://0.0.0.0/a",
    "https://2130706433/a",  # 127.0.0.1 as one number
    "https://0x7f.1/a",
    "https://[::1]/a",
    "https://[::ffff:127.0.0.1]/a",
    "https://[64:ff9b::7f00:1]/a",
    "https://[2002:7f00:1::]/a",
    "https://169.254.169.254/latest/meta-data",
    "https://10.1.2.3/a",
    "https://192.168.0.1/a",
    "https://100.64.0.1/a",
    "https://[fd00::1]/a",
    "https://224.0.0.1/a",
]
ODD = [
    "http://93.184.216.34/a",
    "ftp://93.184.216.34/a",
    "file:///etc/passwd",
    "https:///a",
    "https://user:word@93.184.216.34/a",
    "https://93.184.216.34:99999/a",
    "https://[::1",
    "https://93.184.216.34/a\r\nHost: b",
    "",
]


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler], None]], str]]:
    """Starts a server whose GET is a function; gives its address."""
    running: list[ThreadingHTTPServer] = []

    def start(get: Callable[[BaseHTTPRequestHandler], None]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                get(self)

            def log_message(self, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def _answer(body: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def get(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return get


@pytest.mark.parametrize("url", PRIVATE + ODD)
def test_only_public_https_is_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", never)
    with pytest.raises(AddressRefused):
        download(url, private=False)
    with pytest.raises(BadInput):
        check_address(url, private=False)


def test_public_addresses_are_known() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    assert not is_public("fe80::1%eth0")
    check_address("https://93.184.216.34/hooks", private=False)


def test_a_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is checked and loopback when it is connected to."""
    asked, reached = [], []

    def resolve(host: str, port: int, **kind: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(self: socket.socket, address: Any) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(ServiceFault):
        download("https://rebind.example/a", private=False)
    assert asked == ["rebind.example"]
    assert reached == [("93.184.216.34", 443)]


def test_one_private_address_among_public_ones_refuses_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **kind: Any) -> list[Any]:
        found = ("93.184.216.34", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
        download("https://both.example/a", private=False)


def test_bytes_arrive_through_redirects(serve: Callable[..., str]) -> None:
    end = serve(_answer(b"clip"))
    begin = serve(_answer(b"", 302, location=f"{end}/b?signature=1"))
    assert download(f"{begin}/a", private=True) == b"clip"


def test_a_redirect_is_checked_again(serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here; what it redirects to is this machine."""
    begin = serve(_answer(b"", 302, location="http://127.0.0.1:9/latest"))
    split, first = module._split, []

    def lenient(url: str, private: bool) -> Any:
        first.append(url)
        return split(url, private or len(first) == 1)

    resolve = module._resolve
    monkeypatch.setattr(module, "_split", lenient)
    monkeypatch.setattr(module, "_resolve", lambda parts, private: resolve(parts, private or len(first) == 1))
    with pytest.raises(AddressRefused):
        download(begin, private=False)
    assert first == [begin, "http://127.0.0.1:9/latest"]


def test_redirects_end(serve: Callable[..., str]) -> None:
    with pytest.raises(ServiceFault, match="redirects"):
        download(serve(_answer(b"", 302, location="/again")), private=True)


def test_a_dripping_body_ends(serve: Callable[..., str]) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        for _ in range(600):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.05)

    begun = time.monotonic()
    with pytest.raises(ServiceFault, match="longer than"):
        download(serve(drip), deadline_s=0.5, private=True)
    assert time.monotonic() - begun < 15


def test_a_body_without_a_length_that_never_ends_is_an_error(serve: Callable[..., str]) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(600):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.05)

    with pytest.raises(ServiceFault):
        download(serve(drip), deadline_s=0.5, private=True)


def test_dripping_headers_end(serve: Callable[..., str]) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        for _ in range(600):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.05)

    begun = time.monotonic()
    with pytest.raises(ServiceFault):
        download(serve(drip), deadline_s=0.5, private=True)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    ("get", "words"),
    [
        (_answer(b"x" * 5000), "larger than"),
        (_answer(b"gone", 404), "answered 404"),
        (_answer(b"half", **{"content-length": "4000"}), "IncompleteRead"),
    ],
)
def test_a_bad_answer_is_a_fault(serve: Callable[..., str], get: Any, words: str) -> None:
    url = serve(get) + "/a?Signature=secret"
    with pytest.raises(ServiceFault, match=words) as told:
        download(url, most_bytes=4096, private=True)
    assert "secret" not in str(told.value)


def test_deploying_with_a_private_webhook_is_bad_input() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POPCON_")}
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "deploy", "--webhook", "http://169.254.169.254/"],
        env=environment | {"PREFECT_API_URL": "http://127.0.0.1:9/api"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert "only https is accepted" in done.stderr
