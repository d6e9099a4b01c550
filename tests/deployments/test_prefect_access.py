"""Who gets at the Prefect server of `popcon up`: the person and their commands; no page of another site, no command."""

import os
import stat
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from prefect import flow
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Paused, Scheduled

from deployments.up_state import find_server
from flows import runs
from popcon.errors import Fault
from popcon.settings import settings
from tests.deployments.stack import Stack

pytestmark = pytest.mark.alone

PATIENCE_MS = 90_000

ATTACK = """
async ({api, deployment, waiting}) => {
  const told = {};
  const attempt = async (name, path, options) => {
    try {
      const answer = await fetch(api + path, options);
      told[name] = answer.type === "opaque" ? "opaque" : `read: ${await answer.text()}`;
    } catch (error) { told[name] = "refused"; }
  };
  const run = JSON.stringify({name: "stolen", job_variables: {command: "touch /tmp/stolen"}, parameters: {}});
  const json = {"content-type": "application/json"}, text = {"content-type": "text/plain"};
  const guess = {...json, authorization: "Basic " + btoa("popcon:guess")};
  const create = `/deployments/${deployment}/create_flow_run`, resume = `/flow_runs/${waiting}/resume`;
  await attempt("health", "/health", {});
  await attempt("version", "/admin/version", {});
  await attempt("token", "/csrf-token?client=evil", {});
  await attempt("secrets", "/block_documents/filter",
                {method: "POST", headers: json, body: JSON.stringify({include_secrets: true})});
  await attempt("secrets guessed", "/block_documents/filter", {method: "POST", headers: guess, body: "{}"});
  await attempt("create", create, {method: "POST", headers: json, body: run});
  await attempt("create as text", create, {method: "POST", headers: text, body: run});
  await attempt("create blindly", create, {method: "POST", mode: "no-cors", body: run});
  await attempt("create with cookies", create, {method: "POST", mode: "no-cors", credentials: "include", body: run});
  await attempt("resume", resume, {method: "POST", headers: json, body: "{}"});
  await attempt("resume blindly", resume, {method: "POST", mode: "no-cors"});
  for (const [number, path] of [create, resume].entries()) {
    const frame = document.createElement("iframe"), form = document.createElement("form");
    frame.name = `frame${number}`;
    Object.assign(form, {method: "post", action: api + path, enctype: "text/plain", target: frame.name});
    const field = document.createElement("input");
    field.name = '{"name": "stolen", "state": null, "x": "';
    field.value = '"}';
    form.append(field);
    document.body.append(frame, form);
    const loaded = new Promise(resolve => { frame.onload = resolve; setTimeout(resolve, 3000); });
    form.submit();
    await loaded;
  }
  const socket = new WebSocket(api.replace("http", "ws") + "/events/out", ["prefect"]);
  told.socket = await new Promise(resolve => {
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("refused");
  });
  const framed = document.createElement("iframe");
  framed.src = api.replace("/api", "/");
  document.body.append(framed);
  await new Promise(resolve => { framed.onload = resolve; setTimeout(resolve, 3000); });
  return told;
}
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """The port of another site."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Kittens</title><body>Kittens")

        def log_message(self, *arguments: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=site.serve_forever, args=(0.02,), daemon=True).start()
    yield site.server_port
    site.shutdown()


@flow(name="waits")
def waits() -> None:
    pass


def named(name: str) -> list[Any]:
    with runs.server() as client:
        wanted = FlowRunFilter(name=FlowRunFilterName(any_=[name]))
        return client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.ID_DESC)


def deployment() -> UUID:
    with runs.server() as client:
        return client.read_deployment_by_name(runs.UPKEEP.name).id


