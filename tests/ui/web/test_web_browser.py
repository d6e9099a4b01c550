"""The whole product in a real browser, against a really running app with its embedded engines."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from popcon.check.checker import check_path
from popcon.jobs.archive import Archive
from popcon.media.pictures.png import encode_png
from popcon.storage.store import Store
from tests.ui.web.browsing import App, edit_session_opened, eventually, job_of, opened, pages_of, saved, spot, stroke

pytestmark = pytest.mark.alone

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text()


def test_a_pack_by_clicks_alone(
    browser: Browser, fresh: App, picture: Path, troubles: list[str], tmp_path: Path
) -> None:
    _, page = opened(browser, fresh, troubles)
    page.goto("/")
    expect(page.get_by_text("First give a picture of your character.")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(picture)
    expect(page.get_by_alt_text("The character as it will be used")).to_be_visible()
    page.get_by_role("button", name="None", exact=True).click()
    page.locator(".preset", has_text="Wave").click()
    page.locator(".preset", has_text="Bow").click()
    page.get_by_label(re.compile("LINE animated emoji")).uncheck()
    page.get_by_label(re.compile("Discord emoji")).check()
    expect(page.locator(".plan b")).to_have_text("Free")
    page.get_by_role("button", name="Start the pack").click()
    page.wait_for_url("**/jobs/*")
    wave, bow = page.locator("[data-action=wave]"), page.locator("[data-action=bow]")
    bow.get_by_label("Motion prompt of Bow").fill("jumps up with both arms high")
    before = bow.locator(".stage img").get_attribute("src")
    bow.get_by_role("button", name="Draw again").click()
    wave.get_by_role("button", name="Approve").click()
    expect(bow.locator(".stage img")).not_to_have_attribute("src", str(before))
    expect(bow.get_by_label("Motion prompt of Bow")).to_have_value("jumps up with both arms high")
    bow.get_by_role("button", name="Approve").click()
    bow.get_by_text("Look at the cut-out:").wait_for()
    bow.get_by_role("button", name="Approve").click()

    wave.get_by_role("link", name="Refine").click()
    page.wait_for_url("**/refine/wave")
    edit_session_opened(page)
    page.mouse.click(*spot(page, 240, 320))
    page.mouse.click(*spot(page, 240, 380), button="right")
    eventually(lambda: page.locator("pc-editor").evaluate("e => Boolean(e.layers.mask)"), "no mask")
    page.locator("[data-tool=erase]").click()
    stroke(page, (60, 60), (200, 110))
    saved(page)
    expect(page.get_by_text("Changed: 2 clicks, 1 stroke.")).to_be_visible()

    fresh.kill()
    fresh.start()
    page.reload()
    edit_session_opened(page)
    # The browser says that the app was away, and that it left in the middle of telling news.
    troubles[:] = [each for each in troubles if "ERR_CONNECTION" not in each and "ERR_INCOMPLETE" not in each]
    expect(page.get_by_text("Changed: 2 clicks, 1 stroke.")).to_be_visible()

    page.get_by_role("button", name="Carry to all frames").click()
    expect(page.locator(".told")).to_have_text(re.compile(r"Carried to \d+ frames"))
    page.locator(".strip .slot").nth(3).click()
    expect(page.get_by_text("Frame 4 of")).to_be_visible()
    page.locator(".candidates .slot[aria-current=false]").first.click()
    expect(page.locator(".strip .slot").nth(3)).to_have_attribute("aria-label", re.compile("swapped"))
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/jobs/*")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the pack").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    report = check_path(path, "discord-emoji")
    assert report.ok, report.failures


@pytest.mark.parametrize("ratio", [1, 2])
def test_clicks_land_on_the_pixel_they_are_made_on(
    browser: Browser, stocked: App, troubles: list[str], ratio: int
) -> None:
    context, page = opened(browser, stocked, troubles, device_scale_factor=ratio)
    page.goto(f"/jobs/{job_of(stocked)}/refine/cry")
    edit_session_opened(page)
    editor = page.locator("pc-editor")
    for factor, place in ((1.0, (40.5, 60.5)), (2.5, (120.5, 121.5)), (9.0, (100.5, 99.5))):
        page.keyboard.press("f")
        at = spot(page, *place)
        page.mouse.move(*at)
        editor.evaluate(
            """(e, [factor, x, y]) => {
              const box = e.canvas.getBoundingClientRect();
              e.zoom(factor, {x: x - box.left, y: y - box.top});
            }""",
            [factor, *at],
        )
        page.mouse.click(*spot(page, *place))
        made = editor.evaluate("e => e.edits.clicks.at(-1)")
        scale = editor.evaluate("e => e.view.scale")
        assert abs(made["x"] - place[0]) <= 0.5 / scale + 0.02
        assert abs(made["y"] - place[1]) <= 0.5 / scale + 0.02
        page.keyboard.press("Control+z")
    saved(page)
    context.close()


def test_what_was_typed_survives_a_reload(browser: Browser, fresh: App, picture: Path, troubles: list[str]) -> None:
    context, page = opened(browser, fresh, troubles)
    page.goto("/")
    page.get_by_label("Title (optional)").fill("<b>Fox & friends</b>")
    page.get_by_role("button", name="+ Add an action").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Spin")
    page.get_by_label("What the body does").fill("turns once")
    page.locator("input[type=file]").set_input_files(picture)
    page.get_by_alt_text("The character as it will be used").wait_for()
    page.reload()
    page.get_by_alt_text("The character as it will be used").wait_for()
    expect(page.get_by_label("Title (optional)")).to_have_value("<b>Fox & friends</b>")
    expect(page.get_by_label("What the body does")).to_have_value("turns once")
    page.get_by_role("button", name="In words").click()
    expect(page.get_by_alt_text("The character as it will be used")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1300])
def test_every_page_is_whole_and_accessible(
    browser: Browser, stocked: App, troubles: list[str], scheme: Any, width: int
) -> None:
    context, page = opened(
        browser,
        stocked,
        troubles,
        color_scheme=scheme,
        viewport={"width": width, "height": 844},
        reduced_motion="reduce",
    )
    for path, ready in pages_of(stocked).items():
        page.goto(path)
        page.locator(ready).first.wait_for()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} px wide"
        page.evaluate(AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        told = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found["violations"]]
        assert not told, f"{path}: {json.dumps(told, indent=1)}"
    context.close()


def test_a_character_is_looked_at_and_touched_up_before_the_order(
    browser: Browser, fresh: App, picture: Path, troubles: list[str]
) -> None:
    """How it was cut out is told; what is brushed away, by mouse and by keys, is gone, and comes back by undoing it."""
    context, page = opened(browser, fresh, troubles)
    page.goto("/")
    page.locator("input[type=file]").set_input_files(picture)
    shown = page.get_by_alt_text("The character as it will be used")
    shown.wait_for()
    panel = page.locator("pc-character")
    expect(panel).to_contain_text("By its own transparency")
    expect(panel).to_contain_text("Sure")
    before = str(shown.get_attribute("src"))
    panel.get_by_role("button", name="LINE's chat").click()
    expect(panel.locator(".character-stage")).to_have_css("background-color", "rgb(113, 147, 193)")
    panel.get_by_role("button", name="Touch up").click()
    editor = panel.locator("pc-editor")
    eventually(lambda: bool(editor.evaluate("e => Boolean(e.layers.cut)")), "no picture")
    assert editor.evaluate("e => [e.canvas.clientWidth > 700, e.backdrop]") == [True, "#7193c1"]
    panel.get_by_role("button", name=re.compile("Erase")).click()
    stroke(page, (100, 60), (200, 60))
    page.keyboard.press("k")
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", "Enter", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert editor.evaluate("e => e.edits.strokes.length") == 2
    page.keyboard.press("Control+z")
    assert editor.evaluate("e => e.edits.strokes.length") == 1
    panel.get_by_role("button", name="Undo").click()
    panel.get_by_role("button", name="Done").click()
    expect(shown).to_have_attribute("src", before)

    panel.get_by_role("button", name="Touch up").click()
    eventually(lambda: bool(editor.evaluate("e => Boolean(e.layers.cut)")), "no picture")
    panel.get_by_role("button", name=re.compile("Erase")).click()
    stroke(page, (100, 60), (200, 60))
    panel.get_by_role("button", name="Done").click()
    expect(panel).to_contain_text("Touched up by you")
    after = str(shown.get_attribute("src"))
    made, given = (Image.open(io.BytesIO(page.request.get(src).body())) for src in (after, before))
    assert made.getpixel((150, 60))[3] == 0  # type: ignore[index]
    assert given.getpixel((150, 60))[3] == 255  # type: ignore[index]
    assert made.getpixel((150, 200)) == given.getpixel((150, 200))
    page.reload()
    expect(shown).to_have_attribute("src", after)
    with page.expect_request("**/api/jobs") as placed:
        page.get_by_role("button", name="Start the pack").click()
    assert after.rsplit("/", 1)[-1] in str(placed.value.post_data)
    page.wait_for_url("**/jobs/*")
    context.close()


def test_clicks_on_scenery_are_part_of_the_order(
    browser: Browser, fresh: App, troubles: list[str], tmp_path: Path
) -> None:
    """A large picture: what was clicked is kept in px of the picture as it was given."""
    scene = np.full((1300, 1600, 3), (90, 140, 200), np.uint8)
    scene[::7] = (60, 110, 160)
    scene[400:900, 500:1100] = (210, 60, 50)
    path = tmp_path / "scene.png"
    path.write_bytes(encode_png(scene))
    context, page = opened(browser, fresh, troubles)
    page.goto("/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_alt_text("The character as it will be used").wait_for()
    page.get_by_label("How it is cut out").select_option("clicks")
    expect(page.locator(".plan")).to_contain_text("First click on your character.")
    editor = page.locator("pc-editor")
    eventually(lambda: bool(editor.evaluate("e => Boolean(e.layers.cut)")), "no picture")
    page.mouse.click(*spot(page, 512, 416))
    page.get_by_role("button", name="Done").click()
    shown = page.get_by_alt_text("The character as it will be used")
    cut = Image.open(io.BytesIO(page.request.get(str(shown.get_attribute("src"))).body()))
    assert cut.size == (1024, 832)
    assert cut.getpixel((512, 416))[3] == 255  # type: ignore[index]
    assert cut.getpixel((100, 100))[3] == 0  # type: ignore[index]
    page.get_by_role("button", name="Start the pack").click()
    page.wait_for_url("**/jobs/*")
    spec = Archive(Store(str(fresh.store))).job(page.url.rsplit("/", 1)[-1]).spec
    (click,) = spec.clicks
    assert abs(click.x - 800) < 3
    assert abs(click.y - 650) < 3
    assert click.positive
    context.close()


def test_everything_can_be_hit_by_a_finger(browser: Browser, stocked: App, troubles: list[str]) -> None:
    """At 380 px with a touch screen, each control is at least 44 px high, and nothing has to be scrolled sideways."""
    context, page = opened(
        browser, stocked, troubles, viewport={"width": 380, "height": 800}, has_touch=True, is_mobile=True
    )
    job = job_of(stocked)
    pages = {"/": ".plan p", "/archive": ".job", f"/jobs/{job}": ".tile .stage", f"/jobs/{job}/refine/wave": ".slot"}
    for path, ready in pages.items():
        page.goto(path)
        page.locator(ready).first.wait_for()
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, a, select, input, textarea, .choice')]
              .filter((e) => !e.matches('.sr, .skip, [type=checkbox], [type=radio], [type=range]'))
              .filter((e) => e.checkVisibility())
              .map((e) => [e.getBoundingClientRect().height, (e.ariaLabel || e.textContent).slice(0, 40)])
              .filter(([height]) => height < 43.5)"""
        )
        assert small == [], f"{path}: {small}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 380, path
    context.close()


def test_calm_pages_stand_still(browser: Browser, stocked: App, troubles: list[str]) -> None:
    """Who asked their system for less motion gets stills, and starts a sticker by hand."""
    context, page = opened(browser, stocked, troubles, reduced_motion="reduce")
    job = job_of(stocked)
    page.goto(f"/jobs/{job}")
    expect(page.locator("[data-action=wave] canvas.still").first).to_be_visible()
    expect(page.locator(".tile img")).to_have_count(0)
    page.goto(f"/jobs/{job}/refine/wave")
    expect(page.locator("pc-sticker-preview canvas.still").first).to_be_visible()
    page.get_by_role("button", name="Play the sticker").click()
    expect(page.locator("pc-sticker-preview img").first).to_be_visible()
    context.close()
