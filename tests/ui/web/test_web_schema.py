"""Bad input over every endpoint, made from the OpenAPI schema: a clear 4xx, never a 500, nothing changed."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from popcon.jobs.archive import Job
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from tests.ui.web.asking import Call, calls, send

MASCOT = encode_png(draw_mascot(64))
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(
        ["../../etc/passwd", "\0", "<script>", "a" * 5000, "%00", "💥", "wave", "refinement", "approve", "line-emoji"]
    ),
)
VALUES = st.recursive(
    JUNK,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = st.sampled_from(["..", "%2e%2e%2f", "a" * 300, "-1", "☃", "0", "9" * 30, "wave", "%00"])
FILES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"", MASCOT, MASCOT[:200], b"GIF89a" + b"\xff" * 40, b"\x89PNG\r\n\x1a\n" + b"\0" * 60]),
)
KEEPS_NOTHING = ("/plan", "/predict", "/ahead", "/touch-up")
"""Calls that may well be answered, and change nothing even then."""
WHOLE_JOB = ("/continue", "/redo", "/duplicate", "/restore", "/masks/propagate")
"""Calls on a real job that would do what they say, for long or for good."""


def snapshot(store: Path) -> str:
    """What people ordered and decided: everything but pictures that are only kept under their hash."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(store):
        folders[:] = sorted(set(folders) - {"artifacts", "index"})
        for path in (Path(folder, name) for name in sorted(files)):
            digest.update(str(path.relative_to(store)).encode() + path.read_bytes())
    return digest.hexdigest()


@pytest.fixture
def real(client: TestClient, job: Job) -> dict[str, str]:
    """A name for every place in a path."""
    slots = client.get(f"/api/jobs/{job.id}/actions/wave/edit-session").json()["slots"]
    picture = client.post("/api/pictures", files={"picture": ("a.png", MASCOT)}).json()["picture"]
    address = client.post(f"/api/jobs/{job.id}/shares", json={"may_approve": True}).json()["address"]
    shared = {"token": address.rpartition("/")[2], "share_id": "0" * 16, "what": "start-frame"}
    names = {"job_id": job.id, "action": "wave", "platform": "line-emoji", "slot": "0"}
    return {**names, "frame": slots[0]["frame"], "picture": picture, "sha256": picture, **shared}


def drawn_body(data: st.DataObject, call: Call, real: dict[str, str]) -> Any:
    """An example with some of it spoilt, or something else altogether."""
    if not call.form and data.draw(st.integers(0, 5), label="no example at all") == 0:
        return data.draw(VALUES, label="body")
    body = call.example
    known = {"job": real["job_id"], "action": "wave", "frame": real["frame"]}
    body |= {name: value for name, value in known.items() if name in body}
    for name in sorted(call.properties):
        if data.draw(st.integers(0, 2), label=f"spoil {name}") == 0:
            drawn = data.draw(FILES if name in call.files and data.draw(st.booleans()) else VALUES, label=name)
            body[name] = drawn if isinstance(drawn, bytes) or not call.form else str(drawn)[:2000]
    if call.form and call.path in ("/api/jobs", "/api/plan"):
        body |= {"describe": "x", "picture_id": "y"}  # never an order that can be made
    return body


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_junk_over_every_endpoint(client: TestClient, store: Path, real: dict[str, str], data: st.DataObject) -> None:
    call = data.draw(st.sampled_from(list(calls(client.app.openapi()))), label="call")  # type: ignore[attr-defined]
    whole = call.streams or call.method == "DELETE" or call.path.endswith(WHOLE_JOB)
    places: dict[str, str] = {}
    query: dict[str, Any] = {}
    headers: dict[str, Any] = {}
    for parameter in call.parameters:
        name = parameter["name"]
        if parameter["in"] == "path":
            good = real[name] if not (whole and name == "job_id") else "no-such-job"
            places[name] = data.draw(st.just(good) | st.just(good) | PLACES, label=name)
        elif parameter["in"] == "query":
            query[name] = str(data.draw(JUNK, label=name))[:200].encode("utf-8", "replace").decode()
        else:
            headers[name] = str(data.draw(JUNK, label=name))[:200].encode("ascii", "ignore").replace(b"\0", b"")
    body = drawn_body(data, call, real) if call.body else None
    if isinstance(body, dict) and whole and "job" in body:
        body["job"] = "no-such-job"
    before = snapshot(store)
    answer = send(client, call, places, query, headers, body)
    assert answer.status_code < 500, (call.path, answer.text)
    if answer.status_code >= 400:
        assert answer.json()["error"].strip(), call.path
    if answer.status_code >= 400 or call.method == "GET" or call.path.endswith(KEEPS_NOTHING):
        assert snapshot(store) == before, (call.path, answer.status_code)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"a":' * 3000])
def test_bodies_that_are_no_json(client: TestClient, body: bytes) -> None:
    for call in calls(client.app.openapi()):  # type: ignore[attr-defined]
        if call.body and not call.form:
            path = call.path.replace("{job_id}", "a-1").replace("{action}", "wave").replace("{slot}", "0")
            path = path.replace("{frame}", "0123456789ab-7").replace("{picture}", "0" * 64)
            answer = client.request(call.method, path, content=body, headers={"content-type": "application/json"})
            assert answer.status_code in (400, 422), (path, answer.text)
            assert answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [b"", b"--x", b"--x\r\n\r\n--x--", b"--x\r\ncontent-disposition: form-data; name=picture; filename=a\r\n\r\n\xff"],
)
def test_forms_that_are_none(client: TestClient, store: Path, job: Job, body: bytes) -> None:
    before = snapshot(store)
    for call in calls(client.app.openapi()):  # type: ignore[attr-defined]
        if call.form:
            path = call.path.replace("{job_id}", job.id).replace("{action}", "wave")
            answer = client.post(path, content=body, headers={"content-type": "multipart/form-data; boundary=x"})
            assert 400 <= answer.status_code < 500, (path, answer.text)
            assert answer.json()["error"]
    assert snapshot(store) == before
