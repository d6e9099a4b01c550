import { CURSOR_HELP, cursorKey, enter, leave } from "./cursor.js";
import { h } from "./dom.js";
import { paint } from "./editor-paint.js";

const BACKDROPS = ["checker", "black", "white", "magenta", "chat"];
const NEAR = 11;

/**
 * The canvas on which one picture is clicked and brushed. It knows nothing of jobs: it shows `layers`, and tells of
 * clicks and strokes by the events "edit" (a change of `edits`), "look" (of the view) and "locked" (none is taken now).
 * Places in a picture are in its pixels; what is drawn over it (points, brush, crosshair) is in pixels of the screen.
 */
export class Editor extends HTMLElement {
  layers = { raw: null, cut: null, mask: null, before: null, after: null };
  edits = { clicks: [], strokes: [] };
  tool = "add";
  brush = 14;
  opacity = 0.35;
  backdrop = "checker";
  onion = false;
  beside = false;
  hidden_ = false;

  connectedCallback() {
    this.canvas = h("canvas", { tabindex: 0, role: "application", "aria-label": "Picture to click and brush on", "aria-describedby": "canvas-help" });
    this.voice = h("span", { class: "sr", role: "status", "aria-live": "polite" });
    this.replaceChildren(this.canvas, h("span", { class: "sr", id: "canvas-help" }, CURSOR_HELP), this.voice);
    this.pen = this.canvas.getContext("2d");
    this.view = { scale: 1, x: 0, y: 0 };
    this.fitted = true;
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.canvas);
    const on = (name, work) => this.canvas.addEventListener(name, work.bind(this), name === "wheel" ? { passive: false } : undefined);
    on("pointerdown", this.down);
    on("pointermove", this.move);
    on("pointerup", this.up);
    on("pointercancel", this.up);
    on("focus", () => { if (this.width && this.canvas.matches(":focus-visible")) enter(this); });
    on("blur", () => leave(this));
    on("pointerleave", () => { this.cursor = this.keyed ? this.cursor : null; this.redraw(); });
    on("contextmenu", (event) => event.preventDefault());
    on("wheel", this.wheel);
    this.pointers = new Map();
  }

  disconnectedCallback() { this.watch.disconnect(); }

  /** Show another picture of this size. */
  size(width, height) {
    const changed = width !== this.width || height !== this.height;
    Object.assign(this, { width, height });
    if (changed) this.fit();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    if (this.fitted) this.fit();
    this.redraw();
  }

  get span() { return this.beside ? this.width * 2 + 16 : this.width; }

  fit() {
    if (!this.width) return;
    const { clientWidth, clientHeight } = this.canvas;
    const room = { left: Math.min(76, clientWidth * 0.15), top: 64, right: 16, bottom: 52 };
    const across = clientWidth - room.left - room.right;
    const down = clientHeight - room.top - room.bottom;
    const scale = Math.max(0.05, Math.min(across / this.span, down / this.height));
    this.view = { scale, x: room.left + (across - this.span * scale) / 2, y: room.top + (down - this.height * scale) / 2 };
    this.fitted = true;
    this.redraw();
  }

  zoom(factor, at = { x: this.canvas.clientWidth / 2, y: this.canvas.clientHeight / 2 }) {
    const scale = Math.min(40, Math.max(0.05, this.view.scale * factor));
    const grown = scale / this.view.scale;
    this.view = { scale, x: at.x - (at.x - this.view.x) * grown, y: at.y - (at.y - this.view.y) * grown };
    this.fitted = false;
    this.redraw();
  }

  /** Where an event is, in CSS pixels of the canvas. */
  screen(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** A place on the canvas as a place in the picture. */
  place({ x, y }) {
    let across = (x - this.view.x) / this.view.scale;
    if (this.beside && across >= this.width + 8) across -= this.width + 16;
    return { x: across, y: (y - this.view.y) / this.view.scale };
  }

  onCanvas({ x, y }) { return { x: this.view.x + x * this.view.scale, y: this.view.y + y * this.view.scale }; }

  /** A place in the picture as a place on the screen; tests click there. */
  spot(place) {
    const box = this.canvas.getBoundingClientRect();
    const { x, y } = this.onCanvas(place);
    return { x: box.left + x, y: box.top + y };
  }

  inside({ x, y }) { return x >= 0 && y >= 0 && x < this.width && y < this.height; }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.screen(event);
    this.pointers.set(event.pointerId, at);
    if (this.drag?.byKey) this.drag = null;
    this.keyed = false;
    if (this.pointers.size === 2) {
      this.drag = null;
      this.pinch = this.spread();
      return;
    }
    if (this.space || event.button === 1 || this.tool === "pan") {
      this.drag = { kind: "pan", at };
      this.panned = false;
      return;
    }
    const place = this.place(at);
    if (this.tool === "erase" || this.tool === "restore") {
      const away = event.button === 2 || event.altKey;
      const mode = away === (this.tool === "erase") ? "restore" : "erase";
      this.drag = { kind: "stroke", stroke: { points: [place], radius: this.brush, mode } };
      this.redraw();
    } else if (this.inside(place)) {
      const away = (event.button === 2 || event.altKey || event.shiftKey) !== (this.tool === "away");
      // A finger may be the first of two that zoom: it clicks when it leaves.
      if (event.pointerType === "touch") this.drag = { kind: "tap", place, positive: !away, at };
      else this.click(place, !away, at);
    }
  }

  /** A click at a place: it adds or takes away; on a point it removes that. */
  click(place, positive, at = null) {
    const { clicks } = this.edits;
    const found = at && clicks.findIndex((each) => {
      const x = this.view.x + each.x * this.view.scale - at.x;
      const y = this.view.y + each.y * this.view.scale - at.y;
      return Math.hypot(x, y) < NEAR;
    });
    const rounded = { x: Math.round(place.x * 100) / 100, y: Math.round(place.y * 100) / 100, positive };
    const next = found !== null && found >= 0 ? clicks.filter((_, index) => index !== found)
      : [...clicks.filter((each) => Math.floor(each.x) !== Math.floor(place.x) || Math.floor(each.y) !== Math.floor(place.y)), rounded];
    this.change({ clicks: next });
  }

  move(event) {
    const at = this.screen(event);
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, at);
    if (this.pinch && this.pointers.size === 2) {
      const now = this.spread();
      this.view.x += now.x - this.pinch.x;
      this.view.y += now.y - this.pinch.y;
      this.zoom(now.wide / this.pinch.wide, now);
      this.pinch = now;
      return;
    }
    if (this.keyed) return;
    this.cursor = this.place(at);
    if (this.drag?.kind === "pan") {
      this.view.x += at.x - this.drag.at.x;
      this.view.y += at.y - this.drag.at.y;
      this.drag.at = at;
      this.panned = true;
      this.fitted = false;
    } else if (this.drag?.kind === "stroke") {
      for (const each of event.getCoalescedEvents?.() ?? [event]) this.drag.stroke.points.push(this.place(this.screen(each)));
    }
    this.redraw();
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size < 2) this.pinch = null;
    if (this.drag?.kind === "stroke" && event.type === "pointerup") {
      const { stroke } = this.drag;
      this.drag = null;
      this.stroke(stroke);
    }
    const tap = this.drag?.kind === "tap" && event.type === "pointerup" ? this.drag : null;
    if (!this.drag?.byKey) this.drag = null;
    if (!tap) return;
    const { x, y } = this.screen(event);
    if (Math.hypot(x - tap.at.x, y - tap.at.y) < NEAR) this.click(tap.place, tap.positive, tap.at);
  }

  /** A drag of the brush is over. */
  stroke(stroke) {
    const points = thinned(stroke.points, 0.7 / this.view.scale);
    this.change({ strokes: [...this.edits.strokes, { ...stroke, points }] });
  }

  pan(across, down) {
    this.view = { ...this.view, x: this.view.x + across, y: this.view.y + down };
    this.fitted = false;
    this.redraw();
  }

  spread() {
    const [a, b] = [...this.pointers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, wide: Math.max(10, Math.hypot(a.x - b.x, a.y - b.y)) };
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 400)), this.screen(event));
  }

  change(changes) {
    if (this.locked) return void this.dispatchEvent(new CustomEvent("locked"));
    const before = this.edits;
    this.edits = { ...this.edits, ...changes };
    this.redraw();
    this.dispatchEvent(new CustomEvent("edit", { detail: { before, after: this.edits, what: changes.clicks ? "clicks" : "strokes" } }));
  }

  /** A key of the cursor, while it is in use, or one of the view. True if it was one. */
  key(event) {
    if (this.keyed && cursorKey(this, event)) return true;
    if (event.ctrlKey || event.metaKey) return false;
    const name = event.key.toLowerCase();
    const works = {
      k: () => this.byKeys(),
      f: () => this.fit(),
      z: () => this.zoom(event.shiftKey ? 0.8 : 1.25, this.keyed ? this.onCanvas(this.cursor) : undefined),
      "+": () => this.zoom(1.25),
      "=": () => this.zoom(1.25),
      "-": () => this.zoom(0.8),
      "[": () => { this.brush = Math.max(1, Math.round(this.brush * 0.8)); },
      "]": () => { this.brush = Math.min(200, Math.ceil(this.brush * 1.25)); },
      b: () => { this.backdrop = BACKDROPS[(BACKDROPS.indexOf(this.backdrop) + 1) % BACKDROPS.length]; },
      h: () => { this.hidden_ = !this.hidden_; },
      o: () => { this.onion = !this.onion; },
      s: () => { this.beside = !this.beside; this.fit(); },
    };
    if (event.shiftKey && name.startsWith("arrow")) {
      this.byKeys();
      cursorKey(this, event);
    } else if (works[name]) works[name]();
    else return false;
    this.redraw();
    this.dispatchEvent(new CustomEvent("look"));
    return true;
  }

  /** Work on by keyboard. */
  byKeys() {
    this.canvas.focus({ preventScroll: true });
    enter(this);
  }

  redraw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; paint(this); });
  }
}
customElements.define("pc-editor", Editor);

/** Leave out points that are nearer than `least` to the one before. */
function thinned(points, least) {
  const kept = [points[0]];
  for (const each of points) {
    const last = kept.at(-1);
    if (Math.hypot(each.x - last.x, each.y - last.y) >= least) kept.push(each);
  }
  return kept.slice(0, 8000).map(({ x, y }) => ({ x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 }));
}

export const TOOLS = [
  ["add", "+", "Add by clicks (1)"], ["away", "−", "Take away by clicks (2)"], ["erase", "⌫", "Erase with a brush (3)"],
  ["restore", "✎", "Restore with a brush (4)"], ["pan", "✋", "Move the view (5)"],
];

export const picture = async (url, options) => {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? "The picture could not be had.");
  return createImageBitmap(await answer.blob());
};
