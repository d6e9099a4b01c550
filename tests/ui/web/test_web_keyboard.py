"""The whole product by the keyboard alone, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from popcon.check.checker import check_path
from popcon.editing.refinements import Refinements
from popcon.storage.store import Store
from tests.ui.web.browsing import App, edit_session_opened, eventually, focused, job_of, opened, reach, saved

pytestmark = pytest.mark.alone


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_pack_by_the_keyboard_alone(
    browser: Browser, fresh: App, picture: Path, troubles: list[str], tmp_path: Path
) -> None:
    context, page = opened(browser, fresh, troubles)
    page.on("filechooser", lambda _: None)  # caught from the start: a key is faster than the catching is switched on
    page.goto("/")
    page.get_by_role("button", name="Choose a file").wait_for()
    press(page, "Tab")
    assert focused(page) == "Skip to the page"
    press(page, "Enter")
    expect(page.locator("main")).to_be_focused()
    reach(page, page.get_by_role("button", name="Choose a file"))
    with page.expect_file_chooser() as chooser:
        press(page, "Enter")
    chooser.value.set_files(picture)
    expect(page.get_by_alt_text("The character as it will be used")).to_be_visible()
    reach(page, page.get_by_role("button", name="None", exact=True))
    press(page, "Enter")
    for name in ("Wave", "Bow"):
        reach(page, page.locator(".preset", has_text=name))
        press(page, "Space")
    for label in ("LINE animated emoji", "Discord emoji"):
        reach(page, page.get_by_label(re.compile(label)))
        press(page, "Space")
    title = page.get_by_label("Title (optional)")
    reach(page, title)
    press(page, "Control+a")
    page.keyboard.type("By keys")
    reach(page, page.get_by_role("button", name="Start the pack"))
    expect(page.locator(".plan b")).to_have_text("Free")
    press(page, "Enter")
    page.wait_for_url("**/jobs/*")
    review(page)

    reach(page, page.locator("[data-action=wave]").get_by_role("link", name="Refine"))
    press(page, "Enter")
    page.wait_for_url("**/refine/wave")
    refine(page)

    reach(page, page.get_by_role("button", name="Approve"))
    press(page, "Enter")
    page.wait_for_url(re.compile(r"/jobs/[a-z0-9-]+$"))
    reach(page, page.get_by_role("link", name="Download the pack"))
    with page.expect_download() as download:
        press(page, "Enter")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    report = check_path(path, "discord-emoji")
    assert report.ok, report.failures
    job = page.url.rsplit("/", 1)[-1]
    kept = [each.refinement for each in Refinements(Store(str(fresh.store)), job, "wave").current()]
    (corrected,) = [each for each in kept if each.clicks]
    assert [click.positive for click in corrected.clicks] == [True, False]
    assert [len(stroke.points) > 5 for stroke in corrected.strokes] == [True]
    assert any(each.candidate for each in kept)
    context.close()


def review(page: Page) -> None:
    """Draw one start frame again with other words, approve both, and let one cut-out pass."""
    wave, bow = page.locator("[data-action=wave]"), page.locator("[data-action=bow]")
    prompt = bow.get_by_label("Motion prompt of Bow")
    before = bow.locator(".stage img").get_attribute("src")
    reach(page, prompt)
    press(page, "Control+a")
    page.keyboard.type("jumps up with both arms high")
    # The other tile comes and changes meanwhile; what is typed stays, and so does the focus.
    expect(wave.get_by_role("button", name="Approve")).to_be_visible()
    expect(prompt).to_be_focused()
    expect(prompt).to_have_value("jumps up with both arms high")
    reach(page, bow.get_by_role("button", name="Draw again"))
    press(page, "Enter")
    expect(bow.locator(".stage img")).not_to_have_attribute("src", str(before))
    assert focused(page) in ("Bow", "Draw again"), "the focus was lost when the tile changed"
    for tile in (wave, bow):
        press(page, "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab")
        reach(page, tile.get_by_role("button", name="Approve"))
        press(page, "Enter")
        expect(tile.get_by_label(re.compile("Motion prompt"))).to_have_count(0)
        eventually(lambda: focused(page) != "", "nothing has the focus")
        assert not page.evaluate("document.activeElement === document.body"), "the focus was lost"
    bow.get_by_text("Look at the cut-out:").wait_for()
    press(page, *["Shift+Tab"] * 8)
    reach(page, bow.get_by_role("button", name="Approve"))
    press(page, "Enter")


def refine(page: Page) -> None:
    """Two clicks and a stroke with the cursor, carried to all frames; a frame swapped."""
    edit_session_opened(page)
    editor = page.locator("pc-editor")
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("move the cursor by 1 px")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    reach(page, editor.locator("canvas"))
    voice = editor.locator("[aria-live]")
    expect(voice).to_contain_text("Cursor 240, 240: on the cut-out")
    press(page, *["Shift+ArrowDown"] * 8, "ArrowLeft", "ArrowRight", "Enter")
    expect(voice).to_have_text("Plus click at 240, 320. 1 click on this frame.")
    press(page, *["Shift+ArrowDown"] * 6, "-")
    expect(voice).to_have_text("Minus click at 240, 380. 2 clicks on this frame.")
    eventually(lambda: editor.evaluate("e => Boolean(e.layers.mask)"), "no mask")
    press(page, "3", *["Shift+ArrowUp"] * 30, *["Shift+ArrowLeft"] * 18, "Enter")
    expect(voice).to_contain_text("A stroke that erases begins at 60, 80.")
    press(page, *["Shift+ArrowRight"] * 9, "ArrowDown", "Enter")
    expect(voice).to_contain_text("Erased up to 150, 81. 1 stroke on this frame.")
    saved(page)
    expect(page.get_by_text("Changed: 2 clicks, 1 stroke.")).to_be_visible()

    press(page, "Enter", "ArrowRight", "Escape")
    expect(voice).to_have_text("The stroke was dropped.")
    press(page, "Control+z")
    expect(page.get_by_text("Changed: 2 clicks.")).to_be_visible()
    press(page, "Control+Shift+Z")
    expect(page.get_by_text("Changed: 2 clicks, 1 stroke.")).to_be_visible()
    expect(editor.locator("canvas")).to_be_focused()

    reach(page, page.get_by_role("button", name="Carry to all frames"))
    press(page, "Enter")
    expect(page.locator(".told")).to_have_text(re.compile(r"Carried to \d+ frames"))
    press(page, "d", "d", "d")
    expect(page.get_by_text("Frame 4 of")).to_be_visible()
    reach(page, page.locator(".candidates [tabindex='0']"))
    press(page, "ArrowRight", "Enter")
    expect(page.locator(".strip .slot").nth(3)).to_have_attribute("aria-label", re.compile("swapped"))
    expect(page.locator(".candidates .slot[aria-current=true]")).to_be_focused()


def test_keys_that_are_typed_are_no_shortcuts(browser: Browser, stocked: App, troubles: list[str]) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    here = page.url
    brush = page.get_by_label("Brush size")
    reach(page, brush)
    press(page, "ArrowRight", "ArrowRight", "d", "e", "Enter")
    expect(brush).to_have_value("16")
    expect(page.get_by_text("Frame 1 of")).to_be_visible()
    press(page, "Shift+Tab", "Escape")
    strip = page.locator(".strip .slot")
    reach(page, strip.first)
    press(page, "ArrowRight", "ArrowRight")
    expect(strip.nth(2)).to_be_focused()
    press(page, "End")
    expect(strip.last).to_be_focused()
    press(page, "d")
    expect(strip.first).to_be_focused()
    assert page.url == here
    assert not Refinements(Store(str(stocked.store)), job_of(stocked), "cry").any()
    context.close()


def test_a_dialog_gives_the_focus_back(browser: Browser, stocked: App, troubles: list[str]) -> None:
    context, page = opened(browser, stocked, troubles)
    page.goto(f"/jobs/{job_of(stocked)}")
    look = page.locator("[data-action=cry]").get_by_role("button", name=re.compile("look closer"))
    reach(page, look)
    press(page, "Enter")
    dialog = page.get_by_role("dialog", name="A closer look")
    expect(dialog).to_contain_text("Cry: Done")
    press(page, "ArrowRight")
    expect(dialog).to_contain_text("Wave: Done")
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    expect(look).to_be_focused()
    page.goto("/archive")
    reach(page, page.get_by_role("button", name="Delete Puff"))
    press(page, "Enter")
    expect(page.get_by_text("No packs yet")).to_be_visible()
    assert not page.evaluate("document.activeElement === document.body"), "the focus was lost with the card"
    reach(page, page.get_by_role("button", name="Undo"))
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Puff")).to_be_visible()
    context.close()


def test_frames_that_a_person_corrected_stay_pinned(browser: Browser, stocked: App, troubles: list[str]) -> None:
    """Carrying leaves corrected frames as they are, and is undone as one step, after a reload too."""
    context, page = opened(browser, stocked, troubles)
    job = job_of(stocked)
    page.goto(f"/jobs/{job}/refine/wave")
    edit_session_opened(page)
    press(page, "k", "Enter")
    saved(page)
    press(page, "c")
    expect(page.locator(".told")).to_have_text(re.compile(r"Carried to \d+ frames"))
    saved(page)
    first = page.locator(".strip .slot").first
    expect(first).to_have_attribute("aria-label", re.compile("corrected"))
    press(page, "d")
    expect(page.get_by_text("Changed: a carried mask.")).to_be_visible()
    page.reload()
    edit_session_opened(page)
    expect(page.get_by_text("Changed: a carried mask.")).to_be_visible()
    press(page, "Control+z")
    expect(page.get_by_text("As the machine cut it out.")).to_be_visible()
    saved(page)
    kept = Refinements(Store(str(stocked.store)), job, "wave")
    assert any(each.refinement.mask for each in kept.history())
    assert [len(each.refinement.clicks) for each in kept.current() if not each.refinement.empty] == [1]
    assert not any(each.refinement.mask for each in kept.current())
    context.close()
