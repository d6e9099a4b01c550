"""A double of a service that speaks OpenAI's images API, for tests: strict about fields, sizes and keys."""

import base64
import json
import time
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.dashscope_double.media import picture_of, without_backdrop

KEY = "sk-double-openai-51c0ffee"


class OpenAIDouble(ThreadingHTTPServer):
    """Answers like the images API, strictly: unknown fields, sizes and keys are refused."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.made: list[dict[str, Any]] = []
        self.faults: list[tuple[int, str] | str] = []
        self.alpha = False

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: OpenAIDouble

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.faults.pop(0) if self.server.faults else None
        if fault == "reset_before":
            return self.connection.close()
        if isinstance(fault, tuple):
            return self._answer(fault[0], {"error": {"code": fault[1], "message": f"words with {KEY}"}})
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return self._answer(401, {"error": {"code": "invalid_api_key", "message": "Incorrect API key provided"}})
        fields, pictures = self._fields(body)
        known = {"model", "prompt", "size", "n", "background", "output_format"}
        if set(fields) - known or str(fields.get("n")) != "1" or fields.get("size") not in ("1024x1024", "512x512"):
            return self._answer(400, {"error": {"code": "invalid_request", "message": f"bad fields {sorted(fields)}"}})
        if fields["model"] != "painter-1":
            return self._answer(404, {"error": {"code": "model_not_found", "message": "no such model"}})
        if "gore" in fields["prompt"]:
            return self._answer(400, {"error": {"code": "moderation_blocked", "message": "not allowed"}})
        self.server.made.append({"path": self.path, "pictures": len(pictures), **fields})
        side = int(fields["size"].split("x")[0])
        drawn = self._draw(pictures, side, fields.get("background") == "transparent")
        if fault == "reset_after":
            return self.connection.close()
        self._answer(200, {"created": int(time.time()), "data": [{"b64_json": base64.b64encode(drawn).decode()}]})

    def _fields(self, body: bytes) -> tuple[dict[str, Any], list[bytes]]:
        if self.path.endswith("/generations"):
            return json.loads(body), []
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields, pictures = {}, []
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            data = part.get_payload(decode=True)
            if part.get_filename():
                pictures.append(data)
            else:
                fields[part.get_param("name", header="content-disposition")] = data.decode()
        return fields, pictures

    def _draw(self, pictures: list[bytes], side: int, transparent: bool) -> bytes:
        drawn = picture_of("#f020f0", pictures, side)
        return without_backdrop(drawn) if transparent else drawn

    def _answer(self, status: int, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
