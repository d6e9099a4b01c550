"""A real S3 endpoint on loopback, and a proxy before it that plays the faults of a network."""

import http.client
import random
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY, SECRET = "popcon-test", "popcon-test-secret"

FAULTS = ("slow", "500", "503", "break", "break_after", "truncate", "half_upload")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def rclone(folder: Path) -> Iterator[int]:
    """Serve the buckets in a folder; yields the port."""
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "rclone"),
        *("serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}"),
        *("--config", str(folder.parent / "rclone.conf"), "--vfs-cache-mode", "off"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


class FaultProxy:
    """Forwards requests to an S3 endpoint.

    Arguments:
        port: of the endpoint.
    """

    def __init__(self, port: int) -> None:
        self.next: deque[str] = deque()
        self.share = 0.0
        self.played: list[str] = []
        self.requests = 0
        self._random, self._lock = random.Random(7), threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def _forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fault = proxy._choose()
                if fault == "slow":
                    time.sleep(0.7)
                if fault in ("500", "503"):
                    return self._answer(int(fault), {}, b"")
                if fault == "break":
                    return self._break()
                if fault == "half_upload" and self.command == "PUT" and body:
                    self._send_half(body)
                    return self._break()
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                upstream.request(self.command, self.path, body, dict(self.headers.items()))
                answer = upstream.getresponse()
                data = answer.read()
                headers = {
                    name: value
                    for name, value in answer.getheaders()
                    if name.lower() not in ("transfer-encoding", "connection", "content-length")
                }
                length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data))
                upstream.close()
                if fault == "break_after":
                    return self._break()
                if fault == "truncate" and len(data) > 1:
                    self._answer(answer.status, headers | {"Content-Length": str(len(data))}, data[: len(data) // 2])
                    return self._break()
                self._answer(answer.status, headers | {"Content-Length": length or "0"}, data)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _forward  # noqa: N815

            def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
                self.send_response(status)
                for name, value in ({"Content-Length": "0"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def _break(self) -> None:
                self.close_connection = True
                self.connection.close()

            def _send_half(self, body: bytes) -> None:
                with socket.create_connection(("127.0.0.1", port), timeout=10) as upstream:
                    head = f"{self.command} {self.path} HTTP/1.1\r\n{self.headers.as_string().rstrip()}\r\n\r\n"
                    upstream.sendall(head.replace("\n", "\r\n").replace("\r\r", "\r").encode() + body[: len(body) // 2])

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _choose(self) -> str:
        with self._lock:
            self.requests += 1
            fault = ""
            if self.next:
                fault = self.next.popleft()
            elif self._random.random() < self.share:
                fault = self._random.choice(FAULTS)
            if fault:
                self.played.append(fault)
            return fault
