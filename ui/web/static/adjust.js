// Adjusts a finished sticker: place, outline, colours, first frame. One frame is shown at once as it will be.
import { attempt, dialog, h, toast } from "./dom.js";
import { morphChildren } from "./morph.js";
import { getBitmap, getJson, request } from "./http.js";
import { AdjustmentStore, ofSticker, STILL, withColour, withSticker } from "./adjust-state.js";
import { colourControls, medianColour, outlineControls, slider } from "./adjust-controls.js";
import { t, titleOf } from "./i18n.js";

const SIDE = 320;
const BY_KEY = /** @type {Record<string, [keyof import("./adjust-state.js").Nudge, number]>} */ ({ ArrowLeft: ["x", -2], ArrowRight: ["x", 2], ArrowUp: ["y", -2], ArrowDown: ["y", 2], "+": ["scale", 0.02], "=": ["scale", 0.02], "-": ["scale", -0.02], "]": ["angle", 2], "[": ["angle", -2] });
const LIMITS = { x: [-240, 240, 1], y: [-240, 240, 1], scale: [0.5, 2, 0.01], angle: [-180, 180, 1] };

export class Adjust extends HTMLElement {
  job = "";
  action = "";
  /** @type {{ frames: string[], colours: string[], scale: number } | null} */
  made = null;
  frame = "";
  isPicking = false;
  isOfFrame = false;
  colour = "";
  turn = 0;

