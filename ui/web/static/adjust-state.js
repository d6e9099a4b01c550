// What is adjusted on a pack's stickers: the whole state, undo and redo, and saving it as it is made.
import { request } from "./http.js";

/** @typedef {{ x: number, y: number, scale: number, angle: number }} Nudge */
/** @typedef {{ colour: string, width: number }} Outline */
/** @typedef {{ source: string, target: string, reach?: number }} Recolour */
/** @typedef {{ first: string | null, nudge: Nudge, frames: Record<string, Nudge>, outline: Outline | null }} StickerAdjustment */
/** @typedef {{ outline: Outline, recolours: Recolour[], stickers: Record<string, StickerAdjustment> }} Adjustments */

/** @type {Readonly<Nudge>} */
export const STILL = Object.freeze({ x: 0, y: 0, scale: 1, angle: 0 });

/** @param {Adjustments} all @param {string} action @returns {StickerAdjustment} */
export const ofSticker = (all, action) => all.stickers[action] ?? { first: null, nudge: STILL, frames: {}, outline: null };

/** @param {Adjustments} all @param {string} action @param {Partial<StickerAdjustment>} change @returns {Adjustments} */
export const withSticker = (all, action, change) => ({ ...all, stickers: { ...all.stickers, [action]: { ...ofSticker(all, action), ...change } } });

/** With a colour changed; a source that is changed already gets the new target, its own colour none. @param {Adjustments} all @param {string} source @param {string} target @returns {Adjustments} */
export function withColour(all, source, target) {
  const others = all.recolours.filter((each) => each.source !== source);
  const before = all.recolours.find((each) => each.source === source);
  return { ...all, recolours: source === target ? others : [...others, { ...before, source, target }] };
}

/** With another reach of a colour that is changed: how unlike a colour may be and still change with it. @param {Adjustments} all @param {string} source @param {number} reach @returns {Adjustments} */
export const withReach = (all, source, reach) => ({ ...all, recolours: all.recolours.map((each) => (each.source === source ? { ...each, reach } : each)) });

export class AdjustmentStore {
  /**
   * @param {string} job
   * @param {{ changed: () => void, refused: (text: string) => void, saved?: () => void }} on
   */
  constructor(job, on) {
    this.url = `/api/jobs/${job}/adjustments`;
    this.on = on;
    /** @type {Adjustments} */
    this.now = { outline: { colour: "#ffffff", width: 0 }, recolours: [], stickers: {} };
    this.version = 0;
    /** @type {Adjustments[]} */
    this.past = [];
    /** @type {Adjustments[]} */
    this.future = [];
    /** @type {string} what the last change was of: one drag is one step */
    this.kind = "";
    this.isUnsent = false;
    /** @type {Promise<void> | null} */
    this.sending = null;
  }

  async load() {
    const { adjustments, version } = await (await request(this.url)).json();
    [this.now, this.version] = [adjustments, version];
  }

  /** @param {Adjustments} next @param {string} [kind] changes of one kind in a row are undone together; empty: this one alone */
  change(next, kind = "") {
    if (!kind || kind !== this.kind) this.past.push(this.now);
    this.kind = kind;
    this.future = [];
    this.go(next);
  }

  /** The next change is a step of its own. */
  settle() { this.kind = ""; }

  undo() { this.step(this.past, this.future); }

  redo() { this.step(this.future, this.past); }

  /** @param {Adjustments[]} from @param {Adjustments[]} to */
  step(from, to) {
    const next = from.pop();
    if (!next) return;
    to.push(this.now);
    this.kind = "";
    this.go(next);
  }

  /** @param {Adjustments} next */
  go(next) {
    this.now = next;
    this.isUnsent = true;
    this.on.changed();
    this.sending ??= this.send().finally(() => { this.sending = null; });
  }

  /** Resolves when the last state is on the server, or was refused. */
  async saved() { while (this.sending) await this.sending; }

  /** One request at a time, the latest state next. Who saves last counts; the other's state can be undone to. */
  async send() {
    while (this.isUnsent) {
      this.isUnsent = false;
      await Promise.resolve();
      try {
        const saved = await (await request(this.url, { method: "PUT", json: { base: this.version, adjustments: this.now } })).json();
        this.version = saved.version;
        if (!this.isUnsent) this.on.saved?.();
      } catch (error) {
        const { status, body, message } = /** @type {import("./http.js").RequestError} */ (error);
        this.on.refused(message);
        if (status !== 409 || !body?.current) return;
        this.version = body.current.version;
        this.past.push(body.current.adjustments);
        this.isUnsent = true;
      }
    }
  }
}