def test_the_password_is_for_its_owner_alone(stack: Stack) -> None:
    password = stack.note["auth"].split(":")[1]
    assert len(password) > 30
    assert stat.S_IMODE((stack.home / "up.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((stack.home / "up").stat().st_mode) == 0o700
    lines = [Path(f"/proc/{number}/cmdline").read_text() for number in stack.processes("")]
    assert any("deployments.server" in line for line in lines)
    assert not any(password in line for line in lines)
    logs = [stack.home / "up.log", *(stack.home / "up/logs").glob("*.log")]
    assert not any(password in path.read_text(errors="replace") for path in logs)
    assert httpx.get(f"{stack.api_url}/admin/version", trust_env=False).status_code == 401
    assert httpx.post(f"{stack.api_url}/flow_runs/filter", json={}, trust_env=False).status_code == 403


def test_commands_find_the_password(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_HOME", str(stack.home))
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    settings.cache_clear()
    try:
        assert find_server() == stack.api_url
        assert os.environ["PREFECT_API_AUTH_STRING"] == stack.note["auth"]
    finally:
        settings.cache_clear()


@pytest.mark.parametrize("site", ["http://127.0.0.1", "http://localhost"])
def test_a_page_elsewhere_gets_nothing(site: str, stack: Stack, page: Page, elsewhere: int) -> None:
    with runs.server() as client:
        waiting = client.create_flow_run(waits, state=Paused(timeout_seconds=3600))
    page.goto(f"{site}:{elsewhere}/")
    told = page.evaluate(ATTACK, {"api": stack.api_url, "deployment": str(deployment()), "waiting": str(waiting.id)})
    assert {answer for name, answer in told.items() if "blindly" not in name and "cookies" not in name} == {"refused"}
    assert set(told.values()) <= {"refused", "opaque"}
    for frame in page.frames[1:]:
        assert "Prefect" not in frame.content()
    assert named("stolen") == []
    with runs.server() as client:
        assert runs.waits(client.read_flow_run(waiting.id))
    assert not Path("/tmp/stolen").exists()


def test_a_name_that_points_here_gets_nothing(stack: Stack) -> None:
    for path in ("/health", "/admin/version", "/csrf-token?client=evil"):
        host = {"Host": f"evil.example:{stack.port}"}
        assert httpx.get(f"{stack.api_url}{path}", headers=host, trust_env=False).status_code == 421


def test_no_run_says_which_command_is_run(stack: Stack, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    misuse = {"command": f"touch {taken}", "env": {"PYTHONPATH": str(tmp_path)}, "working_dir": str(tmp_path)}
    for name, value in misuse.items():
        with pytest.raises(Fault, match="Additional properties"), runs.server() as client:
            client.create_flow_run_from_deployment(deployment(), job_variables={name: value})
    # A run without a deployment goes to a pool unseen; the worker fills in nothing of it either.
    (tmp_path / "sitecustomize.py").write_text(f"open({str(taken)!r}, 'w')")
    with runs.server() as client:
        run = client.create_flow_run(waits, state=Scheduled(), work_pool_name="cpu", job_variables=misuse)

    def ended() -> bool:
        with runs.server() as client:
            return not runs.is_live(client.read_flow_run(run.id))

    stack.wait("the end of a run without a flow", ended)
    assert not taken.exists()


@pytest.mark.parametrize("ui", ["", "/v2"])
def test_the_link_opens_prefects_pages(ui: str, stack: Stack, page: Page) -> None:
    origin = stack.api_url.removesuffix("/api")
    page.goto(f"{origin}{ui}/deployments")
    expect(page.get_by_label("Password").or_(page.get_by_placeholder("admin:pass"))).to_be_visible(timeout=PATIENCE_MS)
    page.goto(stack.note["login_url"])
    page.wait_for_url(lambda url: "popcon-login" not in url)
    assert stack.note["auth"] not in page.url
    other = beside(page)
    other.goto(f"{origin}{ui}/deployments")
    expect(other.get_by_text("order-pack").first).to_be_visible(timeout=PATIENCE_MS)


def test_a_wrong_link_changes_nothing(stack: Stack, page: Page) -> None:
    page.goto(stack.note["login_url"])
    page.wait_for_url(lambda url: "popcon-login" not in url)
    kept = page.evaluate("localStorage.getItem('prefect-password')")
    assert kept
    other = beside(page)
    other.goto(stack.note["login_url"].partition("#")[0] + "#popcon:guess")
    expect(other.get_by_role("status")).to_contain_text("not this server's", timeout=PATIENCE_MS)
    assert other.evaluate("localStorage.getItem('prefect-password')") == kept


def beside(page: Page) -> Page:
    """Open a page beside one of Prefect's UI, which stays.

    A check of the password that leaving the page breaks off counts as failed in the UI, which then forgets it.
    """
    return page.context.new_page()
