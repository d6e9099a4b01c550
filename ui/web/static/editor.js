import { CURSOR_HELP, cursorKey, enter, leave } from "./cursor.js";
import { h } from "./dom.js";
import { paint } from "./editor-paint.js";
import { listenToPointers } from "./editor-pointers.js";
import { t } from "./i18n.js";

const BACKDROPS = ["checker", "black", "white", "magenta", "chat"];
/** How near a point on the screen a click has to be to mean it, CSS pixels. */
export const NEAR = 11;

/**
 * The canvas on which one picture is clicked and brushed. It knows nothing of jobs: it shows `layers`, and tells of
 * clicks and strokes by the events "edit" (a change of `edits`), "look" (of the view) and "locked" (none is taken now).
 * Places in a picture are in its pixels; what is drawn over it (points, brush, crosshair) is in pixels of the screen.
 */
export class Editor extends HTMLElement {
  /** @type {Record<string, ImageBitmap | null>} */
  layers = { raw: null, cut: null, mask: null, before: null, after: null };
  /** @type {{ clicks: import("./edits.js").Click[], strokes: import("./edits.js").Stroke[] }} */
  edits = { clicks: [], strokes: [] };
  tool = "add";
  brush = 14;
  opacity = 0.35;
  backdrop = "checker";
  onion = false;
  beside = false;
  /** Whether what was cut away shows faintly. */
  ghost = false;
  hidden_ = false;
  locked = false;
  keyed = false;
  space = false;
  panned = false;
  width = 0;
  height = 0;
  /** @type {{ x: number, y: number } | null} */
  cursor = null;
  /** @type {any} what a pointer or the keyboard drags just now */
  drag = null;
  pinch = null;
  /** @type {import("./edits.js").Stroke[]} strokes that the server has not applied yet */
  unsettled = [];
  pending = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  saying = undefined;
  probe = null;

  connectedCallback() {
    this.canvas = h("canvas", { tabindex: 0, role: "application", "aria-label": t("tools.canvas"), "aria-describedby": "canvas-help" });
    this.voice = h("span", { class: "sr", role: "status", "aria-live": "polite" });
    this.replaceChildren(this.canvas, h("span", { class: "sr", id: "canvas-help" }, CURSOR_HELP), this.voice);
    this.pen = this.canvas.getContext("2d");
    this.view = { scale: 1, x: 0, y: 0 };
    this.fitted = true;
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.canvas);
    const on = (name, handle) => this.canvas.addEventListener(name, handle);
    listenToPointers(this);
    on("focus", () => { if (this.width && this.canvas.matches(":focus-visible")) enter(this); });
    on("blur", () => leave(this));
    on("pointerleave", () => { this.cursor = this.keyed ? this.cursor : null; this.redraw(); });
    on("contextmenu", (event) => event.preventDefault());
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
  ["add", "+", t("tools.add")], ["away", "−", t("tools.away")], ["erase", "⌫", t("tools.erase")],
  ["restore", "✎", t("tools.restore")], ["pan", "✋", t("tools.pan")],
];
