"""What the double remembers and decides: tasks with their states in time, queues, limits, and faults to play."""

import threading
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import Any

from dashscope_double.media import UnacceptableError, check_sent, read_sent

KEY = "sk-double-5d1f0c2b9a7e4836"

OTHER_KEYS = {"ap-southeast-1": "sk-double-sg-77c1d0e2f4a95b38"}
"""Keys of other regions. Each works in its own alone."""

HOSTS = {"dashscope-intl.aliyuncs.com": "ap-southeast-1", "dashscope.aliyuncs.com": "cn-beijing"}


@dataclass(frozen=True)
class Clip:
    """A model of clips, as the service's own pages describe it. Nothing here is read from PopCon's catalogue."""

    per_second: int
    at_once: int
    lengths: tuple[int, ...]
    resolutions: tuple[str, ...]
    wants: str  # img_url, first_last, media
    parameters: frozenset[str] = frozenset({"resolution", "duration", "seed", "prompt_extend", "watermark"})
    negative: bool = True
    prompt: int = 800
    workspace: bool = False
    regions: tuple[str, ...] = ("cn-beijing",)


_LATER = tuple(range(2, 16))
_WAN3 = Clip(
    5, 5, tuple(range(2, 31)), ("480P", "720P", "1080P"), "media", frozenset({
        "resolution", "ratio", "duration", "audio", "seed"}), negative=False, prompt=20_000, workspace=True,
    regions=("cn-beijing", "ap-southeast-1"),
)  # fmt: skip
_SOUND = Clip.__dataclass_fields__["parameters"].default | {"audio"}  # type: ignore[operator]
VIDEO = {
    "wan2.2-i2v-flash": Clip(2, 2, (5,), ("480P", "720P", "1080P"), "img_url"),
    "wan2.2-i2v-plus": Clip(2, 2, (5,), ("480P", "1080P"), "img_url"),
    "wan2.2-kf2v-flash": Clip(2, 2, (5,), ("480P", "720P", "1080P"), "first_last"),
    "wan2.5-i2v-preview": Clip(5, 5, (5, 10), ("480P", "720P", "1080P"), "img_url", _SOUND),
    "wan2.6-i2v-flash": Clip(5, 5, _LATER, ("720P", "1080P"), "img_url", _SOUND),
    "wan2.7-i2v": Clip(5, 5, _LATER, ("720P", "1080P"), "media"),
    "wan3.0-video": _WAN3,
    "wan3.0-video-prime": replace(_WAN3, regions=("cn-beijing",)),
}
SYNTHESIS = {"wan2.2-t2i-flash": (2, 2), "wan2.5-i2i-preview": (2, 2)}


@dataclass(frozen=True)
class Picture:
    """A model that answers with a picture."""

    draws: bool
    references: int  # 0: takes none
    sizes: bool = True
    alpha: bool = False


