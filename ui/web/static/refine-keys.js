// The keys of the refine page, and the page that lists them.
import { dialog, h } from "./dom.js";
import { TOOLS } from "./editor.js";

const KEYS = {
  "Everywhere": [
    ["A D or ← →", "frame before, after"], ["Space", "play; with a drag: move the view"], ["1 – 5", "add, take away, erase, restore, move"],
    ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo"], ["C", "carry clicks to all frames"], ["E", "effects on or off on this frame"],
    ["G", "draw this frame again, by a prompt"], ["R", "another take"], ["Enter or Ctrl+Enter", "approve and go on"], ["?", "these keys"],
  ],
  "With the mouse": [
    ["click, right click", "belongs, does not belong; on a point: remove it"], ["Wheel", "zoom"], ["[ ]", "brush smaller, larger"],
  ],
  "On the picture, by keyboard": [
    ["K or Tab", "go to the picture; its cursor shows"], ["arrows", "move the cursor by 1 px"], ["Shift + arrows", "by 10 px"],
    ["Enter, Space or +", "plus click; with a brush: begin a stroke, end it"], ["− or N", "minus click; with a brush: the opposite stroke"],
    ["Delete", "remove the nearest click"], ["Escape", "drop a stroke that was begun"],
  ],
  "What you see": [
    ["Z, Shift+Z, F", "zoom in, out, fit"], ["H", "hide the mask"], ["B", "next backdrop"], ["O", "onion skin"], ["S", "side by side with the original"],
  ],
};

export function help() {
  dialog("Keys", h("div", { class: "help" }, Object.entries(KEYS).map(([title, keys]) => h("section", {}, h("h3", {}, title),
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
  if (event.code === "Space" && !onButton) {
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
