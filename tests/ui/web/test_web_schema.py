"""Bad input over every endpoint, made from the OpenAPI schema: a clear 4xx, never a 500, nothing changed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from popcon.archive import Job

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(["../../etc/passwd", "\0", "<script>", "a" * 5000, "%00", "💥", "wave", "start_frame"]),
)
VALUES = st.recursive(
    JUNK,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def snapshot(store: Path) -> str:
    """What people ordered and decided: everything but pictures that are only kept under their hash."""
    digest = hashlib.sha256()
    for path in sorted(store.rglob("*")):
        if path.is_file() and "artifacts" not in path.parts:
            digest.update(str(path.relative_to(store)).encode() + path.read_bytes())
    return digest.hexdigest()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_junk_over_every_endpoint(client: TestClient, store: Path, job: Job, data: st.DataObject) -> None:
    schema = client.app.openapi()  # type: ignore[attr-defined]
    calls = [
        (path, method, operation)
        for path, methods in sorted(schema["paths"].items())
        for method, operation in sorted(methods.items())
        if not path.endswith("/events")
    ]
    path, method, operation = data.draw(st.sampled_from(calls), label="call")
    real = {"job_id": job.id, "action": "wave", "platform": "line-emoji"}
    changes = method in ("put", "delete") or path.endswith(("/continue", "/redo", "/duplicate", "/restore"))
    query: dict[str, Any] = {}
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] == "path":
            good = real.get(name, "0") if not (changes and name == "job_id") else "no-such-job"
            junk = data.draw(st.sampled_from([good, "..", "%2e%2e%2f", "a" * 300, "-1", "\u2603"]), label=name)
            path = path.replace("{" + name + "}", junk)
        elif parameter["in"] == "query":
            query[name] = str(data.draw(JUNK, label=name))[:200].encode("utf-8", "replace").decode()
    content = operation.get("requestBody", {}).get("content", {})
    body = resolved(schema, next(iter(content.values()))["schema"]) if content else {}
    fields = {name: data.draw(VALUES, label=name) for name in body.get("properties", {}) if data.draw(st.booleans())}
    before = snapshot(store)
    kinds = list(content)
    if kinds and "json" not in kinds[0]:
        form = {name: str(value)[:2000].encode("utf-8", "replace").decode() for name, value in fields.items()}
        form["describe"], form["picture_id"] = "x", "y"  # never an order that can be made
        answer = client.request(method.upper(), path, params=query, data=form)
    else:
        answer = client.request(
            method.upper(), path, params=query, json=data.draw(st.just(fields) | VALUES) if kinds else None
        )
    assert answer.status_code < 500, (path, answer.text)
    assert answer.status_code != 201
    if answer.status_code >= 400:
        assert answer.json()["error"].strip(), path
    assert snapshot(store) == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"a":' * 3000])
def test_bodies_that_are_no_json(client: TestClient, body: bytes) -> None:
    for path in ("/api/sam/predict", "/api/sam/apply", "/api/sam/ahead"):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422)
        assert answer.json()["error"]
