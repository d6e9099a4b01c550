"""Refining in a real browser: effects, frames drawn again, undo after a reload, two people at one frame."""

import io
import json
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from popcon.editing.refinements import Refinements
from popcon.jobs.archive import Archive
from popcon.jobs.spec_builder import chosen_actions
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.verdict import Gate, Status
from popcon.storage.store import Store
from tests.ui.web.browsing import App, edit_session_opened, eventually, job_of, opened, saved, spot, stroke

pytestmark = pytest.mark.alone


def refinements(app: App, action: str) -> Refinements:
    return Refinements(Store(str(app.store)), job_of(app), action)


def edit_session(page: Page, app: App, action: str) -> dict[str, Any]:
    found: dict[str, Any] = page.request.get(f"/api/jobs/{job_of(app)}/actions/{action}/edit-session").json()
    return found


def visible(page: Page, app: App, action: str, kind: str, frame: str) -> int:
    """How many pixels of a frame show."""
    data = page.request.get(f"/api/jobs/{job_of(app)}/actions/{action}/{kind}/{frame}").body()
    return int((np.array(Image.open(io.BytesIO(data)))[..., 3] > 0).sum())


def test_effects_off_and_on_for_one_frame_and_for_all(browser: Browser, stocked: App, troubles: list[str]) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    effects = page.get_by_role("button", name="Effects", exact=True)
    expect(effects).to_have_attribute("aria-pressed", "true")
    expect(page.locator("pc-sticker-preview img").first).to_be_visible()
    before = page.locator("pc-sticker-preview img").first.get_attribute("src")
    page.keyboard.press("e")
    expect(effects).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("Changed: effects off.")).to_be_visible()
    page.get_by_role("button", name="Same for all frames").click()
    expect(page.locator(".told")).to_have_text("Saved.")
    saved(page)
    view = edit_session(page, stocked, "cry")
    playing = {slot["frame"] for slot in view["slots"]}
    assert {each["frame"] for each in view["edits"] if not each["effects"]} == playing
    fewer = [
        visible(page, stocked, "cry", "refined", each) - visible(page, stocked, "cry", "cutouts", each)
        for each in playing
    ]
    assert max(fewer) <= 0
    assert min(fewer) < -50
    expect(page.locator("pc-sticker-preview img").first).not_to_have_attribute("src", str(before))

    other, second = opened(browser, stocked, troubles)
    second.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(second)
    expect(second.get_by_text("Changed: effects off.")).to_be_visible()
    expect(second.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    other.close()

    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(effects).to_have_attribute("aria-pressed", "true")
    saved(page)
    assert not [each for each in refinements(stocked, "cry").current() if not each.refinement.empty]
    context.close()


def test_undo_and_redo_survive_a_reload(browser: Browser, stocked: App, troubles: list[str]) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    page.mouse.click(*spot(page, 120, 150))
    page.locator("[data-tool=erase]").click()
    stroke(page, (30, 30), (90, 60))
    page.keyboard.press("Control+z")
    saved(page)
    page.reload()
    edit_session_opened(page)
    page.keyboard.press("Control+Shift+Z")
    expect(page.get_by_text("Changed: 1 click, 1 stroke.")).to_be_visible()
    saved(page)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.get_by_text("As the machine cut it out.")).to_be_visible()
    saved(page)
    kept = [each.refinement for each in refinements(stocked, "cry").history()]
    states = [(len(each.clicks), len(each.strokes)) for each in kept]
    assert (1, 1) in states
    assert states[-1] == (0, 0)
    context.close()


