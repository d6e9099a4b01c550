"""Server-sent events: told when something changes, quiet otherwise, over when nobody listens or the job is gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from popcon.jobs.archive import Archive, Job
from popcon.jobs.deletion import delete
from popcon.models.verdict import Status
from tests.event_loop import run
from ui.web.routers import events

HERE = b"127.0.0.1"


class Listener:
    """A browser that listens to one address of the app, and leaves."""

    def __init__(self, app: Any, path: str, query: str = "", headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self._app, self._left = app, asyncio.Event()
        self.status = 0
        self._said: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", HERE), *headers],
            "http_version": "1.1",
            "scheme": "http",
        }
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            elif message.get("body"):
                self._said.put_nowait(message["body"])

        await self._app(self._scope, receive, send)
        self._said.put_nowait(None)

    async def events(self) -> AsyncIterator[tuple[str, Any]]:
        """Each event with its data, until the app has said all."""
        rest = b""
        while (part := await asyncio.wait_for(self._said.get(), 20)) is not None:
            rest += part
            while b"\n\n" in rest:
                block, rest = rest.split(b"\n\n", 1)
                fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if not line.startswith(":"))
                if "event" in fields:
                    yield fields["event"], json.loads(fields["data"])

    async def leave(self) -> None:
        self._left.set()
        await asyncio.wait_for(self._task, 20)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "POLL_S", 0.02)


def test_a_page_is_told_of_what_others_change_and_of_nothing_else(
    client: TestClient, archive: Archive, job: Job
) -> None:
    async def story() -> None:
        listener = Listener(client.app, f"/api/jobs/{job.id}/events")
        said = listener.events()
        kind, first = await anext(said)
        assert (kind, first["actions"][0]["status"]) == ("job", "done")
        again = asyncio.create_task(anext(said))  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        assert not again.done(), "nothing has changed, nothing is said"
        summary = archive.summary(job.id, "wave")
        archive.summarise(job.id, summary.model_copy(update={"status": Status.FAILED, "message": "no more ink"}))
        kind, then = await again
        assert (kind, then["actions"][0]["message"]) == ("job", "no more ink")
        delete(archive, job.id)
        kind, gone = await anext(said)
        assert kind == "gone"
        assert job.id in gone["error"]
        assert [each async for each in said] == []
        await listener.leave()

    run(story())


def test_a_page_that_leaves_is_let_go(client: TestClient, job: Job) -> None:
    async def story() -> None:
        listener = Listener(client.app, f"/api/jobs/{job.id}/events")
        await anext(listener.events())
        await listener.leave()

    run(story())


def test_saves_are_told_once_also_after_the_line_broke(client: TestClient, job: Job) -> None:
    base = f"/api/jobs/{job.id}/actions/wave"
    slots = client.get(f"{base}/edit-session").json()["slots"]
    for number, slot in enumerate(slots[:2], 1):
        body = {"clicks": [{"x": 10 * number, "y": 9}]}
        client.put(f"{base}/frames/{slot['frame']}/refinement", json=body, headers={"x-popcon-author": "Ann"})

    async def heard(query: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> list[Any]:
        listener = Listener(client.app, f"{base}/refinements/events", query, headers)
        told = []

        async def listen() -> None:
            async for kind, data in listener.events():
                told.append((kind, data["frame"], data["by"]))

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(listen(), 2)
        await listener.leave()
        return told

    first, second = (("saved", slot["frame"], "Ann") for slot in slots[:2])
    assert run(heard("after=0")) == [first, second]
    assert run(heard("after=1")) == [second]
    assert run(heard("after=0", ((b"last-event-id", b"1"),))) == [second]
    assert run(heard("after=0", ((b"last-event-id", b"junk"),))) == [first, second]


def test_who_refines_is_told_when_the_job_is_deleted(client: TestClient, archive: Archive, job: Job) -> None:
    base = f"/api/jobs/{job.id}/actions/wave"
    frame = client.get(f"{base}/edit-session").json()["slots"][0]["frame"]
    assert client.put(f"{base}/frames/{frame}/refinement", json={"base": 0, "effects": False}).status_code == 200

    async def story() -> None:
        listener = Listener(client.app, f"{base}/refinements/events")
        news = listener.events()
        assert (await anext(news))[0] == "saved", "the stream has begun"
        delete(archive, job.id)
        kind, gone = await anext(news)
        assert (kind, list(gone)) == ("gone", ["error"])
        await listener.leave()

    run(story())


@pytest.mark.parametrize(
    "path", ["/api/jobs/none/events", "/api/jobs/%00/events", "/api/jobs/none/actions/x/refinements/events"]
)
def test_there_are_no_news_of_what_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]
