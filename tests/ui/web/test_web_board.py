"""The review board in a real browser, where something did not go as it should: each tile says why, and what to do."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from popcon.jobs.archive import Archive
from popcon.jobs.spec_builder import chosen_actions
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.results import Cutouts
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Gate, Status
from popcon.naming import question
from popcon.storage.store import Store
from tests.ui.web.browsing import App, eventually, opened

pytestmark = pytest.mark.alone

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text()
DECLINED = "The service's content check turned the prompt down; another prompt may pass."


def troubled(stocked: App, batch: str) -> str:
    """A job of four actions: two of which a service declined something, one that failed, one cut out on the CPU."""
    archive = Archive(Store(str(stocked.store)))
    picture = archive.store.put(encode_png(draw_mascot(128)), "image/png")
    actions = tuple(chosen_actions("wave,cry,bow,jump", ()))
    job = archive.place(
        JobSpec(title="Troubles", picture=picture, actions=actions, platforms=("gif",), review="ask", batch=batch)
    )
    first = {gate: question(gate, 0, 0) for gate in Gate}
    notes = Cutouts(cutouts=(), notes=("No GPU was found: birefnet cuts out on the CPU, about 4 s a frame.",))
    for summary in (
        ActionSummary(
            action="wave",
            status=Status.AWAITING_START_FRAME,
            message=DECLINED,
            question=first[Gate.START_FRAME_REVIEW],
        ),
        ActionSummary(
            action="cry", status=Status.AWAITING_REFINEMENT, message=DECLINED, question=first[Gate.REFINEMENT]
        ),
        ActionSummary(action="bow", status=Status.FAILED, message="The clip has 3 frames; at least 8 are needed."),
        ActionSummary(
            action="jump",
            status=Status.AWAITING_REFINEMENT,
            question=first[Gate.REFINEMENT],
            results={"cutouts": notes.model_dump(mode="json")},
        ),
    ):
        archive.summarise(job.id, summary)
    return job.id


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tiles_say_what_went_wrong_and_what_to_do(
    browser: Browser, stocked: App, troubles: list[str], scheme: Any
) -> None:
    context, page = opened(browser, stocked, troubles, color_scheme=scheme, reduced_motion="reduce")
    job = troubled(stocked, scheme)
    page.goto(f"/jobs/{job}")
    tiles = {name: page.locator(f"[data-action={name}]") for name in ("wave", "cry", "bow", "jump")}
    for name, button in (("wave", "Draw again"), ("cry", "Try these words")):
        expect(tiles[name]).to_contain_text(DECLINED)
        expect(tiles[name]).to_contain_text("Change the words and try again")
        expect(tiles[name].get_by_role("textbox")).not_to_be_empty()
        expect(tiles[name].get_by_role("button", name=button)).to_be_visible()
        expect(tiles[name].get_by_role("button", name="Approve")).to_have_count(0)
    expect(tiles["bow"]).to_contain_text("The clip has 3 frames; at least 8 are needed.")
    expect(tiles["bow"].get_by_role("button", name="Try again")).to_be_visible()
    expect(tiles["bow"].get_by_role("button", name="Redo from …")).to_be_visible()
    expect(tiles["jump"]).to_contain_text("No GPU was found")
    expect(tiles["jump"].get_by_role("button", name="Approve")).to_be_visible()

    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    told = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found["violations"]]
    assert not [each for each in told if each[0] != "region"], json.dumps(told, indent=1)

    tiles["cry"].get_by_role("textbox").fill("sobs quietly")
    tiles["cry"].get_by_role("button", name="Try these words").click()
    expect(page.locator(".toast")).to_contain_text("another_take, kept")
    said = Archive(Store(str(stocked.store))).verdict(job, "cry", question(Gate.REFINEMENT, 0, 0))
    assert said is not None
    assert (said["kind"], said["prompt"]) == ("another_take", "sobs quietly")
    page.request.delete(f"/api/jobs/{job}")
    context.close()


def test_a_browser_tells_whose_turn_it_is_on_request(browser: Browser, stocked: App, troubles: list[str]) -> None:
    """The button asks the browser; then a hidden page goes on listening, and a new question is told once."""
    context, page = opened(browser, stocked, troubles)
    context.add_init_script(
        "window.told = []; window.Notification = class { static permission = 'default';"
        " static async requestPermission() { return this.permission = 'granted'; }"
        " constructor(title, more) { window.told.push([title, more.body]); } close() {} };"
    )
    job = troubled(stocked, "notified")
    page.goto(f"/jobs/{job}")
    button = page.get_by_role("button", name="Tell me when it is my turn")
    button.click()
    expect(page.get_by_role("button", name="No more notifications")).to_have_attribute("aria-pressed", "true")
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    archive = Archive(Store(str(stocked.store)))
    bow = archive.summary(job, "bow")
    asked = question(Gate.START_FRAME_REVIEW, 0, 0)
    waits = {"status": Status.AWAITING_START_FRAME, "question": asked, "message": ""}
    archive.summarise(job, bow.model_copy(update=waits))
    eventually(lambda: bool(page.evaluate("window.told.length") == 1), "nobody was told")
    assert page.evaluate("window.told[0][0]") == archive.job(job).spec.title
    page.request.delete(f"/api/jobs/{job}")
    context.close()
