"""Updating a page in place: what is typed, focused or playing stays, and what has changed is shown."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.ui.web.browsing import App, opened

pytestmark = pytest.mark.alone  # a browser

PREPARE = """async () => {
  const [{ morphChildren }, { h }] = await Promise.all([import("/static/morph.js"), import("/static/dom.js")]);
  const root = document.body.appendChild(h("ul", {}));
  Object.assign(window, { h, root, show: (...children) => morphChildren(root, ...children), heard: [] });
  window.tile = (name, text, ...more) => h("li", { "data-key": name, "data-home": true, tabindex: -1 },
    h("p", {}, text), h("div", {}, more,
      h("button", { "data-key": "go", onclick: () => heard.push(`${name} ${text}`) }, "Go")));
}"""


@pytest.fixture
def page(browser: Browser, fresh: App, troubles: list[str]) -> Iterator[Page]:
    context, page = opened(browser, fresh, troubles)
    page.goto("/archive")
    page.evaluate(PREPARE)
    yield page
    context.close()


def run(page: Page, script: str) -> Any:
    return page.evaluate(f"() => {{ {script} }}")


def test_elements_of_a_key_stay_the_same_wherever_they_move(page: Page) -> None:
    script = """show(tile("a", "1"), tile("b", "1"), tile("c", "1"));
      const [a, b, c] = root.children;
      show(tile("c", "2"), null, [tile("a", "1"), false], tile("d", "1"));
      return [root.children[0] === c, root.children[1] === a, b.isConnected, root.innerText.replace(/\\s+/g, " ")];"""
    assert run(page, script) == [True, True, False, "2 Go 1 Go 1 Go"]


def test_keys_count_within_their_part_of_the_page(page: Page) -> None:
    """Each tile has a button of the same key."""
    script = """show(tile("a", "1"), tile("b", "1"));
      const [first, second] = root.querySelectorAll("button");
      show(tile("b", "2"), tile("a", "2"));
      const now = [...root.querySelectorAll("button")];
      now[0].click();
      now[1].click();
      return [now[0] === second, now[1] === first, now.length, heard];"""
    assert run(page, script) == [True, True, 2, ["b 2", "a 2"]]


def test_what_is_typed_and_chosen_stays_and_the_focus_too(page: Page) -> None:
    script = """const form = (text) => tile("a", text,
        h("textarea", { "data-key": "prompt", "data-of": "q1", value: "old" }),
        h("input", { type: "checkbox" }), h("select", {}, h("option", { value: "x" }), h("option", { value: "y" })));
      show(form("1"));
      const area = root.querySelector("textarea");
      area.focus();
      area.value = "typed";
      area.setSelectionRange(2, 3);
      root.querySelector("input").checked = true;
      root.querySelector("select").value = "y";
      show(tile("z", "before"), form("2"));
      return [root.querySelector("textarea") === area, area.value, document.activeElement === area, area.selectionStart,
        root.querySelector("input").checked, root.querySelector("select").value, root.textContent.includes("2")];"""
    assert run(page, script) == [True, "typed", True, 2, True, "y", True]


def test_what_is_about_another_thing_is_replaced(page: Page) -> None:
    script = """const ask = (of) => tile("a", "1", h("textarea", { "data-key": "prompt", "data-of": of, value: of }));
      show(ask("q1"));
      root.querySelector("textarea").value = "typed";
      show(ask("q2"));
      return root.querySelector("textarea").value;"""
    assert run(page, script) == "q2"


def test_the_focus_goes_to_a_successor_when_its_control_is_gone(page: Page) -> None:
    script = """show(tile("a", "1"), tile("b", "1"));
      root.querySelectorAll("button")[1].focus();
      const place = (...children) => h("li", { "data-key": "b", "data-home": true, tabindex: -1 }, children);
      show(tile("a", "1"), place(h("a", { "data-key": "go", href: "/" }, "Go")));
      const successor = document.activeElement.outerHTML;
      show(tile("a", "1"), place("gone"));
      const home = document.activeElement.dataset.key;
      show(tile("a", "1"));
      return [successor.startsWith("<a "), home, document.activeElement.id];"""
    assert run(page, script) == [True, "b", "main"]


def test_what_is_kept_is_not_touched_and_drawings_stay(page: Page) -> None:
    script = """const canvas = (width) => h("canvas", { width, "data-of": "picture" });
      show(tile("a", "1"), canvas(9));
      const drawn = root.querySelector("canvas");
      drawn.width = 77;
      show(h("li", { "data-key": "a", "data-keep": true }), canvas(9));
      return [root.querySelector("p").textContent, root.querySelector("button") !== null,
        root.querySelector("canvas") === drawn, drawn.width];"""
    assert run(page, script) == ["1", True, True, 77]


def test_a_button_that_is_at_work_stays_so_and_does_nothing_more(page: Page) -> None:
    script = """show(tile("a", "1"));
      const button = root.querySelector("button");
      button.setAttribute("aria-busy", "true");
      show(tile("a", "2"));
      button.click();
      button.removeAttribute("aria-busy");
      button.click();
      return heard;"""
    assert run(page, script) == ["a 2"]


def test_styles_change_without_breaking_the_pages_policy(page: Page) -> None:
    script = """const bar = (percent) => { const fill = h("i", {}); fill.style.width = percent; return fill; };
      show(bar("10%"));
      const fill = root.firstChild;
      show(bar("60%"));
      const wide = fill.style.width;
      show(h("i", {}));
      return [root.firstChild === fill, wide, fill.style.width];"""
    assert run(page, script) == [True, "60%", ""]
