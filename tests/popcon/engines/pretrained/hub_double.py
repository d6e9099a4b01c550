"""A Hugging Face hub on loopback: lists a commit's files, and hands them out whole or from an offset."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the double holds and what it was asked.

    Arguments:
        files: path to bytes, of the one commit.
        large: paths that are listed with a SHA-256, as files in LFS are; the others with Git's hash.
        break_after: bytes after which a file's transfer breaks off, once.
    """

    files: dict[str, bytes]
    large: set[str] = field(default_factory=set)
    commit: str = COMMIT
    break_after: int | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    def listing(self) -> dict[str, object]:
        siblings = []
        for path, data in self.files.items():
            entry: dict[str, object] = {"rfilename": path, "size": len(data)}
            entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            if path in self.large:
                entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            siblings.append(entry)
        return {"sha": self.commit, "siblings": siblings}


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve a hub until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            hub.asked.append((path, self.headers.get("range", "")))
            if path.startswith("/api/models/"):
                revision = path.rpartition("/")[2]
                known = revision in (hub.commit, "main")
                self._send(200 if known else 404, json.dumps(hub.listing() if known else {}).encode())
                return
            data = hub.files.get(path.partition("/resolve/")[2].partition("/")[2])
            if data is None:
                self._send(404, b"")
                return
            start = int(self.headers["range"].removeprefix("bytes=").rstrip("-")) if "range" in self.headers else 0
            self._send(206 if start else 200, data[start:])

        def _send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            cut = hub.break_after if "/resolve/" in self.path else None
            if cut is not None and len(data) > cut:
                hub.break_after = None
                self.wfile.write(data[:cut])
                self.close_connection = True
                return
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
