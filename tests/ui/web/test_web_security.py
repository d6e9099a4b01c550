"""Strangers are turned away, pages cannot be misused, names stay names."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from popcon.jobs.archive import Job
from popcon.media.pictures.picture import MAX_BYTES
from tests.ui.web.conftest import HERE
from ui.web.app import create_app
from ui.web.uploads import LARGEST_JSON

TOKEN = "a-long-secret-token"


@pytest.fixture
def guarded(store: Path, tmp_path: Path) -> TestClient:
    app = create_app(str(store), TOKEN, hosts=("pop.example",), home=tmp_path)
    app.state.app_state.runner.close()
    return TestClient(app, base_url="http://pop.example", raise_server_exceptions=False, follow_redirects=False)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:80"])
def test_an_unknown_host_is_turned_away(client: TestClient, host: str) -> None:
    assert client.get("/api/jobs", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:4280", "localhost", "[::1]:4280", "LOCALHOST:1"])
def test_loopbacks_names_are_known(client: TestClient, host: str) -> None:
    assert client.get("/api/jobs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"origin": HERE + ":1"}],
)
def test_another_sites_page_changes_nothing(client: TestClient, job: Job, headers: dict[str, str]) -> None:
    assert client.delete(f"/api/jobs/{job.id}", headers=headers).status_code == 403
    assert client.get(f"/api/jobs/{job.id}").status_code == 200


def test_its_own_pages_may(client: TestClient, job: Job) -> None:
    headers = {"origin": HERE, "sec-fetch-site": "same-origin"}
    assert client.delete(f"/api/jobs/{job.id}", headers=headers).status_code == 200


def test_without_the_token_nothing_is_shown(guarded: TestClient) -> None:
    assert guarded.get("/api/jobs").status_code == 401
    assert guarded.get("/api/jobs", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert guarded.get("/openapi.json").status_code == 401
    assert guarded.get("/", headers={"accept": "text/html"}).headers["location"] == "/login"
    assert guarded.get("/login").status_code == 200


def test_the_token_opens_by_header_and_by_cookie(guarded: TestClient) -> None:
    assert guarded.get("/api/jobs", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    wrong = guarded.post("/api/login", data={"token": "wrong"})
    assert wrong.headers["location"] == "/login?wrong"
    assert "set-cookie" not in wrong.headers
    answer = guarded.post("/api/login", data={"token": TOKEN})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert guarded.get("/api/jobs").status_code == 200


@pytest.mark.parametrize("token", ["a long secret", 'half;"quoted", 100%/=+', "schlüssel-für-zwei"])
def test_any_token_can_be_logged_in_with(tmp_path: Path, token: str) -> None:
    app = create_app(str(tmp_path / "store"), token, hosts=("pop.example",), home=tmp_path)
    app.state.app_state.runner.close()
    opened = TestClient(app, base_url="http://pop.example", follow_redirects=False)
    assert opened.post("/api/login", data={"token": token}).headers["location"] == "/"
    assert opened.get("/api/jobs/none").status_code == 404
    opened.cookies.clear()
    assert opened.get("/api/jobs/none").status_code == 401


def test_every_answer_carries_the_safety_headers(client: TestClient, job: Job) -> None:
    for path in ("/", "/api/jobs", f"/api/jobs/{job.id}/packs/line-emoji", "/api/jobs/none", "/static/app.js"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/", headers={"host": "evil.example"}).headers["x-content-type-options"] == "nosniff"


def test_bodies_are_measured_before_they_are_read(client: TestClient) -> None:
    large = b"x" * (LARGEST_JSON + 1)
    assert client.post("/api/masks/predict", content=large).status_code == 413

    def drip() -> object:
        yield from (b"x" * 1_000_000 for _ in range(LARGEST_JSON // 1_000_000 + 2))

    assert client.post("/api/masks/predict", content=drip()).status_code == 413  # type: ignore[arg-type]
    picture = {"picture": ("big.png", b"\x89PNG\r\n" + b"x" * MAX_BYTES)}
    answer = client.post("/api/pictures", files=picture)
    assert answer.status_code == 400
    assert "MB" in answer.json()["error"]


def test_a_bomb_is_refused_before_it_is_decoded(client: TestClient) -> None:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
    answer = client.post("/api/pictures", files={"picture": ("bomb.png", bomb)})
    assert answer.status_code == 400
    assert "megapixels" in answer.json()["error"]


def test_pages_hold_nothing_that_was_typed(client: TestClient) -> None:
    source = "".join(path.read_text() for path in (Path(__file__).parents[3] / "ui/web/static").glob("*.js"))
    assert "innerHTML" not in source
    assert "insertAdjacentHTML" not in source
    assert "http://" not in source.replace("http://www.w3.org", "")
    assert "https://" not in source


def test_the_openapi_schema_has_examples(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert {"/api/jobs", "/api/masks/predict", "/api/masks/propagate"} <= set(schema["paths"])
    assert schema["components"]["schemas"]["Verdict"]["examples"][0]["kind"] == "regenerate"
    assert schema["components"]["schemas"]["Predict"]["examples"]


def test_also_what_nobody_expected_is_answered_safely(
    client: TestClient, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.app.state.boards, "of", lambda _: 1 / 0)  # type: ignore[attr-defined]
    answer = client.get(f"/api/jobs/{job.id}")
    assert answer.status_code == 500
    assert "what was saved is kept" in answer.json()["error"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