CONVERSATION = {
    "qwen-image": Picture(True, 0),
    "qwen-image-plus": Picture(True, 0),
    "qwen-image-edit": Picture(False, 3, sizes=False),
    "qwen-image-edit-plus": Picture(False, 3),
    "qwen-image-2.0": Picture(True, 3),
    "qwen-image-2.0-pro": Picture(True, 3),
    "qwen-image-2.1": Picture(True, 10, alpha=True),
    "qwen-image-2.1-pro": Picture(True, 10, alpha=True),
    "qwen-image-3.0": Picture(True, 10),
    "qwen-image-3.0-pro": Picture(True, 10),
}
CONVERSATION_PARAMETERS = {"n", "seed", "prompt_extend", "watermark", "size", "negative_prompt"}


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

    def authorise(self, header: str | None, host: str) -> None:
        """Each region knows its own keys."""
        key = OTHER_KEYS.get(region_of(host), KEY)
        if header != f"Bearer {key}":
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
            if model in VIDEO:
                per_second, at_once = VIDEO[model].per_second, VIDEO[model].at_once
                self._check_sold(model, headers.get("host", ""))
            else:
                per_second, at_once = SYNTHESIS[model]
            recent = [at for at in self.submits[model] if now - at < 1.0]
            self.submits[model].append(now)
            if self.settings.limits and len(recent) >= per_second:
                raise RefusalError(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later.")
            prompt = str(given.get("prompt") or "")
            longest = VIDEO[model].prompt if model in VIDEO else 800
            if len(prompt) > longest or len(str(given.get("negative_prompt") or "")) > 500:
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
        about, how = CONVERSATION[model], body.get("parameters") or {}
        if len(texts) != 1 or len(texts[0]) > 800 or len(urls) > about.references or not (about.draws or urls):
            raise RefusalError(400, "InvalidParameter", "num of images or length of prompt is wrong.")
        if strange := set(how) - CONVERSATION_PARAMETERS - (set() if about.sizes else {"size"}):
            raise RefusalError(400, "InvalidParameter", f"unknown parameters: {sorted(strange)}.")
        if "size" in how and not about.sizes:
            raise RefusalError(400, "InvalidParameter", "size is not supported.")
        width, height = (int(side) for side in str(how.get("size", "1024*1024")).split("*"))
        if not (512**2 <= width * height <= 2048**2 and min(width, height) >= 256 and max(width, height) <= 2048):
            raise RefusalError(400, "InvalidParameter", "size is out of range.")
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

    def _check_sold(self, model: str, host: str) -> None:
        about, region = VIDEO[model], region_of(host)
        if region not in about.regions or (about.workspace and not _may_be_workspace(host)):
            raise RefusalError(404, "ModelNotFound", "Model not exist.")

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
            urls = _clip_pictures(VIDEO[model], given, how)
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


def _clip_pictures(about: Clip, given: dict[str, Any], how: dict[str, Any]) -> list[Any]:
    """Check a request for a clip strictly: what a model does not know is refused, never ignored."""
    if how.get("resolution") not in about.resolutions or how.get("duration", 5) not in about.lengths:
        raise RefusalError(400, "InvalidParameter", "resolution or duration is not supported by this model.")
    if strange := set(how) - about.parameters:
        raise RefusalError(400, "InvalidParameter", f"unknown parameters: {sorted(strange)}.")
    if given.get("negative_prompt") and not about.negative:
        raise RefusalError(400, "InvalidParameter", "negative_prompt is not supported by this model.")
    if "ratio" in how and how["ratio"] not in ("adaptive", "1:1", "16:9", "9:16", "4:3", "3:4"):
        raise RefusalError(400, "InvalidParameter", "ratio is not supported.")
    if "audio" in how and not isinstance(how["audio"], bool):
        raise RefusalError(400, "InvalidParameter", "audio must be a bool.")
    if not -1 <= how.get("seed", 0) <= 2**31 - 1:
        raise RefusalError(400, "InvalidParameter", "seed is out of range.")
    places = {"img_url": ["img_url"], "first_last": ["first_frame_url", "last_frame_url"], "media": ["media"]}
    sent = {name for name in given if name.endswith("_url") or name in ("media", "head_frame", "tail_frame")}
    if strange := sent - set(places[about.wants]):
        raise RefusalError(400, "InvalidParameter", f"unknown inputs: {sorted(strange)}.")
    if about.wants != "media":
        return [given.get(place) for place in places[about.wants]]
    media = given.get("media") or []
    if [each.get("type") for each in media] not in (["first_frame"], ["first_frame", "last_frame"]):
        raise RefusalError(400, "InvalidParameter", "media must hold a first_frame.")
    return [each.get("url") for each in media]


def region_of(host: str) -> str:
    """The region of a host; of one that is none of the service's, the first."""
    name = host.split(":")[0]
    if name.endswith(".maas.aliyuncs.com"):
        return name.split(".")[1]
    return HOSTS.get(name, "cn-beijing")


def _may_be_workspace(host: str) -> bool:
    return host.split(":")[0] not in HOSTS


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
