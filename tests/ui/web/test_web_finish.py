"""The finish page, in a real browser: what a pack looks like, what is doubtful, its kit, and publishing it."""

import io
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from popcon.editing.adjustments import current_adjustments
from popcon.jobs.archive import Archive, Job
from popcon.media.pictures.png import decode_png, encode_png
from popcon.models.adjustment import Adjustments, Outline
from popcon.models.results import PackDoubt
from popcon.storage.store import Store
from tests.popcon.publish.doubles import TOKEN, Platform, serve
from tests.ui.web.browsing import PATIENCE_MS, App, opened
from tests.ui.web.conftest import carry_out
from ui.web import finishing

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def discord() -> Iterator[tuple[str, Platform]]:
    with serve("discord") as served:
        yield served


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, finished_store: Path, discord: tuple[str, Platform]) -> Iterator[App]:
    """An app that may publish to Discord, with a pack for it."""
    home = tmp_path_factory.mktemp("finish")
    shutil.copytree(finished_store, home / "store")
    archive = Archive(Store(str(home / "store")))
    (first,) = archive.jobs()
    job = archive.place(first.spec.model_copy(update={"title": "Puffs", "platforms": ("discord-emoji",)}))
    carry_out(job, archive, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCORD_BOT_TOKEN", TOKEN)
        patch.setenv("DISCORD_GUILD_ID", "77")
        patch.setenv("POPCON_DISCORD_URL", discord[0])
        running = App(home).start()
    yield running
    running.stop()


def job_titled(app: App, title: str) -> Job:
    return next(job for job in Archive(Store(str(app.store))).jobs() if job.spec.title == title)


def doubt_wave(archive: Archive, job: Job) -> None:
    """Add a doubt about the first sticker to a job's pack."""
    summary = archive.job_summary(job.id)
    (pack,) = summary.packs
    picture = archive.store.put(encode_png(np.full((160, 320, 4), 255, np.uint8)), "image/png")
    doubt = PackDoubt(kind="margins", file="001.png", frame=0, says="it could be 40% larger", picture=picture)
    packs = (pack.model_copy(update={"doubts": (doubt,)}),)
    archive.summarise_job(job.id, summary.model_copy(update={"packs": packs}))


def test_a_pack_is_looked_over_as_people_will_see_it(browser: Browser, app: App, troubles: list[str]) -> None:
    context, page = opened(browser, app, troubles)
    job = job_titled(app, "Puff")
    doubt_wave(Archive(Store(str(app.store))), job)
    page.goto(f"/jobs/{job.id}")
    page.get_by_role("link", name="Look it over: LINE animated emoji").click()
    page.wait_for_url("**/finish#line-emoji")
    wave = page.locator("[data-action=wave]")
    shown = wave.locator(".grounds img")
    expect(shown).to_have_count(3)
    for image in shown.all():
        assert image.evaluate("e => e.decode().then(() => [e.naturalWidth, e.clientWidth])") == [180, 180]
    assert wave.locator("figure").last.evaluate("e => e.style.background") == "rgb(113, 147, 193)"
    expect(page.get_by_text("breaks a rule of the platform")).to_be_visible()
    expect(wave.locator(".doubt", has_text="it could be 40% larger")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Submission kit").click()
    assert download.value.suggested_filename == f"{job.id}-line-emoji-kit.zip"
    context.close()


def test_a_pack_is_published_from_its_page_once(
    browser: Browser, app: App, troubles: list[str], discord: tuple[str, Platform]
) -> None:
    context, page = opened(browser, app, troubles)
    page.goto(f"/jobs/{job_titled(app, 'Puffs').id}/finish")
    page.get_by_role("button", name="Publish to Discord").click()
    dialog = page.get_by_role("dialog", name="Publish to Discord")
    expect(dialog).to_contain_text(re.compile("Would send 2 to .*: wave, cry"))
    assert discord[1].stickers == []
    dialog.get_by_role("button", name="Send them").click()
    expect(dialog).to_contain_text("2 sent to")
    assert [each["name"] for each in discord[1].stickers] == ["wave", "cry"]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Publish to Discord").click()
    expect(dialog).to_contain_text("All of it is in")
    expect(dialog.get_by_role("button", name="Send them")).to_be_disabled()
    assert len(discord[1].stickers) == 2
    context.close()


def test_what_cannot_be_finished_is_refused(client: TestClient, job: Job) -> None:
    base = f"/api/jobs/{job.id}"
    kit = client.get(f"{base}/kits/line-emoji")
    assert zipfile.ZipFile(io.BytesIO(kit.content)).namelist()
    assert kit.content == client.get(f"{base}/kits/line-emoji").content
    assert client.get(f"{base}/kits/discord-emoji").status_code == 404
    answer = client.post(f"{base}/publish/plan", json={"to": "discord"})
    assert answer.status_code == 400
    assert "has none for discord" in answer.json()["error"]
    answer = client.post(f"{base}/publish", json={"to": "telegram", "platform": "line-emoji"})
    assert answer.status_code == 400
    assert client.get("/api/jobs/nothing/finish").status_code == 404


def test_each_rule_tells_where_it_was_read(client: TestClient, job: Job) -> None:
    (pack,) = client.get(f"/api/jobs/{job.id}/finish").json()["packs"]
    rules = {each["rule"]: each for each in pack["rules"]}
    assert rules["sticker: bytes, at most"]["limit"] == "300000"
    assert rules["sticker: bytes, at most"]["page"].startswith("official: LINE Creators Market")
    assert all(each["seen"] or each["page"].startswith("ours") for each in pack["rules"])
    platforms = {each["name"]: each for each in client.get("/api/catalogue").json()["platforms"]}
    assert "made with AI" in platforms["kakao"]["notices"][0], "told before a person starts"


def test_a_rule_that_was_not_looked_at_for_a_year_is_told(
    client: TestClient, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date(2028, 1, 1)

    monkeypatch.setattr(finishing, "date", Later)
    (pack,) = client.get(f"/api/jobs/{job.id}/finish").json()["packs"]
    assert any(each.startswith("not looked at since 2026-11-2") for each in pack["remarks"])


def test_packs_are_arranged(client: TestClient, job: Job) -> None:
    address = f"/api/jobs/{job.id}/arrangement"
    before = client.get(f"/api/jobs/{job.id}/finish").json()
    assert (before["order"], before["cover"], before["current"]) == (["wave", "cry"], "", True)
    view = client.put(address, json={"order": ["cry", "wave"], "cover": "cry"}).json()
    assert (view["order"], view["cover"], view["current"]) == (["cry", "wave"], "cry", False)
    assert [each["action"] for each in view["packs"][0]["stickers"]] == ["cry", "wave"]
    assert client.put(address, json={"order": ["cry"]}).status_code == 400
    assert client.put(address, json={"cover": "fly"}).status_code == 404
    assert client.put("/api/jobs/nothing/arrangement", json={}).status_code == 404
    assert client.get(f"/api/jobs/{job.id}/finish").json()["cover"] == "cry"


def test_stickers_are_adjusted_and_made_again(browser: Browser, app: App, troubles: list[str]) -> None:
    """By a drag, by keys and by two clicks for a colour; undone, kept over a reload, and shown once they are made."""
    context, page = opened(browser, app, troubles)
    job = job_titled(app, "Puffs")
    archive = Archive(Store(str(app.store)))
    before = archive.stickers(job, "discord-emoji")[0].file.sha256
    page.goto(f"/jobs/{job.id}/finish")
    page.get_by_role("button", name="Adjust Wave").click()
    dialog = page.get_by_role("dialog")
    stage = dialog.get_by_role("application")

    def wait_until(is_so: Callable[[Adjustments], bool]) -> Adjustments:
        """What is saved, once it is as expected."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while not is_so(now := current_adjustments(archive.store, job.id).adjustments):
            assert time.monotonic() < until, f"saved is {now}"
            page.wait_for_timeout(50)
        return now

    stage.press("ArrowRight")
    wait_until(lambda now: now.of("wave").nudge.x == 2)
    canvas = stage.locator("canvas").first
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 80, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 80)
    page.mouse.up()
    wait_until(lambda now: now.of("wave").nudge.x > 8)
    dialog.get_by_role("button", name="White", exact=True).click()
    dialog.locator("[data-key^=source]").first.click()
    dialog.locator("[data-key=target-5]").click()
    dialog.get_by_role("button", name="Frame 3", exact=True).click()
    dialog.get_by_role("button", name="Start with this frame").click()
    now = wait_until(lambda now: now.of("wave").first is not None)
    assert now.outline == Outline(colour="#ffffff", width=8)
    assert [each.target for each in now.recolours] == ["#3b82f6"]
    stage.press("Control+z")
    wait_until(lambda now: now.of("wave").first is None and bool(now.recolours))
    dialog.get_by_role("button", name="Make the stickers again").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("The pack is ready.")).to_be_visible()
    assert archive.stickers(job, "discord-emoji")[0].file.sha256 != before
    context.close()


def test_adjustments_are_refused_in_a_sentence_and_conflicts_are_told(client: TestClient, job: Job) -> None:
    address = f"/api/jobs/{job.id}/adjustments"
    outline = {"outline": {"colour": "#102030", "width": 5}}
    assert client.get(address).json()["version"] == 0
    assert client.put(address, json={"base": 0, "adjustments": outline}).json()["version"] == 1
    answer = client.put(address, json={"base": 0, "adjustments": {}})
    assert (answer.status_code, answer.json()["current"]["version"]) == (409, 1)
    assert client.put(address, json={"adjustments": {"outline": {"width": 400}}}).status_code == 422
    assert client.put(address, json={"adjustments": {"stickers": {"jump": {}}}}).status_code == 404
    base = f"/api/jobs/{job.id}/actions/wave"
    made = client.get(f"{base}/adjustable").json()
    assert len(made["colours"]) > 2
    plain, lined = (client.post(f"{base}/looks/{made['frames'][0]}", json=each) for each in ({}, outline))
    shown = [decode_png(each.content, 4)[..., 3].astype(int).sum() for each in (plain, lined)]
    assert shown[1] > shown[0]
    assert client.post(f"{base}/looks/0123456789ab-7", json={}).status_code == 404
    assert client.put(address, json={"adjustments": {}}).json()["version"] == 2
