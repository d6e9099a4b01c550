"""The web app beside a real Prefect server and real workers, asked over HTTP alone, as a client in any language would.

The app that is asked is started by itself and reaches the server by PREFECT_API_URL; the one that `popcon up` started
shows the same jobs.
"""

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest

from flows import runs
from popcon.check.checker import check_bytes
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from tests.deployments.stack import PATIENCE_S, ROOT, Stack, free_port

pytestmark = pytest.mark.alone

START, REFINE = "start_frame_review", "refinement"


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    """Of a web app of its own, on another port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "web", "--port", str(port)],
        env=stack.client_environment,
        cwd=ROOT,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S) as opened:
            stack.wait("the web app", lambda: _answers(opened))
            yield opened
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/api/catalogue").json()["runner"] == "prefect"
    except httpx.TransportError:
        return False


def order(client: httpx.Client, **changes: str) -> str:
    """Order one action; the job's id."""
    picture = client.post("/api/pictures", files={"picture": ("fox.png", encode_png(draw_mascot(300)))}).json()
    form = {"picture_id": picture["picture"], "actions": "wave", "platforms": "line-emoji", "review": "ask", **changes}
    answer = client.post("/api/jobs", data=form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["card"]["id"])


def told(client: httpx.Client, job: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The job's page as its events tell it, as soon as something is so."""
    until = time.monotonic() + PATIENCE_S
    with client.stream("GET", f"/api/jobs/{job}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                view: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if condition(view):
                    return view
                last = view
            assert time.monotonic() < until, f"{job}: {last['now']} {last['actions'][0]['message']}"
    raise AssertionError("the events ended")


def waits(gate: str, but: str = "") -> Callable[[dict[str, Any]], bool]:
    """Whether the job's action asks something, and another thing than `but`."""
    return lambda view: (
        view["actions"][0]["status"] == {START: "awaiting_start_frame", REFINE: "awaiting_refinement"}[gate]
        and view["actions"][0]["question"] not in ("", but)
    )


def is_packed(view: dict[str, Any]) -> bool:
    return bool(view["packs"]) and view["actions"][0]["status"] == "done"


def posted(client: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_whole_job_by_http_alone(stack: Stack, client: httpx.Client) -> None:
    job = order(client, title="Fox")
    base = f"/api/jobs/{job}/actions/wave"

    asked = told(client, job, waits(START))["actions"][0]
    first = client.get(asked["start_frame"]["url"]).content
    again = {"gate": START, "kind": "regenerate", "prompt": "waves with both hands", "question": asked["question"]}
    assert posted(client, f"{base}/verdict", again)["stored"]
    late = posted(client, f"{base}/verdict", {**again, "kind": "approve"})
    assert not late["stored"], "the first answer counts"
    redrawn = told(client, job, waits(START, but=asked["question"]))["actions"][0]
    assert redrawn["prompt"] == "waves with both hands"
    assert client.get(redrawn["start_frame"]["url"]).content != first
    assert [each["stored"] for each in posted(client, f"/api/jobs/{job}/verdicts", {"gate": START})] == [True]

    told(client, job, waits(REFINE))
    slots = client.get(f"{base}/edit-session").json()["slots"]
    frame = slots[0]["frame"]
    here = {"job": job, "action": "wave"}
    assert client.post("/api/masks/prefetch", json={**here, "frames": [frame]}).status_code == 202
    clicks = [{"x": 240, "y": 300, "positive": True}, {"x": 20, "y": 20, "positive": False}]
    mask = client.post("/api/masks/predict", json={**here, "frame": frame, "clicks": clicks})
    assert mask.headers["content-type"] == "image/png"
    stroke = {"points": [{"x": 200, "y": 240}, {"x": 280, "y": 240}], "radius": 9, "mode": "erase"}
    edits = {"base": 0, "clicks": clicks, "strokes": [stroke]}
    assert client.put(f"{base}/frames/{frame}/refinement", json=edits).json()["version"] == 1
    carried = client.post("/api/masks/propagate", json=here)
    lines = [json.loads(line) for line in carried.text.splitlines()]
    assert lines[-1] == {"finished": True}
    assert len(lines) - 1 == len({slot["frame"] for slot in slots})
    preview = client.get(f"{base}/preview/line-emoji").json()
    assert posted(client, f"{base}/verdict", {"gate": REFINE, "kind": "approve"})["stored"]

    done = told(client, job, is_packed)
    sticker = client.get(done["actions"][0]["stickers"]["line-emoji"]["url"]).content
    assert sticker == client.get(preview["url"]).content, "the preview is the export"
    pack = client.get(done["packs"][0]["file"]["url"])
    report = check_bytes(pack.content, "fox.zip", "line-emoji")
    assert done["packs"][0]["accepted"] == report.ok
    with zipfile.ZipFile(BytesIO(pack.content)) as opened:
        assert sticker in [opened.read(name) for name in opened.namelist()]

    beside = httpx.get(f"http://127.0.0.1:{stack.web_port}/api/jobs/{job}", trust_env=False, timeout=PATIENCE_S).json()
    assert beside["card"] == done["card"], "the app that `popcon up` started shows the same"


def test_a_redo_asks_again_and_a_deleted_job_is_stopped(stack: Stack, client: httpx.Client) -> None:
    job = order(client, title="Owl")
    told(client, job, waits(START))
    posted(client, f"/api/jobs/{job}/redo", {"step": "start_frame", "action": "wave"})
    asked = told(client, job, lambda view: waits(START)(view) and "-r01-" in view["actions"][0]["question"])
    assert asked["card"]["status"] == "needs_you"
    said = client.delete(f"/api/jobs/{job}")
    assert said.status_code == 200, said.text

    def live() -> list[str]:
        with runs.server() as server:
            kinds = (runs.MAKE_PACK, runs.MAKE_STICKER)
            return [run.name for kind in kinds for run in runs.find(server, kind, job) if runs.is_live(run)]

    stack.wait("the end of its runs", lambda: not live())
    assert job not in [each["id"] for each in client.get("/api/jobs").json()["jobs"]]
    assert [each["id"] for each in client.get("/api/jobs?status=deleted").json()["jobs"]] == [job]
    back = client.post(f"/api/jobs/{job}/restore").json()
    assert back["actions"][0]["question"] == asked["actions"][0]["question"]
    assert posted(client, f"/api/jobs/{job}/actions/wave/verdict", {"gate": START, "kind": "skip"})["stored"]
    told(client, job, lambda view: view["actions"][0]["status"] == "skipped")


def test_a_server_that_is_gone_is_told_and_what_was_said_is_kept(stack: Stack) -> None:
    port, nowhere = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "web", "--port", str(port)],
        env=stack.environment | {"PREFECT_API_URL": f"http://127.0.0.1:{nowhere}/api"},
        cwd=ROOT,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S) as alone:
            stack.wait("the web app", lambda: _answers(alone))
            form = {"actions": "wave", "platforms": "line-emoji", "title": "Cat"}
            answer = alone.post("/api/jobs", data=form, files={"picture": ("a.png", encode_png(draw_mascot(64)))})
            assert answer.status_code == 503
            assert "Prefect server" in answer.json()["error"]
            listed = alone.get("/api/jobs?q=cat").json()["jobs"]
            assert [each["title"] for each in listed] == ["Cat"], "the order is kept, and can be continued"
    finally:
        process.terminate()
        process.wait(timeout=30)
