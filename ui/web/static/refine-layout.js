// The parts of the refine page, put in their places.
import { h } from "./dom.js";
import { TOOLS } from "./editor.js";
import { help } from "./refine-keys.js";
import { t, titleOf } from "./i18n.js";

/** A button that keeps the focus while it has nothing to do. */
export const able = (button, can) => button.setAttribute("aria-disabled", can ? "false" : "true");

/** Build the page and keep what changes on it in `page.parts`. */
export function layOut(page) {
  const { session } = page;
  const waits = session.status === "awaiting_refinement";
  const button = (label, text, work, more = {}) => h("button", { type: "button", "aria-label": label, title: label, onclick: work, ...more }, text);
  const plainButton = (text, work, more = {}) => h("button", { type: "button", onclick: work, ...more }, text);
  const parts = {
    status: h("span", { class: "quiet told", role: "status" }, t("refine.saves")),
    undo: button(t("refine.undo"), "↶", () => page.undo(), { class: "icon", "aria-disabled": "true" }),
    redo: button(t("refine.redo"), "↷", () => page.redo(), { class: "icon", "aria-disabled": "true" }),
    approve: plainButton(waits ? t("common.approve") : t("refine.export"), () => page.approve(), { class: "primary" }),
    again: plainButton(t("common.another_take"), () => page.anotherTake(), { hidden: !waits }),
    editor: h("pc-editor", { class: "fill" }),
    hint: h("p", { class: "hint" }),
    message: h("p", { class: "note ask", role: "status", hidden: !session.message }, session.message),
    strip: Object.assign(h("pc-film-strip"), { on: { go: (number) => page.go(number), pick: (number, frame) => page.dropped(number, frame) } }),
    candidates: Object.assign(h("pc-candidates"), { on: { pick: (frame) => page.pick(page.at, frame) } }),
    info: h("div", { class: "stack" }),
    play: plainButton(t("player.play"), () => page.play()),
    carry: plainButton(t("carry.carry"), () => page.carry()),
    effects: plainButton(t("refine.effects"), () => page.flipEffects(), { class: "chip", title: t("refine.effects_hint") }),
    effectsForAll: plainButton(t("refine.same_for_all"), () => page.effectsForAll(), { class: "chip" }),
    redraw: plainButton(t("refine.draw_again"), () => page.redrawFrame(), { hidden: !waits }),
    reset: plainButton(t("refine.reset"), () => page.reset()),
    preview: Object.assign(h("pc-sticker-preview"), { session, base: page.base }),
  };
  parts.tools = h("div", { class: "tools", role: "group", "aria-label": t("tools.tools") },
    TOOLS.map(([name, sign, label]) => button(label, sign, () => page.use(name), { "data-tool": name, "aria-pressed": String(name === "add") })),
    h("hr"), button(t("refine.zoom_in"), "⊕", () => parts.editor.zoom(1.25)), button(t("refine.zoom_out"), "⊖", () => parts.editor.zoom(0.8)), button(t("refine.fit_hint"), t("refine.fit"), () => parts.editor.fit()));
  parts.options = options(parts.editor);
  page.parts = parts;
  page.replaceChildren(h("div", { class: "refine" },
    h("div", { class: "refine-bar" }, h("a", { class: "button", href: `/jobs/${page.job}`, "aria-label": t("refine.back") }, "←"),
      h("h1", {}, `${titleOf({ name: session.action, title: session.title })} `, h("span", { class: "quiet" }, session.pack)), parts.status, parts.undo, parts.redo, button(t("refine.keys"), "?", help, { class: "icon" }), parts.again, parts.approve),
    h("div", { class: "work" }, parts.tools, parts.options, parts.editor, parts.hint),
    parts.strip,
    h("aside", { class: "side", "aria-label": t("refine.side") }, parts.message,
      h("section", { class: "stack" }, h("h2", {}, t("refine.this_frame")), parts.info, h("div", { class: "row" }, parts.play, parts.carry, parts.redraw, parts.reset), h("div", { class: "row" }, parts.effects, parts.effectsForAll)),
      parts.preview,
      h("section", { class: "stack" }, h("h2", {}, t("refine.swap")), h("p", { class: "quiet" }, t("refine.swap_hint")), parts.candidates))));
}

/** How the canvas looks. */
function options(editor) {
  const look = (key, text, label) => h("button", { type: "button", class: "chip", "data-look": key, "aria-label": label, title: label, onclick: () => editor.key(new KeyboardEvent("keydown", { key })) }, text);
  const range = (text, label, more) => h("label", {}, text, h("input", { type: "range", "aria-label": label, ...more }));
  return h("div", { class: "options", role: "group", "aria-label": t("refine.view") }, look("b", t("refine.backdrop"), t("refine.next_backdrop")), look("o", t("refine.onion"), t("refine.onion_hint")), look("s", t("refine.compare"), t("refine.compare_hint")),
    range(t("tools.brush"), t("tools.brush_size"), { min: 1, max: 80, value: 14, "data-of": "brush", oninput: (event) => { editor.brush = Number(event.target.value); } }),
    range(t("refine.mask"), t("refine.mask_hint"), { min: 0, max: 100, value: 35, oninput: (event) => { editor.opacity = event.target.value / 100; editor.redraw(); } }));
}
