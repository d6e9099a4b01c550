"""Platforms on loopback, as their public API references describe them, with faults at will.

A fault is taken once, by the next request that changes something: `lost` carries it out and drops the connection,
`dropped` drops it before, `error` answers 500 after carrying it out, `busy` answers 429.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "11:secret-token"


class Platform:
    """What the doubles hold: stickers in order, and every request that changed something."""

    def __init__(self) -> None:
        self.stickers: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.calls: list[str] = []
        self.tier = 1
        self.has_set = False
        self.admin = True
        self.turn = threading.Lock()

    def add(self, **about: Any) -> dict[str, Any]:
        made = {"id": str(100 + len(self.calls)), **about}
        self.stickers.append(made)
        return made


class _Handler(BaseHTTPRequestHandler):
    platform: Platform

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        with self.platform.turn:
            self._answer(*self._read(urlsplit(self.path)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.platform.turn:
            fault = self.platform.faults.pop(0) if self.platform.faults else ""
            if fault == "dropped":
                self.connection.close()
                return
            if fault == "busy":
                self._answer(429, {"retry_after": 0.01, "parameters": {"retry_after": 0.01}, "description": "slow"})
                return
            self.platform.calls.append(urlsplit(self.path).path.rsplit("/", 1)[-1])
            status, answer = self._change(urlsplit(self.path).path, self._fields(body))
            if fault == "lost":
                self.connection.close()
                return
            self._answer(500 if fault == "error" else status, {} if fault == "error" else answer)

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _fields(self, body: bytes) -> dict[str, Any]:
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            found: dict[str, Any] = json.loads(body)
            return found
        message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        parts = message.get_payload()
        fields: dict[str, Any] = {}
        for part in parts if isinstance(parts, list) else []:
            name = part.get_param("name", header="content-disposition")
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            fields[str(name)] = data if part.get_filename() else data.decode()
        return fields

    def _read(self, url: Any) -> tuple[int, Any]:
        raise NotImplementedError

    def _change(self, path: str, fields: dict[str, Any]) -> tuple[int, Any]:
        raise NotImplementedError


class Telegram(_Handler):
    def _method(self, path: str) -> str | None:
        found = re.fullmatch(rf"/bot{TOKEN}/(\w+)", path)
        return found[1] if found else None

    def _read(self, url: Any) -> tuple[int, Any]:
        method = self._method(url.path)
        if method == "getMe":
            return 200, {"ok": True, "result": {"id": 11, "is_bot": True, "username": "pop_bot"}}
        if method == "getStickerSet":
            assert parse_qs(url.query)["name"][0].endswith("_by_pop_bot")
            if not self.platform.has_set:
                return 400, {"ok": False, "error_code": 400, "description": "Bad Request: STICKERSET_INVALID"}
            listed = [{"file_unique_id": each["id"], "emoji": each["emoji"]} for each in self.platform.stickers]
            return 200, {"ok": True, "result": {"stickers": listed}}
        return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}

    def _change(self, path: str, fields: dict[str, Any]) -> tuple[int, Any]:
        method = self._method(path)
        new = method == "createNewStickerSet"
        if new == self.platform.has_set:
            return 400, {"ok": False, "description": "Bad Request: sticker set name is already occupied"}
        sticker = json.loads(fields["stickers"])[0] if new else json.loads(fields["sticker"])
        assert sticker["format"] == "video"
        assert sticker["sticker"] == "attach://file"
        self.platform.has_set = True
        self.platform.add(emoji=sticker["emoji_list"][0], data=fields["file"])
        return 200, {"ok": True, "result": True}


class Discord(_Handler):
    def _read(self, url: Any) -> tuple[int, Any]:
        if self.headers["Authorization"] != f"Bot {TOKEN}":
            return 401, {"message": "401: Unauthorized", "code": 0}
        if url.path == "/guilds/77":
            return 200, {"id": "77", "premium_tier": self.platform.tier}
        return 200, [{key: each[key] for key in ("id", "name")} for each in self.platform.stickers]

    def _change(self, path: str, fields: dict[str, Any]) -> tuple[int, Any]:
        if path.endswith("/stickers"):
            assert re.fullmatch(r"[a-z_]+", fields["tags"])
            assert len(fields["name"]) >= 2
            made = self.platform.add(name=fields["name"], data=fields["file"])
        else:
            assert fields["image"].startswith("data:image/")
            made = self.platform.add(name=fields["name"], data=fields["image"])
        return 201, {"id": made["id"], "name": made["name"]}


class Mastodon(_Handler):
    def _read(self, url: Any) -> tuple[int, Any]:
        assert url.path == "/api/v1/custom_emojis"
        return 200, [{"shortcode": each["name"], "url": ""} for each in self.platform.stickers]

    def _change(self, path: str, fields: dict[str, Any]) -> tuple[int, Any]:
        if not self.platform.admin:
            return 404, {"error": "Not Found"}
        assert path == "/api/v1/admin/custom_emojis"
        if any(each["name"] == fields["shortcode"] for each in self.platform.stickers):
            return 409, {"error": "Conflict"}
        self.platform.add(name=fields["shortcode"], data=fields["image"])
        return 200, {"shortcode": fields["shortcode"]}


class GoogleChat(_Handler):
    def _read(self, url: Any) -> tuple[int, Any]:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return 401, {"error": {"code": 401, "message": "Request had invalid authentication credentials."}}
        start = int(parse_qs(url.query).get("pageToken", ["0"])[0])
        page = self.platform.stickers[start : start + 2]
        more = {"nextPageToken": str(start + 2)} if start + 2 < len(self.platform.stickers) else {}
        return 200, {"customEmojis": [{"name": e["id"], "emojiName": f":{e['name']}:"} for e in page]} | more

    def _change(self, path: str, fields: dict[str, Any]) -> tuple[int, Any]:
        made = self.platform.add(name=fields["emojiName"].strip(":"), data=fields["payload"]["fileContent"])
        return 200, {"name": made["id"], "emojiName": fields["emojiName"]}


HANDLERS = {"telegram": Telegram, "discord": Discord, "mastodon": Mastodon, "google-chat": GoogleChat}


@contextmanager
def serve(kind: str) -> Iterator[tuple[str, Platform]]:
    """Run a platform; yields its address and what it holds."""
    platform = Platform()
    handler = type("Handler", (HANDLERS[kind],), {"platform": platform})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
