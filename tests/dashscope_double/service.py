"""What the double remembers and decides: tasks with their states in time, queues, limits, and faults to play."""

import threading
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from dashscope_double.media import UnacceptableError, check_sent, read_sent

KEY = "sk-double-5d1f0c2b9a7e4836"

# Submits a second, tasks at once, clip lengths, resolutions; as the service's own pages list them.
VIDEO = {
    "wan2.2-i2v-flash": (2, 2, (5,), ("480P", "720P", "1080P")),
    "wan2.2-i2v-plus": (2, 2, (5,), ("480P", "1080P")),
    "wan2.2-kf2v-flash": (2, 2, (5,), ("480P", "720P", "1080P")),
    "wan2.5-i2v-preview": (5, 5, (5, 10), ("480P", "720P", "1080P")),
    "wan2.6-i2v-flash": (5, 5, tuple(range(2, 16)), ("720P", "1080P")),
    "wan2.7-i2v": (5, 5, tuple(range(2, 16)), ("720P", "1080P")),
}
SYNTHESIS = {"wan2.2-t2i-flash": (2, 2), "wan2.5-i2i-preview": (2, 2)}
CONVERSATION = ("qwen-image", "qwen-image-plus", "qwen-image-edit", "qwen-image-edit-plus")


class RefusalError(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Settings:
    task_seconds: float = 60.0
    pending_seconds: float = 2.0
    answer_seconds: float = 0.0  # between taking a create and answering it
    converse_seconds: float = 0.0
    frames: int = 150
    clip_side: int = 624
    keeps_seconds: float = 24 * 3600.0
    list_lag: float = 0.0
    limits: bool = True
    shows_prompt_early: bool = False
    shows_prompt: bool = True
    prompt_cut: int = 0  # characters of a prompt that are shown; 0: all
    page_size: int = 100  # the most rows that a page of the list holds
    tells_total: bool = True  # whether the list says how many pages and rows there are
    usage_key: str = "video_duration"


@dataclass
class Task:
    id: str
    request_id: str
    model: str
    kind: str
    prompt: str
    body: dict[str, Any]
    pictures: list[bytes]
    created: float
    starts: float
    ends: float
    ending: str = "SUCCEEDED"
    code: str = ""
    message: str = ""
    drawing: str = ""
    downloads: int = 0

    def status(self, now: float) -> str:
        return "PENDING" if now < self.starts else "RUNNING" if now < self.ends else self.ending


@dataclass
class Service:
    settings: Settings = field(default_factory=Settings)
    tasks: dict[str, Task] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, deque[dict[str, Any]]] = field(default_factory=lambda: defaultdict(deque))
    submits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    most_open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    calls: list[dict[str, Any]] = field(default_factory=list)
    conversations: list[dict[str, Any]] = field(default_factory=list)
    turn: threading.RLock = field(default_factory=threading.RLock)

    def next_fault(self, call: str) -> dict[str, Any]:
        with self.turn:
            waiting = self.faults[call]
            if not waiting:
                return {}
            fault = waiting[0]
            fault["times"] = fault.get("times", 1) - 1
            if fault["times"] <= 0:
                waiting.popleft()
            return dict(fault)

    def note(self, call: str, **details: Any) -> None:
        with self.turn:
            self.calls.append({"call": call, "at": time.time(), **details})

    def authorise(self, header: str | None) -> None:
        if header != f"Bearer {KEY}":
            raise RefusalError(401, "InvalidApiKey", "Invalid API-key provided.")

    def create(self, path: str, body: dict[str, Any], headers: dict[str, str], fault: dict[str, Any]) -> Task:
        """Check a create as the service does, and take it."""
        if headers.get("x-dashscope-async") != "enable":
            raise RefusalError(403, "AccessDenied", "current user api does not support synchronous calls.")
        model, given = str(body.get("model", "")), body.get("input") or {}
        with self.turn:
            now = time.time()
            if model not in VIDEO and model not in SYNTHESIS:
                raise RefusalError(404, "ModelNotFound", "Model not exist.")
            self._check_path(path, model)
            per_second, at_once = (VIDEO.get(model) or SYNTHESIS[model])[:2]
            recent = [at for at in self.submits[model] if now - at < 1.0]
            self.submits[model].append(now)
            if self.settings.limits and len(recent) >= per_second:
                raise RefusalError(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later.")
            prompt = str(given.get("prompt") or "")
            if len(prompt) > 800 or len(str(given.get("negative_prompt") or "")) > 500:
                raise RefusalError(400, "InvalidParameter", "prompt length must be within the limit.")
            if "gore" in prompt:
                raise RefusalError(400, "DataInspectionFailed", "Input data may contain inappropriate content.")
            pictures = self._pictures(model, given, body.get("parameters") or {}, headers)
            open_ends = sorted(task.ends for task in self.tasks.values() if task.model == model and task.ends > now)
            self.most_open[model] = max(self.most_open[model], len(open_ends) + 1)
            starts = now + self.settings.pending_seconds
            if len(open_ends) >= at_once:
                starts = max(starts, open_ends[len(open_ends) - at_once])
            task = Task(
                id=str(uuid.uuid4()),
                request_id=str(uuid.uuid4()),
                model=model,
                kind="clip" if model in VIDEO else "picture",
                prompt=prompt,
                body={"input": {name: _brief(value) for name, value in given.items()}, "path": path,
                      "parameters": body.get("parameters") or {}},
                pictures=pictures,
                created=now,
                starts=starts,
                ends=starts + self.settings.task_seconds,
                drawing=str(fault.get("drawing", "")),
            )  # fmt: skip
            if "ending" in fault:
                task.ending, task.code, task.message = fault["ending"], fault.get("code", ""), fault.get("message", "")
            self.tasks[task.id] = task
            return task

    def put_task(self, model: str, prompt: str) -> None:
        """A finished task of another program."""
        name, now = str(uuid.uuid4()), time.time()
        self.tasks[name] = Task(
            id=name, request_id=str(uuid.uuid4()), model=model, kind="clip", prompt=prompt,
            body={"input": {}, "path": "", "parameters": {}}, pictures=[], created=now, starts=now, ends=now,
        )  # fmt: skip

    def converse(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[str, list[bytes]]:
        """The prompt and the pictures of a conversation, checked and counted."""
        model = str(body.get("model", ""))
        if model not in CONVERSATION:
            raise RefusalError(404, "ModelNotFound", "Model not exist.")
        (message,) = body["input"]["messages"]
        texts = [part["text"] for part in message["content"] if "text" in part]
        urls = [part["image"] for part in message["content"] if "image" in part]
        if len(texts) != 1 or len(texts[0]) > 800 or len(urls) > 3 or ("edit" in model) != bool(urls):
            raise RefusalError(400, "InvalidParameter", "num of images or length of prompt is wrong.")
        if "gore" in texts[0]:
            raise RefusalError(400, "DataInspectionFailed", "Input data may contain inappropriate content.")
        try:
            pictures = [read_sent(url, self._resolvable(headers)) for url in urls]
            for picture in pictures:
                check_sent(picture)
        except UnacceptableError as error:
            raise RefusalError(400, "InvalidParameter", str(error)) from None
        with self.turn:
            self.conversations.append(
                {"at": time.time(), "model": model, "prompt": texts[0], "pictures": len(pictures),
                 "parameters": body.get("parameters") or {}}
            )  # fmt: skip
        return texts[0], pictures

    def output(self, task_id: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """A task's output and usage, as a poll shows them; the URL is filled in by the server."""
        with self.turn:
            task, now = self.tasks.get(task_id), time.time()
            if task is None or now > task.ends + self.settings.keeps_seconds:
                return {"task_id": task_id, "task_status": "UNKNOWN"}, None
            output: dict[str, Any] = {
                "task_id": task.id,
                "task_status": task.status(now),
                "submit_time": _clock(task.created),
            }
            if now >= task.starts:
                output["scheduled_time"] = _clock(task.starts)
            if self.settings.shows_prompt_early:
                output |= self._shown(task)
            if output["task_status"] not in ("PENDING", "RUNNING"):
                output["end_time"] = _clock(task.ends)
            if output["task_status"] == "FAILED":
                output |= {"code": task.code, "message": task.message}
            if output["task_status"] != "SUCCEEDED":
                return output, None
            if task.kind == "clip":
                seconds = task.body["parameters"].get("duration", 5)
                usage: dict[str, Any] = {"video_count": 1, self.settings.usage_key: seconds, "SR": 480}
                return output | {"video_url": task.id, **self._shown(task)}, usage
            return output | {"results": [{"url": task.id, **self._shown(task)}]}, {"image_count": 1}

    def _shown(self, task: Task) -> dict[str, Any]:
        """A task's prompt as a poll shows it: whole, cut, or not at all."""
        if not self.settings.shows_prompt:
            return {}
        return {"orig_prompt": task.prompt[: self.settings.prompt_cut or None]}

    def rows(self, model: str | None, status: str | None) -> list[dict[str, Any]]:
        """The list of tasks of the last day, newest first, as the service lists them: without prompts."""
        with self.turn:
            now = time.time()
            tasks = [
                task
                for task in self.tasks.values()
                if now - 24 * 3600 < task.created <= now - self.settings.list_lag
                and model in (None, task.model)
                and status in (None, task.status(now))
                and now <= task.ends + self.settings.keeps_seconds
            ]
            return [
                {
                    "api_key_id": "1",
                    "caller_parent_id": "2",
                    "caller_uid": "3",
                    "gmt_create": round(task.created * 1000),
                    "model_name": task.model,
                    "region": "cn-beijing",
                    "request_id": task.request_id,
                    "start_time": round(task.starts * 1000),
                    "status": task.status(now),
                    "task_id": task.id,
                    "user_api_unique_key": f"apikey:v1:aigc:{task.body['path']}:{task.model}",
                }
                for task in sorted(tasks, key=lambda task: -task.created)
            ]

    def cancel(self, task_id: str) -> None:
        with self.turn:
            task, now = self.tasks.get(task_id), time.time()
            if task is None or task.status(now) != "PENDING":
                raise RefusalError(
                    400,
                    "UnsupportedOperation",
                    "Failed to cancel the task, please confirm if the task is in PENDING status.",
                )
            task.starts = task.ends = now
            task.ending = "CANCELED"

    def stats(self) -> dict[str, Any]:
        with self.turn:
            now = time.time()
            return {
                "creates": [
                    {"task_id": task.id, "model": task.model, "prompt": task.prompt, "at": task.created,
                     "status": task.status(now), "downloads": task.downloads, **task.body}
                    for task in self.tasks.values()
                ],
                "conversations": self.conversations,
                "calls": self.calls,
                "most_open": dict(self.most_open),
                "most_submits_a_second": {model: _densest(times) for model, times in self.submits.items()},
                "uploads": len(self.uploads),
            }  # fmt: skip

    def _check_path(self, path: str, model: str) -> None:
        wanted = (
            "image2video/video-synthesis" if "kf2v" in model
            else "video-generation/video-synthesis" if model in VIDEO
            else "image2image/image-synthesis" if "i2i" in model
            else "text2image/image-synthesis"
        )  # fmt: skip
        if path != wanted:
            raise RefusalError(400, "InvalidParameter", "url error, please check url!")

    def _pictures(self, model: str, given: dict[str, Any], how: dict[str, Any], headers: dict[str, str]) -> list[bytes]:
        if model in VIDEO:
            _, _, lengths, resolutions = VIDEO[model]
            if how.get("resolution") not in resolutions or how.get("duration", 5) not in lengths:
                raise RefusalError(400, "InvalidParameter", "resolution or duration is not supported by this model.")
            if "kf2v" in model:
                urls = [given.get("first_frame_url"), given.get("last_frame_url")]
            elif model == "wan2.7-i2v":
                urls = [media.get("url") for media in given.get("media") or []]
                if [media.get("type") for media in given.get("media") or []] not in (
                    ["first_frame"], ["first_frame", "last_frame"],
                ):  # fmt: skip
                    raise RefusalError(400, "InvalidParameter", "media must hold a first_frame.")
            else:
                urls = [given.get("img_url")]
        else:
            urls = list(given.get("images") or [])
            if ("i2i" in model) != bool(urls):
                raise RefusalError(400, "InvalidParameter", "images is wrong.")
        if not all(isinstance(url, str) for url in urls):
            raise RefusalError(400, "InvalidParameter", "Required input is missing.")
        try:
            pictures = [read_sent(str(url), self._resolvable(headers)) for url in urls]
            for picture in pictures:
                check_sent(picture)
        except UnacceptableError as error:
            raise RefusalError(400, "InvalidParameter", str(error)) from None
        return pictures

    def _resolvable(self, headers: dict[str, str]) -> dict[str, bytes]:
        return self.uploads if headers.get("x-dashscope-ossresourceresolve") == "enable" else {}


def _brief(value: Any) -> Any:
    """A value of a request with its pictures shortened, for the statistics."""
    if isinstance(value, str):
        return value if len(value) < 1000 else value[:40] + "…"
    if isinstance(value, list):
        return [_brief(item) for item in value]
    return {name: _brief(item) for name, item in value.items()} if isinstance(value, dict) else value


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at + 8 * 3600)) + f".{int(at % 1 * 1000):03d}"


def _densest(times: list[float]) -> int:
    """The most moments within any one second."""
    ordered, most, start = sorted(times), 0, 0
    for end, at in enumerate(ordered):
        while at - ordered[start] >= 1.0:
            start += 1
        most = max(most, end - start + 1)
    return most
