// What a person changes on the refine page: edits of frames, undo and redo, picks of other frames.
import { attempt, toast } from "./dom.js";
import { isEqual } from "./edits.js";
import { getBitmap, getJson } from "./http.js";
import { showFrame, showStrip } from "./refine-view.js";
import { t } from "./i18n.js";

/** @typedef {import("./refine.js").Refine} Refine */

/** How long a save waits for the mask of the click that it holds. */
const MASK_WAIT_MS = 300;
/** Resolves when what was drawn just now is on the screen: in a tab that is not seen, never. */
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

/**
 * The editor has changed the clicks or strokes of the present frame.
 * @param {Refine} page
 * @param {{ before: any, after: any, what: string }} change
 */
export function edited(page, { before, after, what }) {
  const { frame } = page;
  const full = page.saver.of(frame);
  if (what === "strokes") page.editor.unsettled = [...(page.editor.unsettled ?? []), after.strokes.at(-1)];
  page.history.record({ frame, before: { ...full, ...before }, after: { ...full, ...after } });
  // The mask first: what a save sets going would make it late.
  const shown = what === "clicks" ? Promise.race([predict(page, frame, after.clicks).then(painted), new Promise((over) => setTimeout(over, MASK_WAIT_MS))]) : null;
  keep(page, frame, { ...full, ...after }, shown);
}

/**
 * Change some frames in one step, which undo takes back as a whole.
 * @param {Refine} page
 * @param {string[]} frames
 * @param {(edits: any) => any} make gives the new edits of a frame
 */
export function change(page, frames, make) {
  const steps = frames.map((frame) => ({ frame, before: page.saver.of(frame), after: make(page.saver.of(frame)) })).filter((each) => !isEqual(each.before, each.after));
  if (!steps.length) return;
  page.history.record(...steps);
  for (const { frame, after } of steps) page.saver.set(frame, after);
  page.unmask();
  page.go(page.at, true);
}

function keep(page, frame, edits, shown = null) {
  page.saver.set(frame, edits, shown);
  showStrip(page);
  showFrame(page);
}

/**
 * Go to the states of a step of the history.
 * @param {Refine} page
 * @param {import("./history.js").Target[] | null} step
 * @param {string} text says what was done
 */
export async function goToStep(page, step, text) {
  if (!step) return;
  for (const each of step) {
    if (each.slot !== undefined) await pick(page, each.slot, each.state, false);
    else page.saver.set(each.frame, each.state);
  }
  const here = step.some((each) => each.frame === page.frame || each.slot === page.at);
  const number = here || step[0].slot !== undefined ? page.at : page.number(step[0].frame);
  page.unmask();
  await page.go(Math.max(0, number));
  page.setStatus(text);
}

/**
 * Show the mask that the clicks ask for, as soon as it is known; the answer to an older click is dropped.
 * @param {Refine} page
 * @param {string} frame
 * @param {import("./edits.js").Click[]} clicks
 */
async function predict(page, frame, clicks) {
  const turn = (page.asked = (page.asked ?? 0) + 1);
  page.predicting?.abort();
  if (!clicks.length) { page.editor.layers.mask = null; page.editor.redraw(); return; }
  page.predicting = new AbortController();
  const began = performance.now();
  try {
    const mask = await getBitmap("/api/masks/predict", { json: { job: page.job, action: page.action, frame, clicks }, signal: page.predicting.signal });
    if (turn !== page.asked || frame !== page.frame) return;
    page.editor.layers.mask = mask;
    page.editor.redraw();
    page.dispatchEvent(new CustomEvent("mask", { detail: (page.lastClickMs = performance.now() - began) }));
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message, "bad");
  }
}

/**
 * Let another frame play in a slot.
 * @param {Refine} page
 * @param {number} number of the slot
 * @param {string} frame
 * @param {boolean} [recorded] whether undo knows it
 */
export async function pick(page, number, frame, recorded = true) {
  const slot = page.session.slots[number];
  if (slot.frame === frame) return;
  const before = slot.frame;
  page.setStatus(t("save.swapping"));
  const next = await attempt(() => getJson(`${page.base}/slots/${number}/pick`, { method: "PUT", json: { base: null, frame: frame === slot.chosen ? "" : frame }, headers: { "x-popcon-author": page.saver.author } }));
  if (!next) { page.setStatus(t("save.not_swapped")); return; }
  page.session.slots[number] = next;
  if (recorded) page.history.record({ slot: number, before, after: frame });
  page.setStatus(t("save.saved"));
  if (recorded || number === page.at) await page.go(number);
  page.export();
}