def test_the_later_of_two_people_wins_and_both_are_told(browser: Browser, stocked: App, troubles: list[str]) -> None:
    (_, ann), (away, bob) = opened(browser, stocked, troubles), opened(browser, stocked, troubles)
    for page in (ann, bob):
        page.goto(f"/jobs/{job_of(stocked)}/refine/wave")
        edit_session_opened(page)
        page.keyboard.press("d")
        expect(page.get_by_text("Frame 2 of")).to_be_visible()
    ann.mouse.click(*spot(ann, 120, 150))
    expect(bob.get_by_text("changed frame 2. That counts now.")).to_be_visible()
    expect(bob.get_by_text("Changed: 1 click.")).to_be_visible()
    bob.mouse.click(*spot(bob, 100, 160))
    expect(ann.get_by_text("changed frame 2. That counts now.")).to_be_visible()
    expect(ann.get_by_text("Changed: 2 clicks.")).to_be_visible()
    expect(ann.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    ann.get_by_role("button", name="Bring mine back").click()
    expect(bob.get_by_text("Changed: 1 click.")).to_be_visible()

    away.set_offline(True)
    bob.mouse.click(*spot(bob, 140, 140))
    expect(bob.locator(".told")).to_have_text("Not saved yet; trying again …")
    ann.mouse.click(*spot(ann, 130, 100))
    ann.mouse.click(*spot(ann, 110, 100))
    saved(ann)
    away.set_offline(False)
    expect(bob.get_by_text("Yours is the later one and counts.")).to_be_visible()
    saved(bob)
    expect(ann.get_by_text("Changed: 2 clicks.")).to_be_visible()
    kept = refinements(stocked, "wave").history()
    assert kept[-1].by != kept[-2].by
    assert [(click.x // 1, click.y // 1) for click in kept[-1].refinement.clicks] == [(120, 150), (140, 140)]
    bob.get_by_role("button", name="Take theirs").click()
    expect(bob.get_by_text("Changed: 3 clicks.")).to_be_visible()
    expect(ann.get_by_text("Changed: 3 clicks.")).to_be_visible()
    # Browsers say themselves that they were offline, and that the save was refused at first.
    troubles[:] = [each for each in troubles if "ERR_INTERNET_DISCONNECTED" not in each and "409" not in each]
    for page in (ann, bob):
        page.context.close()


def test_a_frame_is_wished_for_again_from_the_page(browser: Browser, stocked: App, troubles: list[str]) -> None:
    """The embedded engine cannot draw one frame by words: the page says so, and goes on where it was."""
    archive = Archive(Store(str(stocked.store)))
    picture = archive.store.put(encode_png(draw_mascot(300)), "image/png")
    spec = JobSpec(
        title="Again",
        picture=picture,
        actions=tuple(chosen_actions("bow", ())),
        platforms=("gif",),
        review="ask",
        side=240,
    )
    job = archive.place(spec)
    context, page = opened(browser, stocked, troubles)
    page.request.post(f"/api/jobs/{job.id}/continue")

    def stands_at(status: Status) -> bool:
        return archive.summary(job.id, "bow").status is status

    eventually(lambda: stands_at(Status.AWAITING_START_FRAME), "no start frame")
    page.request.post(f"/api/jobs/{job.id}/actions/bow/verdict", data={"gate": "start_frame_review", "kind": "approve"})
    eventually(lambda: stands_at(Status.AWAITING_REFINEMENT), "no cut-out")
    asked = archive.summary(job.id, "bow").question
    page.goto(f"/jobs/{job.id}/refine/bow")
    edit_session_opened(page)
    page.keyboard.press("d")
    expect(page.get_by_text("Frame 2 of")).to_be_visible()
    page.keyboard.press("g")
    go = page.get_by_role("button", name="Draw it again", exact=True)
    expect(go).to_be_disabled()
    page.keyboard.type("with the eyes shut")
    go.click()
    expect(page.get_by_text("Frame 2 is being drawn again …")).to_be_visible()
    expect(page.locator(".note.ask")).to_contain_text("cannot change a frame by words")
    edit_session_opened(page)
    expect(page.get_by_text("Frame 2 of")).to_be_visible()
    said = archive.verdict(job.id, "bow", asked)
    assert said is not None
    assert (said["kind"], said["prompt"], said["slot"]) == ("redo_frame", "with the eyes shut", 1)
    shown = page.request.get(f"/api/jobs/{job.id}/actions/bow/edit-session").json()["slots"][1]["frame"]
    assert f"{said['frame']['source']['sha256'][:12]}-{said['frame']['index']}" == shown
    assert archive.summary(job.id, "bow").question.startswith(Gate.REFINEMENT)
    page.goto(f"/jobs/{job.id}")
    expect(page.locator("[data-action=bow] .note.ask")).to_contain_text("cannot change a frame by words")
    expect(page.locator("[data-action=bow]").get_by_role("button", name=re.compile("Approve"))).to_be_visible()
    page.request.delete(f"/api/jobs/{job.id}")
    context.close()


def test_doubtful_frames_are_marked_after_carrying(browser: Browser, stocked: App, troubles: list[str]) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    page.mouse.click(*spot(page, 120, 150))
    saved(page)
    frames = list(dict.fromkeys(slot["frame"] for slot in edit_session(page, stocked, "cry")["slots"]))[:3]
    lines = [
        {"frame": frame, "score": score, "doubtful": score < 0.5, "pinned": score == 1, "version": 1, "mask": mask * 64}
        | {"done": number, "of": 3}
        for number, (frame, score, mask) in enumerate(zip(frames, (1, 0.2, 0.9), ("", "a", "b"), strict=True), 1)
    ]
    told = "".join(json.dumps(each) + "\n" for each in [*lines, {"finished": True}])
    page.route("**/api/masks/propagate", lambda route: route.fulfill(body=told, content_type="application/x-ndjson"))
    page.keyboard.press("c")
    expect(page.locator(".told")).to_have_text("Carried to 3 frames. 1 is doubtful, marked with ?.")
    strip = page.locator(".strip .slot")
    expect(strip.nth(0)).to_have_attribute("aria-label", re.compile("corrected"))
    expect(strip.nth(1)).to_have_attribute("aria-label", re.compile("doubtful"))
    expect(strip.nth(2)).not_to_have_attribute("aria-label", re.compile("doubtful"))
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    saved(page)
    context.close()


def test_what_could_not_be_sent_is_sent_after_a_reload(browser: Browser, stocked: App, troubles: list[str]) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    page.route("**/refinement", lambda route: route.abort())
    page.locator("[data-tool=erase]").click()
    stroke(page, (20, 20), (60, 40))
    expect(page.locator(".told")).to_have_text("Not saved yet; trying again …")
    page.unroute("**/refinement")
    page.route("**/refinement", lambda route: route.fulfill(status=401, json={"error": "Show the token."}))
    page.wait_for_url("**/login")  # the token counts no longer
    page.unroute("**/refinement")
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    expect(page.get_by_text("Changed: 1 stroke.")).to_be_visible()
    saved(page)
    assert [len(each.refinement.strokes) for each in refinements(stocked, "cry").current()].count(1) == 1
    troubles[:] = [each for each in troubles if "Failed to load resource" not in each]
    page.get_by_role("button", name="Reset").click()
    saved(page)
    context.close()


def test_the_mask_of_a_click_that_was_undone_does_not_come_late(
    browser: Browser, stocked: App, troubles: list[str]
) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    page.evaluate(
        """() => {
          const fetched = window.fetch;
          window.fetch = (url, ...rest) => String(url).includes("predict")
            ? new Promise((go) => setTimeout(go, 800)).then(() => fetched(url, ...rest)) : fetched(url, ...rest);
        }"""
    )
    page.mouse.click(*spot(page, 120, 150))
    page.keyboard.press("Control+z")
    page.wait_for_timeout(2500)
    assert not page.locator("pc-editor").evaluate("e => Boolean(e.layers.mask)")
    expect(page.get_by_text("As the machine cut it out.")).to_be_visible()
    saved(page)
    context.close()


def test_two_fingers_zoom_and_one_clicks(browser: Browser, stocked: App, troubles: list[str]) -> None:
    context, page = opened(browser, stocked, troubles, has_touch=True)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    editor = page.locator("pc-editor")
    x, y = spot(page, 120, 150)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": across, "y": down, "id": number} for number, (across, down) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = editor.evaluate("e => e.view.scale")
    touch("touchStart", (x, y))
    touch("touchStart", (x, y), (x + 60, y))
    touch("touchMove", (x - 40, y), (x + 120, y))
    touch("touchEnd")
    assert editor.evaluate("e => e.view.scale") > 1.3 * before
    assert editor.evaluate("e => e.edits.clicks.length") == 0
    page.keyboard.press("f")
    touch("touchStart", spot(page, 120, 150))
    touch("touchEnd")
    eventually(lambda: editor.evaluate("e => e.edits.clicks.length") == 1, "no click")
    page.keyboard.press("Control+z")
    saved(page)
    context.close()
