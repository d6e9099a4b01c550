// What the refine page shows of its frames: the film strip, the present frame, its candidates.
import { h } from "./dom.js";
import { morphChildren } from "./morph.js";
import { able } from "./refine-layout.js";
import { listed, t } from "./i18n.js";

/** @typedef {import("./refine.js").Refine} Refine */

const counted = (list, key) => list.length && t(key, { count: list.length });

/**
 * Bring the film strip up to date: pictures, pins, doubts, the present slot.
 * @param {Refine} page
 */
export function showStrip(page) {
  const machine = new Map(page.session.frames.map((each) => [each.frame, each]));
  page.parts.strip.show(page.session.slots.map(({ frame, chosen }) => {
    const edits = page.saver.of(frame);
    const pinned = edits.clicks.length > 0 || edits.strokes.length > 0;
    const score = edits.mask ? page.scores.get(edits.mask) : undefined;
    const doubtful = !pinned && (score !== undefined ? score < page.session.doubtful : (machine.get(frame)?.doubt ?? 0) >= page.session.doubtful && !edits.mask);
    return { picture: page.refined(frame), pinned, swapped: frame !== chosen, doubtful };
  }), page.at);
}

/**
 * Show what was changed on the present frame, what the machine doubts, and what could play instead.
 * @param {Refine} page
 */
export function showFrame(page) {
  const { slot, frame, parts } = page;
  const edits = page.saver.of(frame);
  const machine = page.session.frames.find((each) => each.frame === frame);
  const changed = [counted(edits.clicks, "frame.clicks"), counted(edits.strokes, "frame.strokes"), edits.mask && t("frame.carried"), !edits.effects && t("frame.effects_off")].filter(Boolean);
  morphChildren(parts.info, h("p", {}, `${t("frame.where", { number: page.at + 1, count: page.session.slots.length, ms: slot.duration_ms })} ${changed.length ? t("frame.changed", { what: listed(changed) }) : t("frame.untouched")}`),
    machine?.reason && machine.doubt >= page.session.doubtful ? h("p", { class: "note" }, machine.reason) : null);
  able(parts.reset, changed.length);
  able(parts.carry, page.propagating || page.session.slots.some((each) => page.saver.of(each.frame).clicks.length));
  parts.effects.setAttribute("aria-pressed", String(edits.effects));
  const name = (each) => (each === slot.chosen ? t("frame.chosen") : `#${each.split("-")[1]}`);
  parts.candidates.show(slot.candidates.map((each) => ({ frame: each, picture: page.refined(each), name: name(each), isNow: each === frame })));
  showHint(page);
}

/**
 * Say what the tool at hand does.
 * @param {Refine} page
 */
export function showHint(page) {
  const { tool } = page.editor;
  page.parts.hint.textContent = page.propagating ? t("hint.carrying") : tool === "add" || tool === "away"
    ? clickHint(page.editor.edits.clicks.length > 0)
    : tool === "pan" ? t("hint.pan") : t(tool === "erase" ? "hint.erase" : "hint.restore");
}

const isTouch = matchMedia("(pointer: coarse)");

function clickHint(isBegun) {
  if (isBegun) return isTouch.matches ? t("hint.touch_begun") : t("hint.begun");
  return isTouch.matches ? t("hint.touch") : t("hint.click");
}
