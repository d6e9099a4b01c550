// The parts of the refine page, put in their places.
import { h } from "./dom.js";
import { TOOLS } from "./editor.js";
import { help } from "./refine-keys.js";

/** A button that keeps the focus while it has nothing to do. */
export const able = (button, can) => button.setAttribute("aria-disabled", can ? "false" : "true");

/** Build the page and keep what changes on it in `page.parts`. */
export function layOut(page) {
  const { session } = page;
  const waits = session.status === "awaiting_refinement";
  const button = (label, text, work, more = {}) => h("button", { type: "button", "aria-label": label, title: label, onclick: work, ...more }, text);
  const plainButton = (text, work, more = {}) => h("button", { type: "button", onclick: work, ...more }, text);
  const parts = {
    status: h("span", { class: "quiet told", role: "status" }, "Everything is saved as you work."),
    undo: button("Undo (Ctrl+Z)", "↶", () => page.undo(), { class: "icon", "aria-disabled": "true" }),
    redo: button("Redo (Ctrl+Shift+Z)", "↷", () => page.redo(), { class: "icon", "aria-disabled": "true" }),
    approve: plainButton(waits ? "Approve" : "Export again", () => page.approve(), { class: "primary" }),
    again: plainButton("Another take", () => page.anotherTake(), { hidden: !waits }),
    editor: h("pc-editor", { class: "fill" }),
    hint: h("p", { class: "hint" }),
    message: h("p", { class: "note ask", role: "status", hidden: !session.message }, session.message),
    strip: Object.assign(h("pc-film-strip"), { on: { go: (number) => page.go(number), pick: (number, frame) => page.dropped(number, frame) } }),
    candidates: Object.assign(h("pc-candidates"), { on: { pick: (frame) => page.pick(page.at, frame) } }),
    info: h("div", { class: "stack" }),
    play: plainButton("▶ Play", () => page.play()),
    carry: plainButton("Carry to all frames", () => page.carry()),
    effects: plainButton("Effects", () => page.flipEffects(), { class: "chip", title: "Show effects that float beside the character (E)" }),
    effectsForAll: plainButton("Same for all frames", () => page.effectsForAll(), { class: "chip" }),
    redraw: plainButton("Draw it again …", () => page.redrawFrame(), { hidden: !waits }),
    reset: plainButton("Reset", () => page.reset()),
    preview: Object.assign(h("pc-sticker-preview"), { session, base: page.base }),
  };
  parts.tools = h("div", { class: "tools", role: "group", "aria-label": "Tools" },
    TOOLS.map(([name, sign, label]) => button(label, sign, () => page.use(name), { "data-tool": name, "aria-pressed": String(name === "add") })),
    h("hr"), button("Zoom in (Z)", "⊕", () => parts.editor.zoom(1.25)), button("Zoom out (Shift+Z)", "⊖", () => parts.editor.zoom(0.8)), button("Fit (F)", "Fit", () => parts.editor.fit()));
  parts.options = options(parts.editor);
  page.parts = parts;
  page.replaceChildren(h("div", { class: "refine" },
    h("div", { class: "refine-bar" }, h("a", { class: "button", href: `/jobs/${page.job}`, "aria-label": "Back to the job" }, "←"),
      h("h1", {}, `${session.title} `, h("span", { class: "quiet" }, session.pack)), parts.status, parts.undo, parts.redo, button("Keys (?)", "?", help, { class: "icon" }), parts.again, parts.approve),
    h("div", { class: "work" }, parts.tools, parts.options, parts.editor, parts.hint),
    parts.strip,
    h("aside", { class: "side", "aria-label": "This frame and the result" }, parts.message,
      h("section", { class: "stack" }, h("h2", {}, "This frame"), parts.info, h("div", { class: "row" }, parts.play, parts.carry, parts.redraw, parts.reset), h("div", { class: "row" }, parts.effects, parts.effectsForAll)),
      parts.preview,
      h("section", { class: "stack" }, h("h2", {}, "Swap it for another"), h("p", { class: "quiet" }, "Frames of all takes that fit this place."), parts.candidates))));
}

/** How the canvas looks. */
function options(editor) {
  const look = (key, text, label) => h("button", { type: "button", class: "chip", "data-look": key, "aria-label": label, title: label, onclick: () => editor.key(new KeyboardEvent("keydown", { key })) }, text);
  const range = (text, label, more) => h("label", {}, text, h("input", { type: "range", "aria-label": label, ...more }));
  return h("div", { class: "options", role: "group", "aria-label": "View" }, look("b", "Backdrop", "Next backdrop (B)"), look("o", "Onion", "Onion skin (O)"), look("s", "Compare", "Compare side by side with the original (S)"),
    range("Brush", "Brush size", { min: 1, max: 80, value: 14, "data-of": "brush", oninput: (event) => { editor.brush = Number(event.target.value); } }),
    range("Mask", "Opacity of the mask", { min: 0, max: 100, value: 35, oninput: (event) => { editor.opacity = event.target.value / 100; editor.redraw(); } }));
}
