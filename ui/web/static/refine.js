import { carryToAll } from "./carry.js";
import { attempt, call, debounce, getJson, h, toast } from "./dom.js";
import { picture } from "./editor.js";
import "./film-strip.js";
import { alike, History } from "./history.js";
import { patchAll } from "./patch.js";
import { play } from "./player.js";
import { pressed } from "./refine-keys.js";
import { able, layOut } from "./refine-layout.js";
import { heard, listen, wentOver } from "./refine-others.js";
import { Saver } from "./saver.js";
import "./sticker-preview.js";
import { anotherTake, redrawFrame } from "./wishes.js";

const RAW = { clicks: [], strokes: [], mask: "", effects: true };
/** How long a save waits for the mask of the click that it holds. */
const LATE_MS = 300;
/** Resolves when what was drawn just now is on the screen: in a tab that is not seen, never. */
const painted = () => new Promise((over) => requestAnimationFrame(() => requestAnimationFrame(over)));
const counted = (list, what) => list.length && `${list.length} ${what}${list.length === 1 ? "" : "s"}`;

const isTouch = matchMedia("(pointer: coarse)");

function clickHint(isBegun) {
  if (isBegun) return isTouch.matches ? "− takes away. Carry to all frames when this one is right." : "Right-click takes away. Carry to all frames when this one is right.";
  return isTouch.matches ? "Tap what belongs to the character; with −, what does not." : "Click what belongs to the character; right-click what does not.";
}

