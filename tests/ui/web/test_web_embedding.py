"""Pictures by hash: embedded by another site's page under a signed link, as Prefect's forms do, and not otherwise."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from popcon.jobs.archive import Archive, Job
from popcon.storage import signed_links
from popcon.storage.store import Store
from tests.ui.web.browsing import App
from tests.ui.web.conftest import HERE
from ui.web.app import create_app

pytestmark = pytest.mark.alone  # a browser

TOKEN = "a-long-secret-token"


def picture_of(archive: Archive) -> str:
    picture = archive.jobs()[0].spec.picture
    assert picture is not None
    return picture.sha256


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another site: it shows whatever picture its address names."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><img id=shown>")

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def test_another_sites_page_shows_a_picture_by_a_signed_link_only(
    browser: Browser, stocked: App, elsewhere: str
) -> None:
    store = Store(str(stocked.store))
    sha256 = picture_of(Archive(store))
    page = browser.new_page()
    page.goto(elsewhere)

    def width(path: str) -> int:
        script = """url => new Promise(resolve => {
            const image = document.getElementById("shown");
            image.onload = image.onerror = () => resolve(image.naturalWidth);
            image.src = url;
        })"""
        return int(page.evaluate(script, stocked.url + path))

    assert width(signed_links.sign(store, sha256)) == 300
    assert width(f"/artifacts/{sha256}") == 0
    assert width(signed_links.sign(store, sha256, now=0)) == 0, "it has expired"
    assert width(f"/api/pictures/{sha256}") == 0
    page.close()


@pytest.fixture
def guarded(store: Path, tmp_path: Path) -> TestClient:
    app = create_app(str(store), TOKEN, home=tmp_path)
    app.state.app_state.runner.close()
    return TestClient(app, base_url=HERE, raise_server_exceptions=False)


def test_a_signed_link_needs_no_token_and_opens_nothing_else(guarded: TestClient, archive: Archive, job: Job) -> None:
    sha256 = picture_of(archive)
    link = signed_links.sign(archive.store, sha256)
    answer = guarded.get(link)
    assert (answer.status_code, answer.headers["cross-origin-resource-policy"]) == (200, "cross-origin")
    assert answer.content == archive.store.get(archive.jobs()[0].spec.picture)  # type: ignore[arg-type]
    other = archive.store.put(b"\x89PNG of another", "image/png").sha256
    query = link.partition("?")[2]
    for refused in (
        f"/artifacts/{other}?{query}",
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        link.replace("expires=1", "expires=2"),
        signed_links.sign(archive.store, sha256, now=0),
    ):
        answer = guarded.get(refused)
        assert answer.status_code == 403, refused
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "expired" in answer.json()["error"]
    for closed in (f"/artifacts/{sha256}", f"/api/jobs/{job.id}?{query}", f"/artifacts/../api/jobs?{query}"):
        assert guarded.get(closed).status_code == 401, closed
    assert guarded.get(f"/artifacts/{sha256}", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
