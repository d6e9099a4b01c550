"""Sharing a job with a client: what a link opens, what it does not, and when it ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from popcon import naming
from popcon.jobs import shares
from popcon.jobs.archive import Archive, Job
from popcon.models.verdict import Gate, Status
from tests.ui.web.browsing import App, job_of, opened
from tests.ui.web.conftest import HERE, Idle

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text()
SECRET = "a long secret of the seller"


@pytest.fixture
def seller(store: Path, tmp_path: Path) -> Iterator[TestClient]:
    """The app with a token, which its owner has."""
    from ui.web.app import create_app

    app = create_app(str(store), SECRET, home=tmp_path)
    app.state.app_state.runner.close()
    app.state.app_state.runner = Idle(app.state.app_state.archive)
    with TestClient(app, base_url=HERE, headers={"authorization": f"Bearer {SECRET}"}) as opened:
        yield opened


@pytest.fixture
def client_of(seller: TestClient) -> TestClient:
    """Somebody who has no token."""
    return TestClient(seller.app, base_url=HERE)


def link(seller: TestClient, job: Job, **body: Any) -> str:
    made = seller.post(f"/api/jobs/{job.id}/shares", json=body)
    assert made.status_code == 200, made.text
    return str(made.json()["address"])


def wait_for_review(archive: Archive, job: Job) -> str:
    """Make the action wave wait at its start frame; returns the question."""
    asked = naming.question(Gate.START_FRAME_REVIEW, 0, 0)
    summary = archive.summary(job.id, "wave")
    archive.summarise(job.id, summary.model_copy(update={"status": Status.AWAITING_START_FRAME, "question": asked}))
    return asked


def test_a_link_opens_the_job_and_nothing_else(seller: TestClient, client_of: TestClient, job: Job) -> None:
    address = link(seller, job)
    seen = client_of.get(f"/api{address}")
    assert seen.status_code == 200
    assert {each["name"] for each in seen.json()["actions"]} == {each.name for each in job.spec.actions}
    assert "motion" not in seen.text
    assert "cost" not in seen.text
    [first, *_] = seen.json()["actions"]
    assert client_of.get(first["file"]["url"]).headers["content-type"].startswith("image/")
    assert client_of.get(address, headers={"accept": "text/html"}).status_code == 200
    for other in (f"/api/jobs/{job.id}", f"/api/jobs/{job.id}/shares", "/api/jobs"):
        assert client_of.get(other).status_code == 401


def test_a_client_comments_and_the_seller_reads_it(seller: TestClient, client_of: TestClient, job: Job) -> None:
    address = link(seller, job)
    said = {"by": "Mina", "text": "Larger eyes, please <b>", "action": "wave"}
    assert client_of.post(f"/api{address}/comments", json=said).status_code == 200
    [comment] = seller.get(f"/api/jobs/{job.id}/shares").json()["comments"]
    assert {name: comment[name] for name in said} == said
    assert client_of.post(f"/api{address}/comments", json={"text": "  "}).status_code == 400
    assert client_of.post(f"/api{address}/comments", json={"text": "x", "action": "fly"}).status_code == 404
    assert len(seller.get(f"/api/jobs/{job.id}/shares").json()["comments"]) == 1


def test_a_client_approves_only_where_the_link_permits_it(
    seller: TestClient, client_of: TestClient, archive: Archive, job: Job
) -> None:
    body = {"action": "wave", "question": wait_for_review(archive, job)}
    refused = client_of.post(f"/api{link(seller, job)}/approvals", json=body)
    assert refused.status_code == 400
    assert archive.verdict(job.id, "wave", body["question"]) is None
    taken = client_of.post(f"/api{link(seller, job, may_approve=True)}/approvals", json=body)
    assert taken.json()["stored"] is True
    kept = archive.verdict(job.id, "wave", body["question"])
    assert kept is not None
    assert kept["kind"] == "approve"


def test_a_link_ends(
    seller: TestClient, client_of: TestClient, job: Job, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = link(seller, job, days=3)
    token = address.rpartition("/")[2]
    [share] = seller.get(f"/api/jobs/{job.id}/shares").json()["shares"]
    assert token not in str([archive.store.read(path) for path in archive.store.paths(naming.shares(job.id))])
    assert client_of.get(f"/api{address[:-1]}{'a' if address[-1] != 'a' else 'b'}").status_code == 404
    with monkeypatch.context() as later:
        later.setattr(shares.time, "time", lambda: share["expires"] + 1.0)
        assert client_of.get(f"/api{address}").status_code == 404
    assert client_of.get(f"/api{address}").status_code == 200
    left = seller.delete(f"/api/jobs/{job.id}/shares/{share['id']}")
    assert left.json()["shares"] == []
    ended = client_of.get(f"/api{address}", headers={"accept-language": "ko"})
    assert ended.status_code == 404
    assert "링크" in ended.json()["error"]
    assert client_of.post(f"/api{address}/comments", json={"text": "x"}).status_code == 404


@pytest.mark.alone
def test_a_seller_shares_and_a_client_comments_in_a_browser(
    browser: Browser, stocked: App, troubles: list[str]
) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    address = page.get_by_label("The link, shown only now").input_value()
    expect(page.locator("dialog")).to_contain_text("look and comment, until")

    narrow = {"viewport": {"width": 320, "height": 700}, "locale": "ko-KR", "color_scheme": "dark"}
    other, client = opened(browser, stocked, troubles, reduced_motion="reduce", **narrow)
    client.goto(address)
    client.locator(".tile .stage").first.wait_for()
    assert client.evaluate("document.documentElement.scrollWidth") <= 320
    client.evaluate(AXE)
    assert (
        client.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations.map(e => e.id))") == []
    )
    client.get_by_label("이름").fill("미나")
    client.get_by_role("textbox", name="의견").fill("눈을 더 크게 해 주세요")
    client.get_by_role("button", name="보내기").click()
    expect(client.get_by_role("log")).to_contain_text("눈을 더 크게")
    other.close()

    page.reload()
    page.get_by_role("button", name="Share").click()
    expect(page.locator("dialog")).to_contain_text("눈을 더 크게")
    page.get_by_role("button", name="End it").click()
    expect(page.locator("dialog")).to_contain_text("There is no open link.")
    context.close()
