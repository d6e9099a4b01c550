"""Access: every page in five languages, both themes and two widths, looked at by axe; and what a narrow page overflows.

    python -m benchmarks.access                      # the app's pages with a finished job; minutes, needs Chromium
    python -m benchmarks.access --pictures FOLDER    # and a picture of each, to look at
    python -m benchmarks.access --check              # exit code 1 if anything is found

axe-core checks the rules of WCAG 2.2 A and AA that a program can, contrast among them. 320 px is also what a window of
1,280 px shows at 400 % zoom (WCAG 1.4.10); 650 px is one at 200 %.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from flows import inline
from popcon.jobs.archive import Archive
from popcon.jobs.spec_builder import chosen_actions
from popcon.locales.catalogs import LANGUAGES
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.storage.store import Store
from tests.ui.web.browsing import App, pages_of

AXE = Path(__file__).parents[1] / "tests/ui/web/axe/axe.min.js"
WIDTHS = (1300, 650, 320)


@dataclass(frozen=True)
class Look:
    """What was found on a page."""

    page: str
    language: str
    theme: str
    width: int
    found: tuple[str, ...]


def stocked(home: Path) -> App:
    """Start an app with a finished job of two actions."""
    archive = Archive(Store(str(home / "store")))
    picture = archive.store.put(encode_png(draw_mascot(300)), "image/png")
    actions = tuple(chosen_actions("wave,cry", ()))
    job = archive.place(JobSpec(title="Puff", picture=picture, actions=actions, platforms=("line-emoji",), side=240))
    inline.run(job.id, archive.store.url, home / "prefect")
    return App(home).start()


def looks(browser: Browser, app: App, pictures: Path | None) -> Iterator[Look]:
    """Look at each page in each language, theme and width."""
    shared = ""
    for language in LANGUAGES:
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=app.url, locale=language, color_scheme=theme, reduced_motion="reduce"
            )
            page = context.new_page()
            if not shared:
                job = Archive(Store(str(app.store))).jobs()[0].id
                made = page.request.post(f"/api/jobs/{job}/shares", data={"may_approve": True})
                shared = made.json()["address"]
            for path, ready in {**pages_of(app), shared: ".tile .stage"}.items():
                page.set_viewport_size({"width": WIDTHS[0], "height": 860})
                page.goto(path)
                page.locator(ready).first.wait_for(timeout=120_000)
                page.evaluate(AXE.read_text())
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 860})
                    found = page.evaluate(
                        "axe.run({resultTypes: ['violations']}).then(seen => seen.violations.flatMap(each => "
                        "each.nodes.map(node => `${each.id}: ${node.html.slice(0, 120)}`)))"
                    )
                    over = page.evaluate("document.documentElement.scrollWidth") - width
                    found += [f"{over} px wider than the window"] if over > 0 else []
                    name = "shared" if path == shared else path.split("/")[-1] or "new"
                    name = "board" if path == f"/jobs/{job}" else name
                    if pictures:
                        page.screenshot(path=str(pictures / f"{name}-{language}-{theme}-{width}.png"))
                    yield Look(name, language, theme, width, tuple(found))
            context.close()


def main() -> None:
    """Print a line for each page, and what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.access", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each page")
    parser.add_argument("--check", action="store_true", help="exit code 1 if anything is found")
    given = parser.parse_args()
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    seen: list[Look] = []
    with tempfile.TemporaryDirectory() as folder:
        app = stocked(Path(folder))  # before Playwright's event loop, which Prefect's would take for its own
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                for look in looks(browser, app, given.pictures):
                    seen.append(look)
                    for each in look.found:
                        print(f"{look.page} {look.language} {look.theme} {look.width}: {each}", flush=True)
                browser.close()
        finally:
            app.stop()
    bad = sum(bool(look.found) for look in seen)
    print(f"{len(seen)} looks (pages x languages x themes x widths), {bad} with findings")
    if given.check and bad:
        sys.exit(1)


if __name__ == "__main__":
    main()
