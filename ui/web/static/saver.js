import { UNEDITED } from "./edits.js";
import { request } from "./http.js";
import { t } from "./i18n.js";

const RETRY_MS = 1500;

/** @typedef {import("./edits.js").Edits} Edits */
/** @typedef {import("./edits.js").SavedEdits} SavedEdits */
/** @typedef {import("./edits.js").RemoteEdits} RemoteEdits */
/**
 * @typedef {object} Listener
 * @property {(text: string) => void} status hears the progress of saving, in a sentence
 * @property {(text: string) => void} refused hears why a save was refused for good
 * @property {(frame: string) => void} saved hears that the server has a frame's latest edits
 * @property {(frame: string, theirs: Edits & { by: string }) => void} overwrote hears that a save replaced somebody's
 * @property {(theirs: RemoteEdits) => void} received hears again of a save that could not be judged at once
 */

/**
 * Saves every frame as it is edited: its full state, one request at a time for each frame, the latest state next.
 * Edits that could not be sent are tried again until they are, and kept in this browser meanwhile. If somebody else
 * saved the frame in between, the later save counts, and both are told.
 */
export class Saver {
  /**
   * @param {string} base address of the action
   * @param {RemoteEdits[]} edits what the server holds
   * @param {Listener} on
   */
  constructor(base, edits, on) {
    this.base = base;
    this.on = on;
    /** @type {Map<string, SavedEdits>} */
    this.frames = new Map(edits.map((each) => [each.frame, each]));
    /** @type {Set<string>} frames whose latest edits are not on their way */
    this.unsent = new Set();
    /** @type {Set<string>} frames whose edits are on their way */
    this.sending = new Set();
    /** @type {Map<string, RemoteEdits>} saves of others that wait until one's own has arrived */
    this.deferred = new Map();
    /** @type {(() => void)[]} */
    this.flushWaiters = [];
    this.author = localStorage.getItem("popcon-author") ?? t("save.guest", { number: String(Math.floor(1000 + Math.random() * 9000)) });
    localStorage.setItem("popcon-author", this.author);
    this.storageKey = `popcon-unsaved${base}`;
    for (const [frame, unsent] of Object.entries(readStored(this.storageKey))) {
      this.frames.set(frame, { ...UNEDITED, ...unsent }); // its version is the one that it was made from
      this.unsent.add(frame);
    }
  }

  /** Send what an earlier page could not. */
  resume() {
    for (const frame of [...this.unsent]) this.send(frame);
  }

  /**
   * @param {string} frame
   * @returns {SavedEdits}
   */
  of(frame) { return this.frames.get(frame) ?? UNEDITED; }

  get busy() { return this.unsent.size > 0 || this.sending.size > 0; }

  /** @param {string} frame */
  isPending(frame) { return this.unsent.has(frame) || this.sending.has(frame); }

  /**
   * Take an edit of this page. It is kept in this browser at once, and sent when `delay` is over.
   * @param {string} frame
   * @param {Edits} edits
   * @param {Promise<unknown> | null} [delay]
   */
  set(frame, { clicks, strokes, mask = "", effects = true }, delay = null) {
    this.frames.set(frame, { clicks, strokes, mask, effects, version: this.of(frame).version });
    this.unsent.add(frame);
    this.persist();
    if (delay) delay.then(() => this.send(frame));
    else this.send(frame);
  }

  /**
   * Take the state of a frame that the server has.
   * @param {string} frame
   * @param {SavedEdits} edits
   */
  accept(frame, { clicks, strokes, mask, effects, version }) {
    this.frames.set(frame, { clicks, strokes, mask, effects, version });
    this.persist();
  }

  /**
   * Take a save that the server tells of, anybody's. False if it is no news, or cannot be judged yet: while an own save
   * is on its way nobody knows which of them is the later one; `on.received` then hears of it once that is known.
   * @param {RemoteEdits} saved
   */
  receive(saved) {
    if (saved.version <= this.of(saved.frame).version) return false;
    if (this.isPending(saved.frame)) {
      this.deferred.set(saved.frame, saved);
      return false;
    }
    this.accept(saved.frame, saved);
    return true;
  }

  /**
   * Resolves when everything is on the server.
   * @returns {Promise<void>}
   */
  flushed() {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => this.flushWaiters.push(resolve));
  }

  /** @param {string} frame */
  async send(frame) {
    if (this.sending.has(frame)) return;
    this.sending.add(frame);
    while (this.unsent.has(frame)) {
      this.unsent.delete(frame);
      const { clicks, strokes, mask, effects, version } = this.of(frame);
      this.on.status(t("save.saving"));
      try {
        const json = { base: version, clicks, strokes, mask, effects };
        const response = await request(`${this.base}/frames/${frame}/refinement`, { method: "PUT", json, headers: { "x-popcon-author": this.author } });
        const saved = await response.json();
        this.frames.set(frame, { ...this.of(frame), version: saved.version });
        this.on.status(t("save.saved"));
        if (!this.unsent.has(frame)) this.on.saved(frame);
      } catch (error) {
        await this.failed(frame, /** @type {any} */ (error));
      }
    }
    this.sending.delete(frame);
    this.persist();
    const deferred = this.deferred.get(frame);
    this.deferred.delete(frame);
    if (deferred) this.on.received(deferred);
    if (!this.busy) this.flushWaiters.splice(0).forEach((resolve) => resolve());
  }

  /**
   * @param {string} frame
   * @param {import("./http.js").RequestError} error
   */
  async failed(frame, error) {
    if (error.status === 409 && error.body?.current) {
      const { refinement, version, by } = error.body.current;
      this.frames.set(frame, { ...this.of(frame), version });
      this.unsent.add(frame);
      this.on.overwrote(frame, { ...refinement, mask: refinement.mask?.sha256 ?? "", by });
    } else if (error.status >= 400 && error.status < 500 && error.status !== 401) {
      this.on.refused(error.message);
      this.on.status(t("save.not_saved"));
    } else {
      this.on.status(t("save.retrying"));
      this.unsent.add(frame);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Keep what is not on the server in this browser. */
  persist() {
    const open = [...new Set([...this.unsent, ...this.sending])];
    if (!open.length) { localStorage.removeItem(this.storageKey); return; }
    try {
      localStorage.setItem(this.storageKey, JSON.stringify(Object.fromEntries(open.map((frame) => [frame, this.of(frame)]))));
    } catch { /* full: the server has nearly everything anyway */ }
  }
}

/**
 * @param {string} key
 * @returns {Record<string, Partial<SavedEdits>>}
 */
function readStored(key) {
  try { return JSON.parse(localStorage.getItem(key) ?? "{}"); } catch { return {}; }
}
