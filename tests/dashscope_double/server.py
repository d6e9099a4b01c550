"""The double's wire: HTTP on loopback, with connections that can be refused, broken, slow or cut short."""

import json
import re
import socket
import struct
import threading
import time
import uuid
import zlib
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dashscope_double.media import clip_of, draw, picture_of
from dashscope_double.service import CONVERSATION, RefusalError, Service, Settings


class BrokenError(Exception):
    """The connection is to be reset."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed in these tests; what they leave half done is not an error here."""


class Double:
    """The service's port, which can be closed and opened again, and a control port that always answers."""

    def __init__(self) -> None:
        self.service = Service()
        self.control = _Server(("127.0.0.1", 0), self._handler(_Control))
        self._wire = _Server(("127.0.0.1", 0), self._handler(_Wire))
        self.port: int = self._wire.server_address[1]
        self._open()

    def serve(self) -> None:
        self.control.serve_forever(poll_interval=0.05)

    def refuse(self, seconds: float) -> None:
        """Refuse connections from now on, for a while."""
        self._wire.shutdown()
        self._wire.server_close()

        def back() -> None:
            self._wire = _Server(("127.0.0.1", self.port), self._handler(_Wire))
            self._open()

        threading.Timer(seconds, back).start()

    def _open(self) -> None:
        threading.Thread(target=self._wire.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _handler(self, kind: type["_Handler"]) -> type["_Handler"]:
        return type(kind.__name__, (kind,), {"double": self})


class _Handler(BaseHTTPRequestHandler):
    double: Double
    protocol_version = "HTTP/1.1"
    timeout = 30

    @property
    def service(self) -> Service:
        return self.double.service

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, value: Any) -> None:
        self.send(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def send(self, status: int, data: bytes, kind: str, cut: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data if cut is None else data[:cut])
        if cut is not None:
            raise BrokenError


class _Wire(_Handler):
    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def _guarded(self, handle: Any) -> None:
        try:
            try:
                handle()
            except RefusalError as refusal:
                self.answer(refusal.status, {"code": refusal.code, "message": refusal.message,
                                             "request_id": str(uuid.uuid4())})  # fmt: skip
        except BrokenError:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

    def _before(self, call: str) -> dict[str, Any]:
        """Play what is scripted for this call and happens before the service looks at it."""
        fault = self.service.next_fault(call)
        self.service.note(call, fault=fault.get("kind", ""), path=self.path,
                          authorised="Authorization" in self.headers)  # fmt: skip
        kind = fault.get("kind")
        if kind == "slow":
            time.sleep(fault["seconds"])
        if kind == "reset_before":
            raise BrokenError
        if kind == "answer":
            raise RefusalError(fault["status"], fault.get("code", "InternalError"), fault.get("message", "scripted"))
        if kind == "page":
            self.send(fault["status"], b"<html><body>Bad Gateway</body></html>", "text/html")
            raise _AnsweredError
        return fault

    def _after(self, fault: dict[str, Any]) -> None:
        """Play what is scripted and happens after the service has done what was asked."""
        kind = fault.get("kind")
        if kind == "reset_after":
            raise BrokenError
        if kind == "hang_after":
            time.sleep(fault["seconds"])
        if kind == "answer_after":
            raise RefusalError(fault["status"], fault.get("code", "InternalError"), fault.get("message", "scripted"))
        if kind == "half_json":
            self.send(200, b'{"request_id": "1", "outp', "application/json")
            raise _AnsweredError

    def _get(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.rstrip("/")
        try:
            if path.startswith("/results/"):
                self._download(path.removeprefix("/results/").split(".")[0])
            elif path == "/api/v1/tasks":
                self._list(query)
            elif match := re.fullmatch(r"/api/v1/tasks/([^/]+)", path):
                self._poll(match.group(1))
            elif path == "/api/v1/uploads" and query.get("action") == "getPolicy":
                self._policy()
            else:
                raise RefusalError(404, "", "not found")
        except _AnsweredError:
            pass

    def _post(self) -> None:
        path, data = urlsplit(self.path).path.rstrip("/"), self.body()
        try:
            if path == "/upload":
                self._upload(data)
            elif path == "/api/v1/services/aigc/multimodal-generation/generation":
                self._converse(json.loads(data))
            elif path.startswith("/api/v1/services/aigc/"):
                self._create(path.removeprefix("/api/v1/services/aigc/"), json.loads(data))
            elif match := re.fullmatch(r"/api/v1/tasks/([^/]+)/cancel", path):
                self._before("cancel")
                self.service.authorise(self.headers.get("Authorization"), self.headers.get("Host", ""))
                self.service.cancel(match.group(1))
                self.answer(200, {"request_id": str(uuid.uuid4())})
            else:
                raise RefusalError(404, "", "not found")
        except _AnsweredError:
            pass

    def _lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _create(self, path: str, body: dict[str, Any]) -> None:
        fault = self._before("create")
        self.service.authorise(self.headers.get("Authorization"), self.headers.get("Host", ""))
        task = self.service.create(path, body, self._lower_headers(), fault)
        time.sleep(self.service.settings.answer_seconds)
        self._after(fault)
        self.answer(200, {"request_id": task.request_id, "output": {"task_id": task.id, "task_status": "PENDING"}})

    def _poll(self, task_id: str) -> None:
        fault = self._before("poll")
        self.service.authorise(self.headers.get("Authorization"), self.headers.get("Host", ""))
        output, usage = self.service.output(task_id)
        if fault.get("kind") == "status":
            output, usage = {"task_id": task_id, "task_status": fault["status"]}, None
        self._after(fault)
        if "video_url" in output:
            output["video_url"] = self._url(task_id, "mp4")
        for result in output.get("results", ()):
            result["url"] = self._url(task_id, "png")
        self.answer(200, {"request_id": str(uuid.uuid4()), "output": output, **({"usage": usage} if usage else {})})

    def _list(self, query: dict[str, str]) -> None:
        fault = self._before("list")
        self.service.authorise(self.headers.get("Authorization"), self.headers.get("Host", ""))
        rows = self.service.rows(query.get("model_name"), query.get("status"))
        self._after(fault)
        settings = self.service.settings
        number, size = int(query.get("page_no", 1)), min(settings.page_size, int(query.get("page_size", 10)))
        page = rows[(number - 1) * size : number * size]
        if fault.get("kind") == "cut":  # a page that is shorter than what it counts
            page = page[: len(page) // 2]
        told = {"total": len(rows), "total_page": -(-len(rows) // size)} if settings.tells_total else {}
        self.answer(200, {
            "request_id": str(uuid.uuid4()), "data": page, "page_no": number, "page_size": size, **told,
        })  # fmt: skip

    def _converse(self, body: dict[str, Any]) -> None:
        fault = self._before("converse")
        self.service.authorise(self.headers.get("Authorization"), self.headers.get("Host", ""))
        prompt, pictures = self.service.converse(body, self._lower_headers())
        time.sleep(self.service.settings.converse_seconds)
        name = f"conversation-{uuid.uuid4()}"
        width, height = (int(side) for side in str((body.get("parameters") or {}).get("size", "1024*1024")).split("*"))
        picture = draw(prompt, pictures, (width, height), fault, CONVERSATION[str(body["model"])].alpha)
        self.service.uploads[name] = picture
        self._after(fault)
        content = [{"image": self._url(name, "png")}]
        self.answer(200, {
            "request_id": str(uuid.uuid4()),
            "output": {"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": content}}]},
            "usage": {"image_count": 1, "width": width, "height": height},
        })  # fmt: skip

    def _policy(self) -> None:
        self._before("policy")
        self.service.authorise(self.headers.get("Authorization"), self.headers.get("Host", ""))
        self.answer(200, {"request_id": str(uuid.uuid4()), "data": {
            "policy": "cG9saWN5", "signature": "c2lnbmF0dXJl", "upload_dir": f"dashscope-instant/{uuid.uuid4()}",
            "upload_host": f"http://{self.headers['Host']}/upload", "expire_in_seconds": 300,
            "max_file_size_mb": 100, "capacity_limit_mb": 999999, "oss_access_key_id": "LTAI-double",
            "x_oss_object_acl": "private", "x_oss_forbid_overwrite": "true",
        }})  # fmt: skip

    def _upload(self, data: bytes) -> None:
        self._before("upload")
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in BytesParser(policy=HTTP).parsebytes(head + data).iter_parts()
        }
        if fields.get("policy") != b"cG9saWN5" or fields.get("success_action_status") != b"200":
            raise RefusalError(403, "AccessDenied", "Invalid according to Policy.")
        self.service.uploads[f"oss://{bytes(fields['key']).decode()}"] = bytes(fields["file"])
        self.send(200, b"", "application/xml")

    def _download(self, name: str) -> None:
        fault = self._before("download")
        if "Authorization" in self.headers:
            raise RefusalError(400, "InvalidArgument", "Only one auth mechanism allowed.")
        if name.startswith("conversation-"):
            data, kind = self.service.uploads[name], "image/png"
        else:
            task = self.service.tasks.get(name)
            if task is None or task.status(time.time()) != "SUCCEEDED":
                raise RefusalError(403, "AccessDenied", "Request has expired.")
            settings: Settings = self.service.settings
            if task.kind == "clip":
                words = zlib.crc32(task.prompt.rsplit(" (ref ", 1)[0].encode())  # other motions, other clips
                seed = int(task.body["parameters"].get("seed", 0)) + words
                data, kind = clip_of(task.pictures[0], settings.clip_side, settings.frames, seed), "video/mp4"
            else:
                data, kind = picture_of(task.prompt, task.pictures, 512, task.drawing), "image/png"
            task.downloads += 1
        if fault.get("kind") == "truncate":
            self.send(200, data, kind, cut=int(len(data) * float(fault.get("part", 0.5))))
        if fault.get("kind") == "lie":
            data = {"html": b"<html>Sorry</html>" * 50, "half": data[: len(data) // 2], "empty": b""}[fault["what"]]
        self.send(200, data, kind)

    def _url(self, name: str, extension: str) -> str:
        return f"http://127.0.0.1:{self.double.port}/results/{name}.{extension}?Expires=9999999999&Signature=double"


class _Control(_Handler):
    def do_GET(self) -> None:
        self.answer(200, self.service.stats())

    def do_POST(self) -> None:
        value = json.loads(self.body() or b"{}")
        with self.service.turn:
            if self.path == "/reset":
                self.double.service = Service(settings=Settings(**value))
            elif self.path == "/faults":
                self.service.faults[value["call"]].append(value["fault"])
            elif self.path == "/change":
                for name, changed in value.items():
                    setattr(self.service.settings, name, changed)
            elif self.path == "/clear":
                self.service.faults.pop(value["call"], None)
            elif self.path == "/task":
                self.service.put_task(value["model"], value["prompt"])
            elif self.path == "/forget":
                self.service.tasks.pop(value["task_id"])
            elif self.path == "/refuse":
                self.double.refuse(value["seconds"])
        self.answer(200, {"port": self.double.port})


class _AnsweredError(Exception):
    """An answer has been sent; nothing more is to be done."""
