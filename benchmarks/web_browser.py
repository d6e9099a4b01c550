"""The web app in a browser: when its first page can be used, from a click to its mask, scrolling past what plays."""

import time
from dataclasses import dataclass
from typing import Any

from benchmarks.web_served import NotThere

PATIENCE_MS = 30_000
CLICKS = 20
BROWSER = "/usr/bin/chromium"

_WATCH_CLICKS = """() => {
  window.shown = [];
  let began = 0;
  addEventListener("pointerdown", () => { began = performance.now(); }, true);
  document.querySelector("pc-refine").addEventListener("mask", () => {
    const pressed = began;
    // The frame after the next one begins when the mask is on the screen.
    requestAnimationFrame(() => requestAnimationFrame(() => window.shown.push(performance.now() - pressed)));
  });
}"""
_SCROLL = """(seconds) => new Promise((done) => {
  let frames = 0;
  const began = performance.now();
  const step = () => {
    frames += 1;
    scrollBy(0, frames % 240 < 120 ? 6 : -6);
    if (performance.now() - began < seconds * 1000) requestAnimationFrame(step);
    else done(frames);
  };
  requestAnimationFrame(step);
})"""


@dataclass(frozen=True)
class BrowserFigures:
    """What a person would notice.

    Arguments:
        usable_s: until the first page can be used.
        clicks_s: from pressing the button to the frame that shows the mask.
        fps: frames a second of scrolling past 24 playing tiles.
        frame_ms: what the page's main thread computes for one of them.
    """

    usable_s: float
    clicks_s: list[float]
    fps: float
    frame_ms: float


def in_browser(url: str, job: str) -> BrowserFigures:
    """Look at the app as a person does.

    Arguments:
        url: the app.
        job: a finished job whose first action is `wave`.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"], timeout=PATIENCE_MS)
        page = browser.new_page(viewport={"width": 1300, "height": 860}, base_url=url)
        page.set_default_timeout(PATIENCE_MS)
        seen = BrowserFigures(_usable(page), _clicks(page, job), *_scrolled(page))
        browser.close()
    return seen


def _usable(page: Any) -> float:
    """The least of three: what somebody else computes meanwhile is not the page's."""
    times = []
    for _ in range(3):
        page.goto("about:blank")
        page.goto("/")
        page.get_by_role("button", name="Choose a file").wait_for()
        times.append(float(page.evaluate("performance.now()")) / 1000)
    return min(times)


def _clicks(page: Any, job: str) -> list[float]:
    page.goto(f"/jobs/{job}/refine/wave")
    page.locator(".strip .slot").first.wait_for()
    page.wait_for_timeout(5000)
    page.evaluate(_WATCH_CLICKS)
    for number in range(CLICKS):
        # Apart: a click on a point that is there takes it away.
        place = {"x": 110 + 65 * (number % 5), "y": 110 + 85 * (number // 5)}
        at = page.locator("pc-editor").evaluate("(editor, place) => editor.spot(place)", place)
        page.mouse.click(at["x"], at["y"])
        until = time.monotonic() + PATIENCE_MS / 1000
        while page.evaluate("window.shown.length") <= number:
            if time.monotonic() > until:
                raise NotThere(f"click {number + 1} showed no mask")
            page.wait_for_timeout(20)
        page.wait_for_timeout(600)
    return [each / 1000 for each in page.evaluate("window.shown")]


def _scrolled(page: Any) -> tuple[float, float]:
    """Frames a second, and main-thread milliseconds of each."""
    page.goto("/")
    page.get_by_role("button", name="Choose a file").wait_for()
    page.wait_for_timeout(10_000)  # all tiles are drawn by then
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable")

    def busy() -> float:
        told = {each["name"]: each["value"] for each in meter.send("Performance.getMetrics")["metrics"]}
        return float(told["TaskDuration"])

    before, seconds = busy(), 4
    frames = page.evaluate(_SCROLL, seconds)
    return frames / seconds, (busy() - before) / frames * 1000
