// The keys of the refine page, and the page that lists them.
import { dialog, h } from "./dom.js";
import { TOOLS } from "./editor.js";
import { t } from "./i18n.js";

const KEYS = {
  [t("keys.everywhere")]: [
    [t("keys.frames_keys"), t("keys.frames")], [t("keys.space"), t("keys.play")], ["1 – 5", t("keys.tools")],
    ["Ctrl+Z, Ctrl+Shift+Z", t("keys.undo")], ["C", t("keys.carry")], ["E", t("keys.effects")],
    ["G", t("keys.redraw")], ["R", t("keys.take")], [t("keys.approve_keys"), t("keys.approve")], ["?", t("keys.help")],
  ],
  [t("keys.mouse")]: [
    [t("keys.click_keys"), t("keys.click")], [t("keys.wheel"), t("keys.zoom")], ["[ ]", t("keys.brush")],
  ],
  [t("keys.keyboard")]: [
    [t("keys.focus_keys"), t("keys.focus")], [t("keys.arrow_keys"), t("keys.arrows")], [t("keys.shift_keys"), t("keys.shift")],
    [t("keys.plus_keys"), t("keys.plus")], [t("keys.minus_keys"), t("keys.minus")],
    ["Delete", t("keys.remove")], ["Escape", t("keys.drop")],
  ],
  [t("keys.see")]: [
    ["Z, Shift+Z, F", t("keys.fit")], ["H", t("keys.mask")], ["B", t("keys.backdrop")], ["O", t("keys.onion")], ["S", t("keys.beside")],
  ],
};

export function help() {
  dialog(t("keys.title"), h("div", { class: "help" }, Object.entries(KEYS).map(([title, keys]) => h("section", {}, h("h3", {}, title),
    h("dl", { class: "keys" }, keys.map(([names, text]) => h("div", {}, h("dt", {}, h("kbd", {}, names)), h("dd", {}, text))))))), [], true);
}

/** What a key does on the page. True if it does anything. */
export function pressed(page, event) {
  if (document.querySelector("dialog[open]") || event.defaultPrevented) return false;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return false;
  const onButton = Boolean(event.target.closest?.("button, a"));
  const name = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    const works = { z: () => (event.shiftKey ? page.redo() : page.undo()), y: () => page.redo(), enter: () => page.approve() };
    if (works[name]) works[name]();
    return Boolean(works[name]);
  }
  if (event.altKey) return false;
  if (page.editor.keyed && event.target === page.editor.canvas && page.editor.key(event)) return true;
  if (event.code === t("keys.space") && !onButton) {
    if (!page.editor.space) Object.assign(page.editor, { space: true, panned: false });
    return true;
  }
  if (event.key === "Enter") {
    if (!onButton) page.approve();
    return !onButton;
  }
  const tool = TOOLS[Number(event.key) - 1];
  const works = {
    a: () => page.go(page.at - 1), d: () => page.go(page.at + 1), c: () => page.carry(), r: () => page.anotherTake(), g: () => page.redrawFrame(),
    e: () => page.flipEffects(), "?": help,
    arrowleft: event.shiftKey ? null : () => page.go(page.at - 1), arrowright: event.shiftKey ? null : () => page.go(page.at + 1),
  };
  if (tool) page.use(tool[0]);
  else if (works[name]) works[name]();
  else return page.editor.key(event);
  return true;
}
