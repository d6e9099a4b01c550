"""Every page and dialog at 200 % zoom, with text of twice the size, and by the Tab key; no English on a Korean page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.ui.web.browsing import App, opened, views_of

pytestmark = pytest.mark.alone

AUDITS = (Path(__file__).parent / "audits.js").read_text()
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


def test_all_of_it_is_there_at_a_zoom_of_200_percent_and_by_tab(
    browser: Browser, stocked: App, picture: Path, troubles: list[str]
) -> None:
    context, page = opened(browser, stocked, troubles, locale="ko-KR", reduced_motion="reduce", **ZOOMED)
    context.add_init_script(AUDITS)
    found: dict[str, list[str]] = {}
    for name in views_of(page, stocked, picture):
        found[name] = page.evaluate("audits.faults()") + tab_through(page)
    assert {name: each for name, each in found.items() if each} == {}
    assert len(found) == 12
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
