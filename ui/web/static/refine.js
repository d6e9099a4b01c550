import { propagateToAll } from "./propagate.js";
import { attempt, debounce, h, toast } from "./dom.js";
import { getBitmap, getJson } from "./http.js";
import "./film-strip.js";
import { UNEDITED } from "./edits.js";
import { History } from "./history.js";
import { play } from "./player.js";
import { change, edited, goToStep, pick } from "./refine-edits.js";
import { pressed } from "./refine-keys.js";
import { able, layOut } from "./refine-layout.js";
import { showFrame, showHint, showStrip } from "./refine-view.js";
import { received, listen, overwrote } from "./remote-edits.js";
import { Saver } from "./saver.js";
import "./sticker-preview.js";
import { anotherTake, redrawFrame } from "./redo-requests.js";
import { t, titleOf } from "./i18n.js";

/** Refine one action: the canvas, its film strip, the candidates, and the sticker as it will be exported. */
export class Refine extends HTMLElement {
  job = "";
  action = "";
  base = "";
  /** @type {any} what the server holds of the action */
  session = null;
  /** @type {Record<string, any>} parts of the page */
  parts = null;
  /** @type {Saver} */
  saver = null;
  /** @type {History} */
  history = null;
  at = 0;
  running = false;
  /** @type {Map<string, number>} confidence of propagated masks, by their hash */
  scores = new Map();
  /** @type {Map<string, Promise<ImageBitmap>>} */
  pictures = new Map();
  /** @type {AbortController | null} */
  propagating = null;
  /** @type {AbortController | null} */
  predicting = null;
  asked = 0;
  turn = 0;
  lastClickMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  connectedCallback() {
    this.base = `/api/jobs/${this.job}/actions/${this.action}`;
    this.keys = (event) => { if (this.parts && pressed(this, event)) event.preventDefault(); };
    this.keyUp = (event) => { if (event.code === "Space") this.spaceUp(); };
    document.addEventListener("keydown", this.keys);
    document.addEventListener("keyup", this.keyUp);
    window.addEventListener("beforeunload", (event) => { if (this.saver?.busy) event.preventDefault(); });
    this.replaceChildren(h("p", { class: "loading", role: "status" }, t("refine.laying_out")));
    return this.open();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.keys);
    document.removeEventListener("keyup", this.keyUp);
    clearTimeout(this.timer);
    this.stopListening?.();
  }

  /** Show the action as the server holds it; again, when there is another take or a frame was drawn again. */
  async open() {
    try {
      this.session = await getJson(`${this.base}/edit-session`);
    } catch (error) {
      this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, t("refine.not_ready")), h("p", {}, error.message), h("a", { class: "button", href: `/jobs/${this.job}` }, t("refine.to_job"))));
      return;
    }
    document.title = `${t("refine.title", { title: titleOf({ name: this.action, title: this.session.title }) })} · PopCon`;
    this.running = false;
    this.scores = new Map(Object.entries(JSON.parse(sessionStorage.getItem(`scores-${this.base}`) ?? "{}")));
    this.pictures = new Map();
    this.saver = new Saver(this.base, this.session.edits, {
      status: (text) => this.setStatus(text), saved: (frame) => this.saved(frame),
      refused: (text) => toast(text, "bad"),
      overwrote: (frame, theirs) => overwrote(this, frame, theirs), received: (theirs) => received(this, theirs),
    });
    layOut(this);
    this.history?.close();
    this.history = new History(this.base, () => this.undoable());
    this.history.restore((change) => (change.slot === undefined ? this.saver.of(change.frame) : this.session.slots[change.slot]?.frame));
    this.editor.addEventListener("edit", ({ detail }) => edited(this, detail));
    this.editor.addEventListener("locked", () => this.play());
    this.editor.addEventListener("look", () => this.looks());
    this.use("add");
    this.stopListening?.();
    this.stopListening = listen(this);
    const kept = Number(sessionStorage.getItem(`slot-${this.base}`));
    await this.go(kept < this.session.slots.length ? kept : 0);
    this.saver.resume();
    this.export();
  }

  get slot() { return this.session.slots[this.at]; }
  get frame() { return this.slot.frame; }
  get editor() { return this.parts.editor; }
  get waits() { return this.session.status === "awaiting_refinement"; }

  setStatus(text) { this.parts.status.textContent = text; }
  export() { this.parts.preview.refresh(); }
  number(frame) { return this.session.slots.findIndex((each) => each.frame === frame); }

  // What is shown

  refined(frame) {
    const edits = this.saver.of(frame);
    return edits.version ? `${this.base}/refined/${frame}?v=${this.session.stamp}-${edits.version}` : `${this.base}/cutouts/${frame}?v=${this.session.stamp}`;
  }

  /** A frame's picture, remembered by its address. */
  bitmap(url) {
    if (!this.pictures.has(url)) {
      const got = getBitmap(url);
      got.catch(() => this.pictures.delete(url));
      this.pictures.set(url, got);
      if (this.pictures.size > 120) this.pictures.delete(this.pictures.keys().next().value);
    }
    return this.pictures.get(url);
  }

  async go(number, keepMask = false) {
    const count = this.session.slots.length;
    this.at = (number + count) % count;
    sessionStorage.setItem(`slot-${this.base}`, String(this.at));
    const { editor, frame } = this;
    const { clicks, strokes } = this.saver.of(frame);
    editor.size(this.session.width, this.session.height);
    editor.edits = { clicks, strokes };
    editor.unsettled = [];
    if (!keepMask) editor.layers.mask = null;
    showStrip(this);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const neighbour = (by) => this.session.slots[(this.at + by + count) % count].frame;
    const wanted = [`${this.base}/frames/${frame}`, this.refined(frame), this.refined(neighbour(-1)), this.refined(neighbour(1))];
    const found = await attempt(() => Promise.all(wanted.map((url) => this.bitmap(url))));
    if (!found || turn !== this.turn) return;
    const [raw, cut, before, after] = found;
    Object.assign(editor.layers, { raw, cut, before, after });
    editor.redraw();
    showFrame(this);
    if (!this.running) this.ahead([frame, neighbour(1), neighbour(-1)]);
  }

  ahead = debounce((frames) => {
    getJson("/api/masks/prefetch", { json: { job: this.job, action: this.action, frames } }).catch(() => {});
  }, 120);

  use(tool) {
    this.editor.tool = tool;
    for (const each of this.parts.tools.querySelectorAll("[data-tool]")) each.setAttribute("aria-pressed", String(each.dataset.tool === tool));
    showHint(this);
    this.editor.redraw();
  }

  looks() {
    const [, onion, beside] = this.parts.options.querySelectorAll("[data-look]");
    onion.setAttribute("aria-pressed", String(this.editor.onion));
    beside.setAttribute("aria-pressed", String(this.editor.beside));
    this.parts.options.querySelector("[data-of=brush]").value = this.editor.brush;
  }

  // What is changed

  change(frames, make) { change(this, frames, make); }
  pick(number, frame) { return pick(this, number, frame); }
  reset() { this.change([this.frame], () => UNEDITED); }
  flipEffects() { this.change([this.frame], (edits) => ({ ...edits, effects: !edits.effects })); }

  effectsForAll() {
    const { effects } = this.saver.of(this.frame);
    this.change([...new Set(this.session.slots.map((each) => each.frame))], (edits) => ({ ...edits, effects }));
    this.setStatus(effects ? t("refine.effects_shown") : t("refine.effects_hidden"));
  }

  undoable() {
    able(this.parts.undo, this.history?.past.length);
    able(this.parts.redo, this.history?.future.length);
  }

  undo() { goToStep(this, this.history.undo(), t("refine.undone")); }
  redo() { goToStep(this, this.history.redo(), t("refine.redone")); }

  /** Show no mask, also not one that is on its way. */
  unmask() {
    this.asked = (this.asked ?? 0) + 1;
    this.predicting?.abort();
    this.editor.layers.mask = null;
  }

  /** The server has saved a frame: show what it made of it. */
  async saved(frame) {
    showStrip(this);
    this.export();
    if (frame !== this.frame) return;
    const { version } = this.saver.of(frame);
    try {
      const cut = await this.bitmap(this.refined(frame));
      if (frame !== this.frame || version !== this.saver.of(frame).version) return;
      this.editor.layers.cut = cut;
      if (!this.saver.isPending(frame)) this.editor.unsettled = [];
      this.editor.redraw();
    } catch (error) { toast(error.message, "bad"); }
  }

  dropped(number, frame) {
    if (this.session.slots[number].candidates.includes(frame)) this.pick(number, frame);
  }

  // What comes out

  carry() { return propagateToAll(this); }
  play() { return play(this); }
  anotherTake() { return anotherTake(this); }
  redrawFrame() { return redrawFrame(this); }

  spaceUp() {
    if (!this.parts || !this.editor.space) return;
    this.editor.space = false;
    if (!this.editor.panned) this.play();
  }

  async approve() {
    if (this.parts.approve.getAttribute("aria-busy") === "true") return;
    await attempt(async () => {
      await this.saver.flushed();
      if (this.waits) {
        const said = await getJson(`${this.base}/verdict`, { json: { gate: "refinement", kind: "approve", question: this.session.question }, keepalive: true });
        toast(said.message, said.stored ? "good" : "info");
      } else {
        await getJson(`/api/jobs/${this.job}/continue`, { method: "POST", keepalive: true });
      }
      const { actions } = await getJson(`/api/jobs/${this.job}`);
      const next = actions.find((each) => each.status === "awaiting_refinement" && !each.answered && each.refinable && each.name !== this.action);
      location.assign(next ? `/jobs/${this.job}/refine/${next.name}` : `/jobs/${this.job}`);
    }, this.parts.approve);
  }
}
customElements.define("pc-refine", Refine);
