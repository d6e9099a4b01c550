import { call, toast } from "./dom.js";

const EMPTY = { clicks: [], strokes: [], mask: "", version: 0 };

/**
 * Saves every frame as it is changed: its full state, one request at a time for each frame, the latest state next.
 * What could not be sent is tried again until it is, and kept in this browser meanwhile.
 */
export class Saver {
  constructor(base, bench, on) {
    Object.assign(this, { base, on });
    this.frames = new Map(bench.edits.map((each) => [each.frame, each]));
    this.wanted = new Map();
    this.sending = new Set();
    this.idle = [];
    this.who = localStorage.getItem("popcon-who") ?? `Guest ${Math.floor(1000 + Math.random() * 9000)}`;
    localStorage.setItem("popcon-who", this.who);
    this.shelf = `popcon-unsaved${base}`;
    for (const [frame, edits] of Object.entries(JSON.parse(localStorage.getItem(this.shelf) ?? "{}"))) this.set(frame, edits);
  }

  of(frame) { return this.frames.get(frame) ?? EMPTY; }
  get busy() { return this.wanted.size > 0 || this.sending.size > 0; }
  waits(frame) { return this.wanted.has(frame) || this.sending.has(frame); }

  /** A frame was changed here. */
  set(frame, { clicks, strokes, mask }) {
    const { version } = this.of(frame);
    this.frames.set(frame, { clicks, strokes, mask, version });
    this.wanted.set(frame, true);
    this.keepHere();
    this.send(frame);
  }

  /** A frame was changed on the server. */
  take(frame, { clicks, strokes, mask, version }) {
    this.frames.set(frame, { clicks, strokes, mask, version });
    this.wanted.delete(frame);
    this.keepHere();
  }

  force(frame) {
    this.forced = frame;
    this.wanted.set(frame, true);
    this.send(frame);
  }

  /** Resolves when everything is on the server. */
  settled() {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  async send(frame) {
    if (this.sending.has(frame)) return;
    this.sending.add(frame);
    while (this.wanted.has(frame)) {
      this.wanted.delete(frame);
      const { clicks, strokes, mask, version } = this.of(frame);
      const base = this.forced === frame ? null : version;
      this.on.told("Saving …");
      try {
        const answer = await call(`${this.base}/frames/${frame}/refinement`, { method: "PUT", json: { base, clicks, strokes, mask }, headers: { "x-popcon-who": this.who } });
        const saved = await answer.json();
        this.forced = null;
        this.frames.set(frame, { ...this.of(frame), version: saved.version });
        this.on.told("Saved.");
        if (!this.wanted.has(frame)) this.on.saved(frame);
      } catch (error) {
        if (error.status === 409) {
          const { current } = error.body;
          this.wanted.delete(frame);
          this.on.told("Changed by somebody else.");
          this.on.conflict(frame, { ...current.refinement, mask: current.refinement.mask?.sha256 ?? "", version: current.version, by: current.by });
        } else if (error.status >= 400 && error.status < 500) {
          toast(error.message, "bad");
          this.on.told("Not saved.");
        } else {
          this.on.told("Not saved yet; trying again …");
          this.wanted.set(frame, true);
          await new Promise((resolve) => setTimeout(resolve, 1500));
        }
      }
    }
    this.sending.delete(frame);
    this.keepHere();
    if (!this.busy) this.idle.splice(0).forEach((resolve) => resolve());
  }

  keepHere() {
    const open = [...new Set([...this.wanted.keys(), ...this.sending])];
    if (!open.length) { localStorage.removeItem(this.shelf); return; }
    try {
      localStorage.setItem(this.shelf, JSON.stringify(Object.fromEntries(open.map((frame) => [frame, this.of(frame)]))));
    } catch { /* full: the server has nearly everything anyway */ }
  }
}
