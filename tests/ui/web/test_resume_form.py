"""The forms in which Prefect's pages ask, old and new, in a real browser on a really running server.

They show what is asked about, and take the answer by clicks.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from deployments import control
from flows import runs
from popcon.actions import action
from popcon.jobs.archive import Job
from popcon.models.verdict import Status
from tests.deployments.stack import Stack
from tests.ui.web.browsing import PATIENCE_MS

pytestmark = pytest.mark.alone

WORDS = "jumps up with both arms high"


@pytest.fixture(scope="module")
def job(stack: Stack) -> Job:
    """Three actions that wait for a person."""
    placed = stack.place(review="ask", actions=tuple(action(name) for name in ("wave", "bow", "laugh")))
    control.submit(stack.archive, placed)
    return placed


@pytest.fixture(scope="module")
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    """A page that is logged in to Prefect's UI."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(stack.note["login_url"])
    page.wait_for_url(lambda url: "popcon-login" not in url)
    yield page
    page.close()


def status(stack: Stack, job: Job, name: str) -> Status:
    return stack.archive.summary(job.id, name).status


def question(stack: Stack, job: Job, name: str, but: str = "") -> str:
    """What an action asks, another thing than `but`."""

    def asked() -> str:
        summary = stack.archive.summary(job.id, name)
        return summary.question if summary.status.awaiting and summary.question != but else ""

    return str(stack.wait(f"a question of {name}", asked))


def run_of(stack: Stack, job: Job, name: str) -> str:
    """The id of the run of an action, once it waits."""

    def find() -> Any:
        with runs.server() as client:
            return [run for run in runs.find(client, runs.MAKE_STICKER, job.id, name) if runs.waits(run)]

    return str(stack.wait(f"the run of {name} to wait", find)[0].id)


class OldForm:
    """The form in Prefect's page as it opens by itself."""

    def __init__(self, page: Page, stack: Stack, run: str) -> None:
        page.goto(f"{stack.api_url.removesuffix('/api')}/runs/flow-run/{run}")
        page.get_by_role("button", name="Resume").first.click()
        self.form = page.locator(".p-modal").last
        self._page = page

    def choose(self, decision: str) -> None:
        field = self.form.locator(".schema-form-property", has_text="Decision (required)")
        field.locator(".p-select-button__icon").click()
        self._page.locator(".p-select-option", has_text=decision).last.click()
        expect(field.locator(".p-select-button__value")).to_have_text(decision)

    def say(self, words: str) -> None:
        self.form.locator(".schema-form-property", has_text="Prompt").locator("textarea").fill(words)

    def send(self) -> None:
        self.form.get_by_role("button", name="Submit").click()


class NewForm:
    """The form in Prefect's page in its second version."""

    def __init__(self, page: Page, stack: Stack, run: str) -> None:
        page.goto(f"{stack.api_url.removesuffix('/api')}/v2/runs/flow-run/{run}")
        page.locator("button:has(svg.lucide-ellipsis-vertical)").first.click()
        page.get_by_role("menuitem", name="Resume").click()
        self.form = page.get_by_role("dialog")
        self._page = page

    def choose(self, decision: str) -> None:
        self.form.get_by_label("Select Decision (required)").click()
        self._page.get_by_role("option", name=decision).click()

    def say(self, words: str) -> None:
        self.form.get_by_label("Prompt").fill(words)

    def send(self) -> None:
        self.form.get_by_role("button", name="Resume").click()


def picture(form: Locator) -> Locator:
    """The picture that is asked about; it is not broken."""
    image = form.locator("img[src*='/artifacts/']")
    image.wait_for()
    assert image.evaluate("e => e.decode().then(() => e.naturalWidth, () => 0)") > 0, "a broken picture"
    return image


def test_a_form_that_was_not_filled_in_is_refused_and_one_that_approves_is_taken(
    stack: Stack, job: Job, page: Page
) -> None:
    asked = question(stack, job, "wave")
    shown = OldForm(page, stack, run_of(stack, job, "wave"))
    assert picture(shown.form).get_attribute("alt") == "The start frame of Wave"
    shown.send()
    expect(shown.form).to_contain_text("'decision' is a required property")
    assert question(stack, job, "wave") == asked
    shown.choose("approve")
    shown.send()
    assert question(stack, job, "wave", but=asked).startswith("refinement")


@pytest.mark.parametrize(("form", "name", "title"), [(OldForm, "bow", "Bow"), (NewForm, "laugh", "Laugh")])
def test_words_from_the_form_draw_the_start_frame_again(
    stack: Stack, job: Job, page: Page, form: type[OldForm | NewForm], name: str, title: str
) -> None:
    asked = question(stack, job, name)
    shown = form(page, stack, run_of(stack, job, name))
    image = picture(shown.form)
    assert image.get_attribute("alt") == f"The start frame of {title}"
    before = image.get_attribute("src")
    shown.say(WORDS)
    shown.choose("regenerate")
    shown.send()
    question(stack, job, name, but=asked)
    kept = stack.archive.verdict(job.id, name, asked)
    assert kept is not None
    assert (kept["kind"], kept["prompt"]) == ("regenerate", WORDS)
    shown = form(page, stack, run_of(stack, job, name))
    assert picture(shown.form).get_attribute("src") != before
    shown.choose("skip")
    shown.send()
    stack.wait(f"{name} to be left out", lambda: status(stack, job, name) is Status.SKIPPED)


def test_cut_outs_are_shown_on_light_and_on_dark(stack: Stack, job: Job, page: Page) -> None:
    question(stack, job, "wave")
    run = run_of(stack, job, "wave")
    for form in (OldForm, NewForm):
        shown = form(page, stack, run)
        image = picture(shown.form)
        says = "on light and on dark, the doubtful ones first and framed"
        assert str(image.get_attribute("alt")).endswith(says)
        assert image.evaluate("e => e.naturalWidth > 2 * e.naturalHeight"), "a strip"
    shown.choose("approve")
    shown.send()
    assert stack.wait_packed(job)
    assert status(stack, job, "wave") is Status.DONE