/** Refine one action: the canvas, its film strip, the candidates, and the sticker as it will be exported. */
class Refine extends HTMLElement {
  connectedCallback() {
    this.base = `/api/jobs/${this.job}/actions/${this.action}`;
    this.keys = (event) => { if (this.parts && pressed(this, event)) event.preventDefault(); };
    this.keyUp = (event) => { if (event.code === "Space") this.spaceUp(); };
    document.addEventListener("keydown", this.keys);
    document.addEventListener("keyup", this.keyUp);
    window.addEventListener("beforeunload", (event) => { if (this.saver?.busy) event.preventDefault(); });
    this.replaceChildren(h("p", { class: "loading", role: "status" }, "Laying out the frames …"));
    return this.open();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.keys);
    document.removeEventListener("keyup", this.keyUp);
    clearTimeout(this.timer);
    this.deafen?.();
  }

  /** Show the action as the server holds it; again, when there is another take or a frame was drawn again. */
  async open() {
    try {
      this.session = await getJson(`${this.base}/edit-session`);
    } catch (error) {
      this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, "Not ready to refine"), h("p", {}, error.message), h("a", { class: "button", href: `/jobs/${this.job}` }, "Back to the job")));
      return;
    }
    document.title = `Refine ${this.session.title} · PopCon`;
    this.running = false;
    this.scores = new Map(Object.entries(JSON.parse(sessionStorage.getItem(`scores-${this.base}`) ?? "{}")));
    this.pictures = new Map();
    this.saver = new Saver(this.base, this.session, {
      told: (text) => this.tell(text), saved: (frame) => this.saved(frame),
      over: (frame, theirs) => wentOver(this, frame, theirs), heard: (theirs) => heard(this, theirs),
    });
    layOut(this);
    this.history?.close();
    this.history = new History(this.base, () => this.undoable());
    this.history.load((change) => (change.slot === undefined ? this.saver.of(change.frame) : this.session.slots[change.slot]?.frame));
    this.editor.addEventListener("edit", ({ detail }) => this.edited(detail));
    this.editor.addEventListener("locked", () => this.play());
    this.editor.addEventListener("look", () => this.looks());
    this.use("add");
    this.deafen?.();
    this.deafen = listen(this);
    const kept = Number(sessionStorage.getItem(`slot-${this.base}`));
    await this.go(kept < this.session.slots.length ? kept : 0);
    this.saver.begin();
    this.export();
  }

  get slot() { return this.session.slots[this.at]; }
  get frame() { return this.slot.frame; }
  get editor() { return this.parts.editor; }
  get waits() { return this.session.status === "awaiting_refinement"; }

  tell(text) { this.parts.told.textContent = text; }
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
      const got = picture(url);
      got.catch(() => this.pictures.delete(url));
      this.pictures.set(url, got);
      if (this.pictures.size > 120) this.pictures.delete(this.pictures.keys().next().value);
    }
    return this.pictures.get(url);
  }

  async go(number, keepMask = false) {
    const count = this.session.slots.length;
    this.at = (number + count) % count;
    sessionStorage.setItem(`slot-${this.base}`, this.at);
    const { editor, frame } = this;
    const { clicks, strokes } = this.saver.of(frame);
    editor.size(this.session.width, this.session.height);
    editor.edits = { clicks, strokes };
    editor.unsettled = [];
    if (!keepMask) editor.layers.mask = null;
    this.marked();
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const neighbour = (by) => this.session.slots[(this.at + by + count) % count].frame;
    const wanted = [`${this.base}/frames/${frame}`, this.refined(frame), this.refined(neighbour(-1)), this.refined(neighbour(1))];
    const found = await attempt(() => Promise.all(wanted.map((url) => this.bitmap(url))));
    if (!found || turn !== this.turn) return;
    const [raw, cut, before, after] = found;
    Object.assign(editor.layers, { raw, cut, before, after });
    editor.redraw();
    this.drawInfo();
    if (!this.running) this.ahead([frame, neighbour(1), neighbour(-1)]);
  }

  ahead = debounce((frames) => {
    getJson("/api/masks/prefetch", { json: { job: this.job, action: this.action, frames } }).catch(() => {});
  }, 120);

  /** Bring the film strip up to date: pictures, pins, doubts, the present slot. */
  marked() {
    const machine = new Map(this.session.frames.map((each) => [each.frame, each]));
    this.parts.strip.show(this.session.slots.map(({ frame, chosen }) => {
      const edits = this.saver.of(frame);
      const pinned = edits.clicks.length > 0 || edits.strokes.length > 0;
      const score = edits.mask ? this.scores.get(edits.mask) : undefined;
      const doubtful = !pinned && (score !== undefined ? score < 0.5 : (machine.get(frame)?.doubt ?? 0) >= 0.5 && !edits.mask);
      return { picture: this.refined(frame), pinned, swapped: frame !== chosen, doubtful };
    }), this.at);
  }

  drawInfo() {
    const { slot, frame, parts } = this;
    const edits = this.saver.of(frame);
    const machine = this.session.frames.find((each) => each.frame === frame);
    const changed = [counted(edits.clicks, "click"), counted(edits.strokes, "stroke"), edits.mask && "a carried mask", !edits.effects && "effects off"].filter(Boolean);
    patchAll(parts.info, h("p", {}, `Frame ${this.at + 1} of ${this.session.slots.length}, ${slot.duration_ms} ms. ${changed.length ? `Changed: ${changed.join(", ")}.` : "As the machine cut it out."}`),
      machine?.reason && machine.doubt >= 0.5 ? h("p", { class: "note" }, machine.reason) : null);
    able(parts.reset, changed.length);
    able(parts.carry, this.carrying || this.session.slots.some((each) => this.saver.of(each.frame).clicks.length));
    parts.effects.setAttribute("aria-pressed", String(edits.effects));
    const name = (each) => (each === slot.chosen ? "chosen" : `#${each.split("-")[1]}`);
    parts.candidates.show(slot.candidates.map((each) => ({ frame: each, picture: this.refined(each), name: name(each), isNow: each === frame })));
    this.hints();
  }

  hints() {
    const { tool } = this.editor;
    this.parts.hint.textContent = this.carrying ? "Carrying to all frames … the button stops it." : tool === "add" || tool === "away"
      ? clickHint(this.editor.edits.clicks.length > 0)
      : tool === "pan" ? "Drag to move the view." : `Drag to ${tool}. Alt or the right button does the opposite.`;
  }

  use(tool) {
    this.editor.tool = tool;
    for (const each of this.parts.tools.querySelectorAll("[data-tool]")) each.setAttribute("aria-pressed", String(each.dataset.tool === tool));
    this.hints();
    this.editor.redraw();
  }

  looks() {
    const [, onion, beside] = this.parts.options.querySelectorAll("[data-look]");
    onion.setAttribute("aria-pressed", String(this.editor.onion));
    beside.setAttribute("aria-pressed", String(this.editor.beside));
    this.parts.options.querySelector("[data-of=brush]").value = this.editor.brush;
  }

  // What is changed

  edited({ before, after, what }) {
    const { frame } = this;
    const full = this.saver.of(frame);
    if (what === "strokes") this.editor.unsettled = [...(this.editor.unsettled ?? []), after.strokes.at(-1)];
    this.history.note({ frame, before: { ...full, ...before }, after: { ...full, ...after } });
    // The mask first: what a save sets going would make it late.
    const shown = what === "clicks" ? Promise.race([this.predict(frame, after.clicks).then(painted), new Promise((over) => setTimeout(over, LATE_MS))]) : null;
    this.keep(frame, { ...full, ...after }, shown);
  }

  /** Change some frames in one step, which undo takes back as a whole. */
  change(frames, make) {
    const steps = frames.map((frame) => ({ frame, before: this.saver.of(frame), after: make(this.saver.of(frame)) })).filter((each) => !alike(each.before, each.after));
    if (!steps.length) return;
    this.history.note(...steps);
    for (const { frame, after } of steps) this.saver.set(frame, after);
    this.unmask();
    this.go(this.at, true);
  }

  reset() { this.change([this.frame], () => RAW); }
  flipEffects() { this.change([this.frame], (edits) => ({ ...edits, effects: !edits.effects })); }

  effectsForAll() {
    const { effects } = this.saver.of(this.frame);
    this.change([...new Set(this.session.slots.map((each) => each.frame))], (edits) => ({ ...edits, effects }));
    this.tell(effects ? "Effects are shown on all frames." : "Effects are hidden on all frames.");
  }

  keep(frame, edits, shown = null) {
    this.saver.set(frame, edits, shown);
    this.marked();
    this.drawInfo();
  }

  undoable() {
    able(this.parts.undo, this.history?.past.length);
    able(this.parts.redo, this.history?.future.length);
  }

  undo() { this.turnTo(this.history.undo(), "Undone."); }
  redo() { this.turnTo(this.history.redo(), "Done again."); }

  async turnTo(step, said) {
    if (!step) return;
    for (const each of step) {
      if (each.slot !== undefined) await this.pick(each.slot, each.state, false);
      else this.saver.set(each.frame, each.state);
    }
    const here = step.some((each) => each.frame === this.frame || each.slot === this.at);
    const number = here || step[0].slot !== undefined ? this.at : this.number(step[0].frame);
    this.unmask();
    await this.go(Math.max(0, number));
    this.tell(said);
  }

  /** Show no mask, also not one that is on its way. */
  unmask() {
    this.asked = (this.asked ?? 0) + 1;
    this.predicting?.abort();
    this.editor.layers.mask = null;
  }

  /** The mask that the clicks ask for, as soon as it is known; the answer to an older click is dropped. */
  async predict(frame, clicks) {
    const turn = (this.asked = (this.asked ?? 0) + 1);
    this.predicting?.abort();
    if (!clicks.length) { this.editor.layers.mask = null; this.editor.redraw(); return; }
    this.predicting = new AbortController();
    const began = performance.now();
    try {
      const answer = await call("/api/masks/predict", { json: { job: this.job, action: this.action, frame, clicks }, signal: this.predicting.signal });
      const mask = await createImageBitmap(await answer.blob());
      if (turn !== this.asked || frame !== this.frame) return;
      this.editor.layers.mask = mask;
      this.editor.redraw();
      this.dispatchEvent(new CustomEvent("mask", { detail: (this.lastClickMs = performance.now() - began) }));
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, "bad");
    }
  }

  /** The server has saved a frame: show what it made of it. */
  async saved(frame) {
    this.marked();
    this.export();
    if (frame !== this.frame) return;
    const { version } = this.saver.of(frame);
    try {
      const cut = await this.bitmap(this.refined(frame));
      if (frame !== this.frame || version !== this.saver.of(frame).version) return;
      this.editor.layers.cut = cut;
      if (!this.saver.waits(frame)) this.editor.unsettled = [];
      this.editor.redraw();
    } catch (error) { toast(error.message, "bad"); }
  }

  async pick(number, frame, noted = true) {
    const slot = this.session.slots[number];
    if (slot.frame === frame) return;
    const before = slot.frame;
    this.tell("Swapping …");
    const next = await attempt(() => getJson(`${this.base}/slots/${number}/pick`, { method: "PUT", json: { base: null, frame: frame === slot.chosen ? "" : frame }, headers: { "x-popcon-author": this.saver.who } }));
    if (!next) { this.tell("Not swapped."); return; }
    this.session.slots[number] = next;
    if (noted) this.history.note({ slot: number, before, after: frame });
    this.tell("Saved.");
    if (noted || number === this.at) await this.go(number);
    this.export();
  }

  dropped(number, frame) {
    if (this.session.slots[number].candidates.includes(frame)) this.pick(number, frame);
  }

  // What comes out

  carry() { return carryToAll(this); }
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
      await this.saver.settled();
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
