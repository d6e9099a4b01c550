import { call, toast } from "./dom.js";

const EMPTY = { clicks: [], strokes: [], mask: "", effects: true, version: 0 };

/**
 * Saves every frame as it is changed: its full state, one request at a time for each frame, the latest state next.
 * What could not be sent is tried again until it is, and kept in this browser meanwhile. Where somebody else saved
 * the frame in between, the later save counts, and both are told.
 */
export class Saver {
  constructor(base, session, on) {
    Object.assign(this, { base, on });
    this.frames = new Map(session.edits.map((each) => [each.frame, each]));
    this.wanted = new Set();
    this.sending = new Set();
    this.late = new Map();
    this.idle = [];
    this.who = localStorage.getItem("popcon-who") ?? `Guest ${Math.floor(1000 + Math.random() * 9000)}`;
    localStorage.setItem("popcon-who", this.who);
    this.shelf = `popcon-unsaved${base}`;
    for (const [frame, edits] of Object.entries(read(this.shelf))) {
      this.frames.set(frame, { ...EMPTY, ...edits }); // its version is what it was made from
      this.wanted.add(frame);
    }
  }

  /** Send what an earlier page could not. */
  begin() {
    for (const frame of [...this.wanted]) this.send(frame);
  }

  of(frame) { return this.frames.get(frame) ?? EMPTY; }
  get busy() { return this.wanted.size > 0 || this.sending.size > 0; }
  waits(frame) { return this.wanted.has(frame) || this.sending.has(frame); }

  /** A frame was changed here. It is kept in this browser at once, and sent when `shown` is over, if that is given. */
  set(frame, { clicks, strokes, mask, effects }, shown = null) {
    this.frames.set(frame, { clicks, strokes, mask, effects, version: this.of(frame).version });
    this.wanted.add(frame);
    this.keepHere();
    if (shown) shown.then(() => this.send(frame));
    else this.send(frame);
  }

  /** A frame was changed on the server, by what this page asked for. */
  take(frame, { clicks, strokes, mask, effects, version }) {
    this.frames.set(frame, { clicks, strokes, mask, effects, version });
    this.keepHere();
  }

  /**
   * The server tells of a save. True if it is somebody's, and counts. While one's own is on its way nobody knows which
   * of them is the later one; then it is told again (`on.heard`) as soon as that is known.
   */
  hear(saved) {
    if (saved.version <= this.of(saved.frame).version) return false;
    if (this.waits(saved.frame)) {
      this.late.set(saved.frame, saved);
      return false;
    }
    this.take(saved.frame, saved);
    return true;
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
      const { clicks, strokes, mask, effects, version } = this.of(frame);
      this.on.told("Saving …");
      try {
        const answer = await call(`${this.base}/frames/${frame}/refinement`, { method: "PUT", json: { base: version, clicks, strokes, mask, effects }, headers: { "x-popcon-author": this.who } });
        const saved = await answer.json();
        this.frames.set(frame, { ...this.of(frame), version: saved.version });
        this.on.told("Saved.");
        if (!this.wanted.has(frame)) this.on.saved(frame);
      } catch (error) {
        await this.refused(frame, error);
      }
    }
    this.sending.delete(frame);
    this.keepHere();
    const late = this.late.get(frame);
    this.late.delete(frame);
    if (late) this.on.heard(late);
    if (!this.busy) this.idle.splice(0).forEach((resolve) => resolve());
  }

  async refused(frame, error) {
    if (error.status === 409 && error.body?.current) {
      const { refinement, version, by } = error.body.current;
      this.frames.set(frame, { ...this.of(frame), version });
      this.wanted.add(frame);
      this.on.over(frame, { ...refinement, mask: refinement.mask?.sha256 ?? "", by });
    } else if (error.status >= 400 && error.status < 500 && error.status !== 401) {
      toast(error.message, "bad");
      this.on.told("Not saved.");
    } else {
      this.on.told("Not saved yet; trying again …");
      this.wanted.add(frame);
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }

  keepHere() {
    const open = [...new Set([...this.wanted, ...this.sending])];
    if (!open.length) { localStorage.removeItem(this.shelf); return; }
    try {
      localStorage.setItem(this.shelf, JSON.stringify(Object.fromEntries(open.map((frame) => [frame, this.of(frame)]))));
    } catch { /* full: the server has nearly everything anyway */ }
  }
}

function read(shelf) {
  try { return JSON.parse(localStorage.getItem(shelf) ?? "{}"); } catch { return {}; }
}
