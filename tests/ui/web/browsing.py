"""A really running app, and a browser that watches what pages say and ask for."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from popcon.jobs.archive import Archive
from popcon.storage.store import Store

ROOT = Path(__file__).parents[3]
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)


class App:
    """`popcon web` in a process of its own.

    Arguments:
        home: its home folder; the store is in it unless `store` is given.
    """

    def __init__(self, home: Path, store: Path | None = None) -> None:
        self.home, self.store = home, store or home / "store"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "App":
        environment = os.environ | {"POPCON_HOME": str(self.home), "POPCON_STORE": str(self.store)}
        environment.pop("PREFECT_API_URL", None)
        command = [sys.executable, "-m", "ui.cli", "web", "--port", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment)
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/api/jobs", timeout=5).read()
                return self
            except OSError:
                assert time.monotonic() < until, "the app did not answer"
                assert self._process.poll() is None, "the app ended"
                time.sleep(0.1)

    def kill(self) -> None:
        """End it without warning, as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()


def opened(browser: Browser, app: App, troubles: list[str], **options: Any) -> tuple[BrowserContext, Page]:
    """A page of its own; what it complains about, and what it asks of others than the app, is added to `troubles`."""
    context = browser.new_context(base_url=app.url, **{"viewport": {"width": 1300, "height": 860}, **options})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: None if _own(asked.url, app) else troubles.append(f"asked for {asked.url}"))
    return context, page


def _own(url: str, app: App) -> bool:
    return url.startswith((app.url + "/", "blob:", "data:"))


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the picture is on the screen."""
    at = page.locator("pc-editor").evaluate("(editor, place) => editor.spot(place)", {"x": x, "y": y})
    return at["x"], at["y"]


def stroke(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a straight line with the tool at hand, from one place of the picture to another."""
    page.mouse.move(*spot(page, *start))
    page.mouse.down()
    page.mouse.move(*spot(page, *end), steps=6)
    page.mouse.up()


def eventually(look: Callable[[], bool], what: str, seconds: float = PATIENCE_MS / 1000) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < until, what
        time.sleep(0.1)


def job_of(app: App) -> str:
    return Archive(Store(str(app.store))).jobs()[0].id


def pages_of(app: App) -> dict[str, str]:
    """Return the address of each page of an app with a finished job, with what is there when it is ready."""
    job = job_of(app)
    return {
        "/": ".plan p",
        "/archive": ".job",
        f"/jobs/{job}": ".tile .stage",
        f"/jobs/{job}/finish": ".finished li",
        f"/jobs/{job}/refine/wave": ".strip .slot",
        "/login": "input",
    }


DIALOGS = {
    "JOB": (
        (".tile button.stage", ".view :is(img, canvas)"),
        (".page-head button >> nth=0", "select"),
        (".page-head button >> nth=1", ".note:not(:empty)"),
    ),
    "finish": ((".finished [data-action=wave] .row button", ".adjust-chip"),),
    "wave": ((".refine-bar .icon >> nth=2", ".keys"),),
}
"""By the last part of a page's address: what opens each of its dialogs, and what is there when it is ready."""


def views_of(page: Page, app: App, picture: Path) -> Iterator[str]:
    """Visit every page and open every dialog of an app with a finished job; tell the name of each once it is there.

    A dialog is opened by the Enter key, and has to give the focus back to where it was.
    """
    job = job_of(app)
    for path, ready in pages_of(app).items():
        page.goto(path)
        page.locator(ready).first.wait_for()
        name = path.replace(job, "JOB")
        yield name
        if path == "/":
            page.locator("input[type=file]").first.set_input_files(picture)
            page.locator("pc-rig summary").click()
            page.locator(".part").first.wait_for()
            yield "/ with a picture"
        for opener, there in DIALOGS.get(name.rpartition("/")[2], ()):
            page.locator(opener).first.press("Enter")
            page.locator("dialog").locator(there).first.wait_for()
            if "adjust" in there:
                page.locator(there).first.click()
            yield f"{name}: {page.locator('dialog').get_attribute('aria-label')}"
            page.keyboard.press("Escape")
            expect(page.locator("dialog")).to_have_count(0)
            expect(page.locator(opener).first).to_be_focused()


def edit_session_opened(page: Page) -> None:
    """The refine page has loaded its first frame."""
    page.locator(".slot[aria-current=true] img").first.wait_for()
    eventually(
        lambda: bool(page.locator("pc-editor").evaluate("e => Boolean(e.layers.cut && e.layers.raw)")), "no frame"
    )


def saved(page: Page) -> None:
    eventually(lambda: not page.locator("pc-refine").evaluate("e => e.saver.busy"), "not saved")


def reach(page: Page, wanted: Locator, most: int = 150) -> None:
    """Go to a control by the Tab key alone, and see that its focus shows."""
    wanted.wait_for()
    for _ in range(most):
        if wanted.evaluate("e => e === document.activeElement"):
            assert wanted.evaluate("e => e.matches(':focus-visible')"), "the focus does not show"
            return
        page.keyboard.press("Tab")
    here = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"{wanted} was not reached by Tab; the focus is at {here}")


def focused(page: Page) -> str:
    """What has the focus: its text, or what it is called."""
    return str(page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).slice(0, 80)"))
