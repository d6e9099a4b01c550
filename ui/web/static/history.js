// Undo and redo without end. It is kept in this browser, so that a reload loses none of it.

const MOST = 1_500_000; // characters; a browser keeps about five million for a whole site

/** A frame's state with its fields in one order, so that equal states are equal texts. */
export const plain = (state) => (typeof state === "string" ? state : {
  clicks: state.clicks.map(({ x, y, positive }) => ({ x, y, positive })),
  strokes: state.strokes.map(({ points, radius, mode }) => ({ points: points.map(({ x, y }) => ({ x, y })), radius, mode })),
  mask: state.mask ?? "", effects: state.effects ?? true,
});
export const alike = (one, other) => JSON.stringify(plain(one)) === JSON.stringify(plain(other));

/**
 * A step is a list of changes that were made together: `{frame, before, after}` with whole states, or
 * `{slot, before, after}` with the names of frames.
 */
export class History {
  constructor(name, told) {
    Object.assign(this, { name: `popcon-history${name}`, told, past: [], future: [] });
    this.open = new AbortController();
    window.addEventListener("pagehide", () => this.keep(), { signal: this.open.signal });
  }

  /** Another history of the same action takes over. */
  close() {
    this.keep();
    this.open.abort();
  }

  note(...changes) {
    this.past.push(changes);
    this.future = [];
    this.later();
  }

  /** The states to go to, one step back or forth; nothing where there is no further step. */
  undo() { return this.turn(this.past, this.future, "before"); }
  redo() { return this.turn(this.future, this.past, "after"); }

  turn(from, to, side) {
    const step = from.pop();
    if (!step) return null;
    to.push(step);
    this.later();
    return step.map((each) => ({ ...each, state: each[side] }));
  }

  /** Somebody else changed a frame or a slot: one's own steps there lead nowhere any more. */
  forget(target) {
    const kept = (steps) => steps.map((step) => step.filter((each) => nameOf(each) !== target)).filter((step) => step.length);
    this.past = kept(this.past);
    this.future = kept(this.future);
    this.later();
  }

  /** Take up what was kept, as far as it leads to what there is now: `now` gives the state of a frame or of a slot. */
  load(now) {
    try {
      const { pool, past, future } = JSON.parse(localStorage.getItem(this.name) ?? '{"pool":[],"past":[],"future":[]}');
      const whole = (state) => (typeof state === "string" ? state : { ...state, strokes: state.strokes.map((index) => pool[index]) });
      const steps = (list) => list.map((step) => step.map((each) => ({ ...each, before: whole(each.before), after: whole(each.after) })));
      this.past = steps(past);
      this.future = steps(future);
    } catch {
      localStorage.removeItem(this.name); // of another version: nothing that matters is lost
    }
    // What a target has to be now: what the last step made of it, or what the next one found.
    const last = new Map();
    for (const each of this.future.flat()) last.set(nameOf(each), [each, each.before]);
    for (const each of this.past.flat()) last.set(nameOf(each), [each, each.after]);
    for (const [name, [change, state]] of last) {
      const there = now(change);
      if (there === undefined || !alike(there, state)) this.forget(name);
    }
    this.told();
  }

  later() {
    this.told();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 250);
  }

  keep() {
    clearTimeout(this.timer);
    let [past, future] = [this.past, this.future];
    if (!past.length && !future.length) return localStorage.removeItem(this.name);
    for (;;) {
      const text = packed(past, future);
      try {
        if (text.length <= MOST) return localStorage.setItem(this.name, text);
      } catch { /* full: the oldest go */ }
      if (!past.length) return localStorage.removeItem(this.name);
      past = past.slice(Math.ceil(past.length / 4));
      if (!past.length) future = [];
    }
  }
}

const nameOf = (change) => (change.slot === undefined ? change.frame : `slot ${change.slot}`);

/** As text, each stroke once: every state after it holds it too. */
function packed(past, future) {
  const pool = [];
  const known = new Map();
  const index = (stroke) => {
    const text = JSON.stringify(stroke);
    if (!known.has(text)) known.set(text, pool.push(stroke) - 1);
    return known.get(text);
  };
  const thin = (state) => (typeof state === "string" ? state : { ...plain(state), strokes: plain(state).strokes.map(index) });
  const steps = (list) => list.map((step) => step.map((each) => ({ ...each, before: thin(each.before), after: thin(each.after) })));
  return JSON.stringify({ past: steps(past), future: steps(future), pool });
}
