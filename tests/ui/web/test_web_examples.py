"""The examples in the OpenAPI schema are requests that work: each is sent as it stands, with names that exist here."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from popcon.jobs.archive import Archive, Job
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.verdict import Status
from tests.ui.web.asking import Call, Json, calls, send

MASCOT = encode_png(draw_mascot(200))
SHOWN_JOB, SHOWN_FRAME = "fox-3f9a1c20", "0123456789ab-7"


@pytest.fixture
def real(client: TestClient, job: Job) -> dict[str, str]:
    """What stands for the names in the examples."""
    slots = client.get(f"/api/jobs/{job.id}/actions/wave/edit-session").json()["slots"]
    picture = client.post("/api/pictures", files={"picture": ("a.png", MASCOT)}).json()["picture"]
    # A frame that can be picked for slot 0, and that plays.
    frame = next(each for each in slots[0]["candidates"] if each == slots[0]["frame"])
    share = client.post(f"/api/jobs/{job.id}/shares", json={"may_approve": True}).json()
    return {
        "job_id": job.id,
        "frame": frame,
        "picture": picture,
        "sha256": picture,
        "token": share["address"].rpartition("/")[2],
        "share_id": share["id"],
    }


def named(value: Any, real: dict[str, str]) -> Any:
    """An example with names that exist."""
    text = json.dumps(value).replace(SHOWN_JOB, real["job_id"]).replace(SHOWN_FRAME, real["frame"])
    return json.loads(text)


PUBLISHING = ("/publish", "/publish/plan")


def examples(call: Call) -> list[Json]:
    return [dict(each) for each in call.body.get("examples", [call.example])] if call.body else [{}]


def asks(archive: Archive, job: Job, gate: str) -> str:
    """Let the job wait at a gate, and return the question."""
    waiting = Status.AWAITING_START_FRAME if gate == "start_frame_review" else Status.AWAITING_REFINEMENT
    number = len(archive.store.paths(f"jobs/{job.id}/actions/wave/verdicts"))
    summary = archive.summary(job.id, "wave")
    asked = {"status": waiting, "question": f"{gate}-r00-a{number:03d}"}
    archive.summarise(job.id, summary.model_copy(update=asked))
    return asked["question"]


def when(call: Call) -> int:
    return -len(call.path) if call.method == "DELETE" else -1000


def test_every_example_works_as_it_stands(client: TestClient, archive: Archive, job: Job, real: dict[str, str]) -> None:
    sent = set()
    # What is deleted comes last, and the job after what is of it.
    for call in sorted(calls(client.app.openapi()), key=when):  # type: ignore[attr-defined]
        if call.streams or call.path.endswith(PUBLISHING):
            continue  # see `test_web_events`, and `test_web_finish` with a service to publish to
        places = {
            each["name"]: real.get(each["name"]) or str(each["schema"]["examples"][0])
            for each in call.parameters
            if each["in"] == "path"
        }
        for example in examples(call):
            body: Any = named(example, real)
            if call.form:
                body = {name: value for name, value in body.items() if name != "picture_id"} | {"picture": MASCOT}
            if "gate" in example or call.path.endswith("/replace"):
                asks(archive, job, example.get("gate", "start_frame_review"))
            if call.path.endswith("/approvals"):
                body["question"] = asks(archive, job, "refinement")
            if call.path.endswith("/masks/propagate"):
                click = {"clicks": [{"x": 120, "y": 150}]}
                frame = f"/api/jobs/{job.id}/actions/wave/frames/{real['frame']}/refinement"
                assert client.put(frame, json=click).status_code == 200
            answer = send(client, call, places, {}, {}, body)
            assert answer.status_code < 300, (call.method, call.path, body, answer.text)
            sent.add((call.method, call.path))
            if "gate" in example and call.path.endswith("/verdict"):
                assert answer.json()["stored"], answer.text
            if call.path.endswith(("/api/jobs", "/duplicate")):
                client.delete(f"/api/jobs/{answer.json()['card']['id']}" if call.method == "POST" else "/api/jobs/x")
    asked = [call for call in calls(client.app.openapi()) if not call.streams]  # type: ignore[attr-defined]
    assert len(sent) == len([call for call in asked if not call.path.endswith(PUBLISHING)])


def test_every_body_and_every_place_has_an_example(client: TestClient) -> None:
    for call in calls(client.app.openapi()):  # type: ignore[attr-defined]
        for each in call.parameters:
            if each["in"] == "path":
                assert each["schema"].get("examples"), (call.path, each["name"])
        if call.body and not call.form:
            assert call.body.get("examples"), call.path