  async connectedCallback() {
    this.base = `/api/jobs/${this.job}/actions/${this.action}`;
    this.store = new AdjustmentStore(this.job, { changed: () => this.draw(), refused: (text) => toast(text, "bad"), saved: () => this.tell(t("save.saved")) });
    this.replaceChildren(h("p", { class: "loading", role: "status" }, t("page.loading")));
    const made = await attempt(async () => { await this.store.load(); return getJson(`${this.base}/adjustable`); });
    if (!made || !this.isConnected) return;
    this.made = made;
    this.frame = ofSticker(this.store.now, this.action).first ?? made.frames[0];
    this.canvases = ["light", "dark"].map((kind) => h("canvas", { width: SIDE, height: SIDE, class: `on-${kind}` }));
    this.stage = h("div", { class: "adjust-stage", tabindex: "0", role: "application", "aria-label": t("adjust.stage"), onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event), onpointerdown: (/** @type {PointerEvent} */ event) => this.press(event) }, this.canvases);
    this.controls = h("div", { class: "adjust-controls" });
    this.told = h("p", { class: "sr", role: "status" });
    this.replaceChildren(h("p", { class: "quiet" }, t("adjust.hint")), this.told, this.stage, this.controls);
    this.draw();
  }

  /** Say what has happened, to who cannot see it. @param {string} text */
  tell(text) { if (this.told) this.told.textContent = text; }

  get own() { return ofSticker(this.store.now, this.action); }

  /** What the sliders and the keys move: the frame or the sticker. */
  get nudge() { return this.isOfFrame ? this.own.frames[this.frame] ?? STILL : this.own.nudge; }

  /** @param {Partial<import("./adjust-state.js").Nudge>} change @param {string} kind */
  move(change, kind) {
    const next = { ...this.nudge, ...change };
    for (const [name, [least, most]] of Object.entries(LIMITS)) {
      const key = /** @type {keyof import("./adjust-state.js").Nudge} */ (name);
      next[key] = Math.min(most, Math.max(least, Math.round(next[key] * 100) / 100));
    }
    this.store.change(withSticker(this.store.now, this.action, this.isOfFrame ? { frames: { ...this.own.frames, [this.frame]: next } } : { nudge: next }), kind);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = BY_KEY[event.key];
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") event.shiftKey ? this.store.redo() : this.store.undo();
    else if (step && !event.ctrlKey && !event.metaKey) this.move({ [step[0]]: this.nudge[step[0]] + step[1] * (event.shiftKey ? 5 : 1) }, `key ${step[0]}`);
    else return;
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  press(event) {
    const canvas = /** @type {HTMLElement} */ (event.target);
    if (canvas.tagName !== "CANVAS" || event.button) return;
    this.stage.focus({ preventScroll: true });
    const box = canvas.getBoundingClientRect();
    const ratio = SIDE / box.width;
    if (this.isPicking) { this.pick((event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio); return; }
    event.preventDefault();
    const start = this.nudge;
    const scale = ratio * /** @type {any} */ (this.made).scale;
    this.store.settle();
    canvas.setPointerCapture(event.pointerId);
    canvas.onpointermove = (now) => this.move({ x: start.x + (now.clientX - event.clientX) * scale, y: start.y + (now.clientY - event.clientY) * scale }, "drag");
    canvas.onpointerup = canvas.onpointercancel = () => { canvas.onpointermove = null; this.store.settle(); };
  }

  /** Take the colour at a place as it was drawn. @param {number} x @param {number} y */
  async pick(x, y) {
    const found = medianColour(await this.look({ ...this.store.now, recolours: [] }), x, y);
    if (!found) return;
    this.choose(found);
    /** @type {HTMLElement | null} */ (this.controls.querySelector("[data-key=target-0]"))?.focus();
  }

  /** @param {string} colour */
  choose(colour) {
    this.colour = colour;
    this.draw();
  }

  /** @param {import("./adjust-state.js").Adjustments} all */
  look(all) { return getBitmap(`${this.base}/looks/${this.frame}`, { json: all }); }

  async show() {
    const turn = ++this.turn;
    if (this.isLooking) return;
    this.isLooking = true;
    const bitmap = await attempt(() => this.look(this.store.now));
    this.isLooking = false;
    if (bitmap) for (const canvas of this.canvases) {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, SIDE, SIDE);
      context.drawImage(bitmap, 0, 0);
    }
    if (turn !== this.turn && this.isConnected) this.show();
  }

  draw() {
    if (!this.made) return;
    const { own, nudge, store, made } = this;
    const isFirst = (own.first ?? made.frames[0]) === this.frame;
    /** @param {string} key @param {string} text @param {boolean} isOn @param {() => void} work */
    const toggle = (key, text, isOn, work) => h("button", { type: "button", "data-key": key, "aria-pressed": String(isOn), onclick: work }, text);
    /** @param {string} key @param {string} text @param {() => void} work @param {boolean} can */
    const button = (key, text, work, can = true) => h("button", { type: "button", "data-key": key, disabled: !can, onclick: work }, text);
    const strip = h("div", { class: "adjust-frames", role: "group", "aria-label": t("adjust.frames") }, made.frames.map((frame, at) => h("button", {
      type: "button", "data-key": `frame-${frame}`, class: (own.first ?? made.frames[0]) === frame ? "first" : "", "aria-pressed": String(frame === this.frame), "aria-label": t("adjust.frame", { number: at + 1 }), onclick: () => { this.frame = frame; this.draw(); } },
    h("img", { src: `${this.base}/refined/${frame}`, alt: "", loading: "lazy", width: 44, height: 44 }))));
    const parts = [
      strip,
      h("div", { class: "row" }, toggle("first", t("adjust.first"), isFirst, () => store.change(withSticker(store.now, this.action, { first: this.frame === made.frames[0] ? null : this.frame }))),
        h("div", { class: "segments", role: "group", "aria-label": t("adjust.what") }, toggle("whole", t("adjust.whole"), !this.isOfFrame, () => { this.isOfFrame = false; this.draw(); }), toggle("one", t("adjust.one"), this.isOfFrame, () => { this.isOfFrame = true; this.draw(); }))),
      h("div", { class: "adjust-sliders" }, Object.entries(LIMITS).map(([name, limits]) => slider(name, t(`adjust.${name}`), /** @type {any} */ (nudge)[name], limits, (value) => this.move({ [name]: value }, `slide ${name}`), () => store.settle()))),
      outlineControls(this), colourControls(this),
      h("div", { class: "row" }, button("undo", t("character.undo"), () => store.undo(), store.past.length > 0), button("redo", t("character.redo"), () => store.redo(), store.future.length > 0),
        button("reset", t("adjust.reset"), () => store.change({ ...store.now, stickers: Object.fromEntries(Object.entries(store.now.stickers).filter(([name]) => name !== this.action)) }), this.action in store.now.stickers))];
    const shown = new Map(parts.flatMap((part) => [.../** @type {NodeListOf<HTMLInputElement>} */ (part.querySelectorAll("input[data-key]"))])
      .map((each) => [each.dataset.key, { value: each.value, checked: each.checked }]));
    // Controls stay in place, so that a slider can be dragged on; what they show follows an undo, too.
    morphChildren(this.controls, parts);
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (this.controls.querySelectorAll("input[data-key]"))) {
      const { value, checked } = shown.get(input.dataset.key) ?? input;
      if (input.value !== value) input.value = value;
      input.checked = checked;
    }
    this.show();
  }
}
customElements.define("pc-adjust", Adjust);

/** Adjust a sticker in a dialog. @param {string} job @param {any} sticker @param {() => void} onMade hears that stickers are being made again */
export function adjustDialog(job, sticker, onMade) {
  const panel = /** @type {Adjust} */ (h("pc-adjust", { job, action: sticker.action }));
  const make = h("button", { type: "button", class: "primary", onclick: () => attempt(async () => {
    await panel.store.saved();
    await request(`/api/jobs/${job}/continue`, { method: "POST" });
    box.close();
    onMade();
  }, make) }, t("adjust.make"));
  const box = dialog(t("adjust.title", { title: titleOf({ ...sticker, name: sticker.action }) }), panel, [make], true);
}
