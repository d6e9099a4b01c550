"""Strangers are turned away, pages cannot be misused, names stay names."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from popcon.errors import BadInput
from popcon.jobs.archive import Job
from popcon.media.pictures.picture import MAX_BYTES
from popcon.settings import settings
from tests.ui.web.conftest import HERE
from ui.web.app import create_app
from ui.web.login_limit import FREE_ATTEMPTS
from ui.web.uploads import LARGEST_JSON

TOKEN = "a-long-secret-token"


@pytest.fixture
def guarded(store: Path, tmp_path: Path) -> TestClient:
    app = create_app(str(store), TOKEN, hosts=("pop.example",), home=tmp_path)
    app.state.app_state.runner.close()
    return TestClient(app, base_url="http://pop.example", raise_server_exceptions=False, follow_redirects=False)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "",
        "evil.example:80",
        "[::1]evil",
        "[::1]:80evil",
        "127.0.0.1:@evil",
        "127.0.0.1:80:80",
        "evil@127.0.0.1",
        "localhost/evil",
        "::1",
        "[::1",
    ],
)
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


def test_a_token_without_its_scheme_opens_nothing(guarded: TestClient) -> None:
    for value in (TOKEN, f"Basic {TOKEN}", f"Bearer{TOKEN}", "Bearer", "Bearer "):
        assert guarded.get("/api/jobs", headers={"authorization": value}).status_code == 401, value
    assert guarded.get("/api/jobs", headers={"authorization": f"bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize("where", ["header", "form"])
def test_wrong_tokens_are_slowed_down(guarded: TestClient, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    clock = [1000.0]
    monkeypatch.setattr("ui.web.login_limit.time.monotonic", lambda: clock[0])

    def attempt(token: str) -> int:
        if where == "form":
            answer = guarded.post("/api/login", data={"token": token})
            place = answer.headers["location"]
            return 401 if place == "/login?wrong" else 429 if place.startswith("/login?wait=") else 200
        return guarded.get("/api/jobs", headers={"authorization": f"Bearer {token}"}).status_code

    tried = 0
    for number in range(600):  # ten minutes, an attempt a second
        tried += attempt(f"guess-{number}") == 401
        clock[0] += 1
    assert tried <= FREE_ATTEMPTS + 6 + 600 // 60
    assert attempt(TOKEN) == 429, "also the right one waits, else it could be told from wrong ones"
    clock[0] += 61
    assert attempt(TOKEN) in (200, 303)
    assert attempt("wrong") == 401, "the right one begins anew"


def test_other_clients_do_not_wait_for_one_that_guesses(store: Path, tmp_path: Path) -> None:
    app = create_app(str(store), TOKEN, home=tmp_path)
    app.state.app_state.runner.close()
    bad, good = (TestClient(app, base_url=HERE, client=(address, 1)) for address in ("10.0.0.1", "10.0.0.2"))
    for number in range(20):
        bad.get("/api/jobs", headers={"authorization": f"Bearer {number}"})
    assert bad.get("/api/jobs", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 429
    assert good.get("/api/jobs", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.fixture
def behind_proxy(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    """An app that has its token, its hosts and its proxies from the environment."""
    monkeypatch.setenv("POPCON_WEB_TOKEN", TOKEN)
    monkeypatch.setenv("POPCON_WEB_HOSTS", "pack.example, other.example")
    monkeypatch.setenv("POPCON_WEB_PROXIES", "10.1.0.0/16")
    settings.cache_clear()
    app = create_app(str(store), home=tmp_path)
    app.state.app_state.runner.close()
    yield app
    settings.cache_clear()


FORWARDED = {
    "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.1.2.3",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "pack.example",
}


def test_it_runs_behind_a_proxy(behind_proxy: FastAPI) -> None:
    proxied = TestClient(behind_proxy, base_url="http://10.9.9.9:4280", client=("10.1.2.3", 1), follow_redirects=False)
    assert proxied.get("/api/jobs", headers=FORWARDED).status_code == 401
    logged_in = proxied.post(
        "/api/login", data={"token": TOKEN}, headers=FORWARDED | {"origin": "https://pack.example"}
    )
    assert logged_in.headers["location"] == "/"
    assert "secure" in logged_in.headers["set-cookie"].lower(), "what came in over https stays there"
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert proxied.get("/api/jobs", headers=FORWARDED | bearer).status_code == 200
    for number in range(20):  # a client behind it guesses: another one does not wait
        proxied.get("/api/jobs", headers=FORWARDED | {"authorization": f"Bearer {number}"})
    assert proxied.get("/api/jobs", headers=FORWARDED | bearer).status_code == 429
    other = FORWARDED | bearer | {"x-forwarded-for": "6.6.6.6, 203.0.113.10"}
    assert proxied.get("/api/jobs", headers=other).status_code == 200


def test_forwarded_headers_of_strangers_do_not_count(behind_proxy: FastAPI) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    direct = TestClient(behind_proxy, base_url="http://evil.example", client=("203.0.113.9", 1))
    assert direct.get("/api/jobs", headers=FORWARDED | bearer).status_code == 421
    named = TestClient(behind_proxy, base_url="http://other.example", client=("203.0.113.9", 1), follow_redirects=False)
    cookie = named.post("/api/login", data={"token": TOKEN}, headers=FORWARDED).headers["set-cookie"]
    assert "secure" not in cookie.lower()


def test_proxies_that_are_no_addresses_are_refused(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POPCON_WEB_PROXIES", "proxy.example")
    settings.cache_clear()
    try:
        with pytest.raises(BadInput, match="POPCON_WEB_PROXIES"), TestClient(create_app(str(store), home=tmp_path)):
            pass
    finally:
        settings.cache_clear()


def test_strokes_that_would_take_long_to_paint_are_refused(client: TestClient, job: Job) -> None:
    base = f"/api/jobs/{job.id}/actions/wave"
    frame = client.get(f"{base}/edit-session").json()["slots"][0]["frame"]
    points = [{"x": n % 200, "y": n // 200} for n in range(10_000)]
    strokes = [{"points": points, "radius": 1000, "mode": "erase"} for _ in range(4)]
    began = time.monotonic()
    answer = client.put(f"{base}/frames/{frame}/refinement", json={"strokes": strokes})
    assert answer.status_code == 400
    assert "smaller brush" in answer.json()["error"]
    assert time.monotonic() - began < 5
    assert client.get(f"{base}/refinements").json() == []


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
