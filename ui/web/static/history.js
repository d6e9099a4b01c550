// Undo and redo without end. The history is kept in this browser, so that a reload loses none of it.
import { isEqual, normalised } from "./edits.js";

const MAX_CHARACTERS = 1_500_000; // a browser keeps about five million for a whole site

/** @typedef {import("./edits.js").Edits} Edits */
/** @typedef {{ frame: string, slot?: undefined, before: Edits, after: Edits }} FrameChange */
/** @typedef {{ slot: number, frame?: undefined, before: string, after: string }} SlotChange names of frames in a slot */
/** @typedef {FrameChange | SlotChange} Change */
/** @typedef {Change[]} Step changes that were made together */
/** @typedef {Change & { state: any }} Target a change with the state to go to */

export class History {
  /**
   * @param {string} name of the action
   * @param {() => void} onChange hears that steps came or went
   */
  constructor(name, onChange) {
    this.name = `popcon-history${name}`;
    this.onChange = onChange;
    /** @type {Step[]} */
    this.past = [];
    /** @type {Step[]} */
    this.future = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.lifetime = new AbortController();
    window.addEventListener("pagehide", () => this.persist(), { signal: this.lifetime.signal });
  }

  /** Another history of the same action takes over. */
  close() {
    this.persist();
    this.lifetime.abort();
  }

  /** @param {...Change} changes */
  record(...changes) {
    this.past.push(changes);
    this.future = [];
    this.schedulePersist();
  }

  /** The states to go to, one step back; null if there is no further step. */
  undo() { return this.step(this.past, this.future, "before"); }

  /** The states to go to, one step forth; null if there is no further step. */
  redo() { return this.step(this.future, this.past, "after"); }

  /**
   * @param {Step[]} from
   * @param {Step[]} to
   * @param {"before" | "after"} side
   * @returns {Target[] | null}
   */
  step(from, to, side) {
    const entry = from.pop();
    if (!entry) return null;
    to.push(entry);
    this.schedulePersist();
    return entry.map((each) => ({ ...each, state: each[side] }));
  }

  /**
   * Drop the steps of a frame or a slot that somebody else changed: they lead nowhere any more.
   * @param {string} target the name of a frame, or "slot 3"
   */
  forget(target) {
    /** @param {Step[]} steps */
    const kept = (steps) => steps.map((step) => step.filter((each) => nameOf(each) !== target)).filter((step) => step.length);
    this.past = kept(this.past);
    this.future = kept(this.future);
    this.schedulePersist();
  }

  /**
   * Take up the history that was kept, as far as it leads to the present.
   * @param {(change: Change) => Edits | string | undefined} present gives the present state of a frame or of a slot
   */
  restore(present) {
    try {
      const { pool, past, future } = JSON.parse(localStorage.getItem(this.name) ?? '{"pool":[],"past":[],"future":[]}');
      /** @param {any} state */
      const whole = (state) => (typeof state === "string" ? state : { ...state, strokes: state.strokes.map((/** @type {number} */ index) => pool[index]) });
      /** @param {Step[]} list */
      const steps = (list) => list.map((step) => step.map((each) => ({ ...each, before: whole(each.before), after: whole(each.after) })));
      [this.past, this.future] = [steps(past), steps(future)];
    } catch {
      localStorage.removeItem(this.name); // of another version: nothing that matters is lost
    }
    // What a target has to be now: what the last step made of it, or what the next one found.
    /** @type {Map<string, [Change, Edits | string]>} */
    const expected = new Map();
    for (const each of this.future.flat()) expected.set(nameOf(each), [each, each.before]);
    for (const each of this.past.flat()) expected.set(nameOf(each), [each, each.after]);
    for (const [name, [change, state]] of expected) {
      const now = present(change);
      if (now === undefined || !isEqual(now, state)) this.forget(name);
    }
    this.onChange();
  }

  schedulePersist() {
    this.onChange();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.persist(), 250);
  }

  /** Keep the history in this browser; the oldest steps go if there is no room. */
  persist() {
    clearTimeout(this.timer);
    let [past, future] = [this.past, this.future];
    if (!past.length && !future.length) return localStorage.removeItem(this.name);
    for (;;) {
      const text = packed(past, future);
      try {
        if (text.length <= MAX_CHARACTERS) return localStorage.setItem(this.name, text);
      } catch { /* full: the oldest go */ }
      if (!past.length) return localStorage.removeItem(this.name);
      past = past.slice(Math.ceil(past.length / 4));
      if (!past.length) future = [];
    }
  }
}

/** @param {Change} change */
const nameOf = (change) => (change.slot === undefined ? change.frame : `slot ${change.slot}`);

/**
 * The history as text, each stroke once: every state after it holds it too.
 * @param {Step[]} past
 * @param {Step[]} future
 */
function packed(past, future) {
  /** @type {unknown[]} */
  const pool = [];
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @param {unknown} stroke */
  const index = (stroke) => {
    const text = JSON.stringify(stroke);
    if (!known.has(text)) known.set(text, pool.push(stroke) - 1);
    return known.get(text);
  };
  /** @param {Edits | string} state */
  const thin = (state) => {
    const plain = normalised(state);
    return typeof plain === "string" ? plain : { ...plain, strokes: plain.strokes.map(index) };
  };
  /** @param {Step[]} list */
  const steps = (list) => list.map((step) => step.map((each) => ({ ...each, before: thin(each.before), after: thin(each.after) })));
  return JSON.stringify({ past: steps(past), future: steps(future), pool });
}
