"""A slow store: nothing on the event loop waits for it, and what is looked at again asks it once or not at all."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from popcon.jobs.archive import Archive, Job
from popcon.jobs.deletion import delete
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.verdict import Status
from popcon.storage.store import Store
from ui.web import state

CALLS = ("read", "write", "create", "versions", "version", "exists", "paths", "folders", "details", "delete")


class Spy:
    """Every call to a store: which, about what, and whether on the event loop. Each may take its time."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.on_loop: list[tuple[str, str]] = []
        self.latency_s = 0.0

    def note(self, name: str, path: str) -> None:
        self.calls.append((name, path))
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            time.sleep(self.latency_s)
        else:
            self.on_loop.append((name, path))


@pytest.fixture
def spy(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    """Of all stores, once the app is open."""
    spying = Spy()
    for name in CALLS:
        whole = getattr(Store, name)

        def noted(self: Store, path: str, *args: Any, whole: Any = whole, name: str = name) -> Any:
            spying.note(name, path)
            return whole(self, path, *args)

        monkeypatch.setattr(Store, name, noted)
    yield spying
    assert spying.on_loop == [], "the event loop must not wait for the store"


def test_what_is_looked_at_again_asks_the_store_once(client: TestClient, spy: Spy, archive: Archive, job: Job) -> None:
    first = client.get(f"/api/jobs/{job.id}").json()
    client.get("/api/jobs")
    spy.calls.clear()
    assert client.get(f"/api/jobs/{job.id}").json() == first
    assert spy.calls == [("version", f"changes/{job.id}")]
    spy.calls.clear()
    assert client.get("/api/jobs?q=puff").json()["total"] == 1
    assert [name for name, _ in spy.calls] in ([], ["versions"])
    summary = archive.summary(job.id, "wave")
    archive.summarise(job.id, summary.model_copy(update={"status": Status.FAILED, "message": "no more ink"}))
    assert client.get(f"/api/jobs/{job.id}").json()["actions"][0]["message"] == "no more ink"


def test_a_click_on_a_prepared_frame_asks_the_store_for_nothing(
    client: TestClient, spy: Spy, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "CLICK_TTL_S", 600.0)  # however slowly the clicks are answered
    frame = client.get(f"/api/jobs/{job.id}/actions/wave/edit-session").json()["slots"][0]["frame"]
    here = {"job": job.id, "action": "wave"}
    client.post("/api/masks/prefetch", json={**here, "frames": [frame]})
    spy.calls.clear()
    for number in range(1, 4):
        clicks = [{"x": 60 + 20 * n, "y": 120} for n in range(number)]
        assert client.post("/api/masks/predict", json={**here, "frame": frame, "clicks": clicks}).status_code == 200
    assert spy.calls == []
    saved = client.put(f"/api/jobs/{job.id}/actions/wave/frames/{frame}/refinement", json={"clicks": clicks})
    assert saved.json()["version"] == 1
    assert len(spy.calls) <= 5, spy.calls


def test_a_click_does_not_wait_while_its_session_is_read_again(
    client: TestClient, spy: Spy, archive: Archive, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = client.get(f"/api/jobs/{job.id}/actions/wave/edit-session").json()["slots"][0]["frame"]
    click = {"job": job.id, "action": "wave", "frame": frame, "clicks": [{"x": 120, "y": 150}]}
    assert client.post("/api/masks/predict", json=click).status_code == 200
    monkeypatch.setattr(state, "CLICK_TTL_S", 0.0)
    spy.calls.clear()
    spy.latency_s = 3.0
    began = time.monotonic()
    assert [client.post("/api/masks/predict", json=click).status_code for _ in range(2)] == [200, 200]
    assert time.monotonic() - began < 2.9
    assert spy.calls == [("version", f"changes/{job.id}")], "once, though two asked"
    spy.latency_s = 0.0
    delete(archive, job.id)
    until = time.monotonic() + 20
    while client.post("/api/masks/predict", json=click).status_code == 200:
        assert time.monotonic() < until, "a deleted job is noticed"


def test_everything_else_goes_on_while_the_store_is_slow(client: TestClient, spy: Spy, job: Job) -> None:
    frame = client.get(f"/api/jobs/{job.id}/actions/wave/edit-session").json()["slots"][0]["frame"]
    click = {"job": job.id, "action": "wave", "frame": frame, "clicks": [{"x": 120, "y": 150}]}
    assert client.post("/api/masks/predict", json=click).status_code == 200
    spy.latency_s = 1.0
    with ThreadPoolExecutor(12) as others:
        slow = [others.submit(client.get, f"/api/jobs/{job.id}/actions/cry/edit-session") for _ in range(12)]
        time.sleep(0.2)
        began = time.monotonic()
        assert client.get("/").status_code == 200
        assert client.get("/static/app.js").status_code == 200
        assert client.post("/api/masks/predict", json=click).status_code == 200
        assert client.get("/api/jobs").json()["total"] == 1
        spent = time.monotonic() - began
        assert not any(each.done() for each in slow), "the others were under way all the time"
        spy.latency_s = 0.0
        assert {each.result().status_code for each in slow} == {200}
    assert spent < 2.0, "less than two calls to the store take"


def test_no_call_of_the_api_waits_on_the_event_loop(client: TestClient, spy: Spy, job: Job) -> None:
    base = f"/api/jobs/{job.id}/actions/wave"
    mascot = ("a.png", encode_png(draw_mascot(200)))
    slot = client.get(f"{base}/edit-session").json()["slots"][0]
    frame, here = slot["frame"], {"job": job.id, "action": "wave"}
    sent = [
        client.post("/api/plan", data={"actions": "wave"}, files={"picture": mascot}),
        client.post("/api/jobs", data={"actions": "bow"}, files={"picture": mascot}),
        client.post("/api/pictures", files={"picture": mascot}),
        client.get("/api/catalogue"),
        client.get(f"/api/jobs/{job.id}/portrait"),
        client.get(f"/api/jobs/{job.id}/plan"),
        client.get(f"/api/jobs/{job.id}/packs/line-emoji"),
        client.get(f"/api/jobs/{job.id}/sheets/line-emoji"),
        client.get(f"{base}/start-frame"),
        client.get(f"{base}/clip"),
        client.get(f"{base}/stickers/line-emoji"),
        client.get(f"{base}/frames/{frame}"),
        client.get(f"{base}/cutouts/{frame}"),
        client.put(f"{base}/frames/{frame}/refinement", json={"clicks": [{"x": 120, "y": 150}]}),
        client.get(f"{base}/refined/{frame}"),
        client.get(f"{base}/refinements"),
        client.put(f"{base}/slots/0/pick", json={"frame": slot["candidates"][-1]}),
        client.get(f"{base}/preview/line-emoji"),
        client.post("/api/masks/propagate", json={**here, "frame": frame}),
        client.post(f"{base}/verdict", json={"gate": "refinement", "kind": "approve"}),
        client.post(f"{base}/replace", files={"picture": mascot}),
        client.post(f"/api/jobs/{job.id}/verdicts", json={"gate": "refinement"}),
        client.post(f"/api/jobs/{job.id}/continue"),
        client.post(f"/api/jobs/{job.id}/redo", json={"step": "take"}),
        client.post(f"/api/jobs/{job.id}/duplicate"),
        client.delete(f"/api/jobs/{job.id}"),
        client.post(f"/api/jobs/{job.id}/restore"),
    ]
    assert [(each.url.path, each.status_code) for each in sent if each.status_code >= 300] == []
    assert len(spy.calls) > 100
