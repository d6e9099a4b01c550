"""Every page and dialog at 200 % zoom, with text of twice the size, and by the Tab key; no English on a Korean page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from popcon.locales.catalogs import LANGUAGES
from tests.ui.web.browsing import PATIENCE_MS, App, eventually, job_of, opened, views_of

pytestmark = pytest.mark.alone

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text()
AUDITS = (Path(__file__).parent / "audits.js").read_text()
COLOUR = re.compile("[a-f]+")
NAMES = set(
    re.findall(
        r"\w+",
        "PopCon Puff puppet DashScope OpenAI openai English WhatsApp Telegram Signal iMessage Discord Slack Twitch "
        "Google Chat Microsoft Teams Mastodon Misskey KakaoTalk WebP emoji Creators Market Creation Guidelines "
        "Animated Emoji Ctrl Shift Enter Tab Space Delete Escape Home End apng png px ms dpi main tab model ",
    )
)
"""Words in Latin letters that stand on a Korean page too: names, formats, units, keys."""
ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
"""What a zoom of 200 % makes of a window of 1280 x 800 px."""


@pytest.fixture(scope="module")
def large_text(browser: Browser) -> Iterator[Browser]:
    """A browser whose owner has set text to twice the size."""
    options = ["--no-sandbox", "--blink-settings=defaultFontSize=32"]
    started = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=options)
    yield started
    started.close()


def tab_through(page: Page) -> list[str]:
    """Go through what is open by the Tab key: where the focus cannot be seen, goes back, or does not come."""
    found: list[str] = []
    page.evaluate("audits.begin()")
    for _ in range(250):
        page.keyboard.press("Tab")
        said = page.evaluate("audits.step()")
        if said is None:
            break
        found += said
    return found + [f"not reached: {each}" for each in page.evaluate("audits.missed()")]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag by a finger, in four steps."""
    fingers = page.context.new_cdp_session(page)
    for step in range(5):
        x, y = (one + (other - one) * step / 4 for one, other in zip(start, end, strict=True))
        kind = "touchMove" if step else "touchStart"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def middle(part: Locator) -> tuple[float, float]:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_stickers_and_parts_of_a_face_are_dragged_by_a_finger(
    browser: Browser, stocked: App, picture: Path, troubles: list[str]
) -> None:
    """And by buttons; what is undone is told to who cannot see it."""
    context, page = opened(browser, stocked, troubles, has_touch=True, viewport={"width": 390, "height": 844})
    page.goto(f"/jobs/{job_of(stocked)}/finish")
    stickers = page.locator(".arranged li")
    told = page.locator("pc-arrange [role=status]")
    drag(page, middle(stickers.nth(0).locator("img")), middle(stickers.nth(1).locator("span")))
    expect(told).to_have_text("Wave is number 2 of 2 now.")
    assert [each.get_attribute("data-action") for each in stickers.all()] == ["cry", "wave"]
    page.locator("pc-arrange").get_by_role("button", name="Undo").click()
    expect(told).to_have_text("Undone.")

    page.goto("/")
    page.locator("input[type=file]").first.set_input_files(picture)
    with page.expect_request("**/api/plan", timeout=PATIENCE_MS) as planned:
        page.get_by_label(re.compile("Soft shadows")).select_option("keep")
    assert re.search(r'"shadow"\s+keep', str(planned.value.post_data))
    page.locator("pc-rig summary").click()
    eye = page.locator("[data-part='eyes.0']")
    number = "e => Number(e.querySelector('ellipse').getAttribute('cx'))"
    was = eye.evaluate(number)
    x, y = middle(eye)
    drag(page, (x - 4, y - 4), (x + 26, y - 4))
    moved = eye.evaluate(number)
    assert moved > was + 15
    page.get_by_role("button", name="Move left").click()
    assert was < eye.evaluate(number) < moved
    tip = page.locator("[data-part='limbs.0'] .grip").last
    before = tip.get_attribute("cy")
    x, y = middle(tip)
    drag(page, (x + 9, y), (x + 9, y - 40))
    expect(tip).not_to_have_attribute("cy", str(before))
    page.locator("pc-rig").get_by_role("button", name="Undo").click()
    expect(page.locator("pc-rig [role=status]")).to_have_text("Undone.")
    expect(tip).to_have_attribute("cy", str(before))
    context.close()


def test_all_of_it_is_there_at_a_zoom_of_200_percent_and_by_tab(
    browser: Browser, stocked: App, picture: Path, troubles: list[str]
) -> None:
    context, page = opened(browser, stocked, troubles, locale="ko-KR", reduced_motion="reduce", **ZOOMED)
    context.add_init_script(AUDITS)
    found: dict[str, list[str]] = {}
    words: set[str] = set()
    for name in views_of(page, stocked, picture):
        found[name] = page.evaluate("audits.faults()") + tab_through(page)
        words |= set(page.evaluate("audits.latin()")) - NAMES
    assert {name: each for name, each in found.items() if each} == {}
    assert len(found) == 12
    assert {each for each in words if not (each.isupper() or COLOUR.fullmatch(each))} == set()
    context.close()


def test_all_of_it_is_there_with_text_of_twice_the_size(
    large_text: Browser, stocked: App, picture: Path, troubles: list[str]
) -> None:
    size = {"width": 1280, "height": 800}
    context, page = opened(large_text, stocked, troubles, reduced_motion="reduce", viewport=size)
    context.add_init_script(AUDITS)
    found = {name: page.evaluate("audits.faults()") for name in views_of(page, stocked, picture)}
    assert page.locator("html").evaluate("e => getComputedStyle(e).fontSize") == "32px"
    assert {name: each for name, each in found.items() if each} == {}
    context.close()


def test_the_adjust_dialog_in_five_languages_and_two_themes(
    browser: Browser, stocked: App, troubles: list[str]
) -> None:
    """It has no findings of axe, and how far a recolour reaches is set in it, dragged by a finger, and saved."""
    context, page = opened(browser, stocked, troubles, has_touch=True, reduced_motion="reduce")
    page.goto(f"/jobs/{job_of(stocked)}/finish")
    saved = f"/api/jobs/{job_of(stocked)}/adjustments"

    def recolours() -> list[Any]:
        kept: list[Any] = page.request.get(saved).json()["adjustments"]["recolours"]
        return kept

    for language in LANGUAGES:
        page.locator(".language").select_option(language)
        page.locator(f"html[lang={language}]").wait_for()
        page.locator(".finished [data-action=wave] .row button").press("Enter")
        dialog = page.locator("dialog")
        dialog.locator("[data-key^=source]").first.click()
        dialog.locator("[data-key=target-5]").click()
        reach = dialog.locator("[data-key=reach]")
        reach.scroll_into_view_if_needed()
        page.evaluate(AXE)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = page.evaluate("axe.run('dialog', {resultTypes: ['violations']})")["violations"]
            assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == [], (language, scheme)
        if language == "en":
            box = reach.bounding_box()
            assert box is not None
            y = box["y"] + box["height"] / 2
            drag(page, (box["x"] + 0.3 * box["width"], y), (box["x"] + 0.95 * box["width"], y))
            expect(dialog.get_by_role("status")).to_have_text("Saved.")
            eventually(lambda: bool(recolours()) and recolours()[0]["reach"] > 2.5, "the reach is not saved")
        page.keyboard.press("Escape")
    assert [each["target"] for each in recolours()] == ["#3b82f6"]
    page.request.put(saved, data={"adjustments": {}})
    context.close()
