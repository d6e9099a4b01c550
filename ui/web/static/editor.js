import { h } from "./dom.js";

const BACKDROPS = ["checker", "black", "white", "magenta", "chat"];
const FLAT = { black: "#000", white: "#fff", magenta: "#f0f", chat: "#8cabd9" };
const POINT = 8;
const NEAR = 11;

/**
 * The canvas on which one picture is clicked and brushed. It knows nothing of jobs: it shows `layers`, and tells of
 * clicks and strokes by the events "edit" (a change of `edits`), "preview" (only the mask is wanted) and "look".
 * Places in a picture are in its pixels; what is drawn over it (points, brush, crosshair) is in pixels of the screen.
 */
export class Editor extends HTMLElement {
  layers = { raw: null, cut: null, mask: null, before: null, after: null };
  edits = { clicks: [], strokes: [] };
  tool = "add";
  brush = 14;
  opacity = 0.45;
  backdrop = "checker";
  onion = false;
  beside = false;
  hidden_ = false;

  connectedCallback() {
    this.canvas = h("canvas", { tabindex: 0, role: "application", "aria-label": "Picture. Shift and arrows move the crosshair, P places a click or a dab, N takes away." });
    this.replaceChildren(this.canvas);
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

  /** A place in the picture as a place on the canvas; tests click there. */
  spot({ x, y }) {
    const box = this.canvas.getBoundingClientRect();
    return { x: box.left + this.view.x + x * this.view.scale, y: box.top + this.view.y + y * this.view.scale };
  }

  inside({ x, y }) { return x >= 0 && y >= 0 && x < this.width && y < this.height; }

  down(event) {
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.screen(event);
    this.pointers.set(event.pointerId, at);
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
      this.click(place, !away, at);
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
      stroke.points = thinned(stroke.points, 0.7 / this.view.scale);
      this.drag = null;
      this.change({ strokes: [...this.edits.strokes, stroke] });
    }
    this.drag = null;
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
    const before = this.edits;
    this.edits = { ...this.edits, ...changes };
    this.redraw();
    this.dispatchEvent(new CustomEvent("edit", { detail: { before, after: this.edits, what: changes.clicks ? "clicks" : "strokes" } }));
  }

  /** Keys of the canvas itself. True if the key was one. */
  key(event) {
    const step = event.altKey ? 1 : 10;
    const arrows = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.shiftKey && arrows[event.key]) {
      const at = this.cursor ?? { x: this.width / 2, y: this.height / 2 };
      const [x, y] = arrows[event.key];
      this.cursor = { x: Math.min(this.width - 1, Math.max(0, at.x + x)), y: Math.min(this.height - 1, Math.max(0, at.y + y)) };
      this.keyed = true;
    } else if (["p", "n"].includes(event.key.toLowerCase()) && !event.ctrlKey && !event.metaKey) {
      const at = this.cursor ?? { x: this.width / 2, y: this.height / 2 };
      this.cursor = at;
      this.keyed = true;
      const brush = this.tool === "erase" || this.tool === "restore";
      if (brush) this.change({ strokes: [...this.edits.strokes, { points: [at], radius: this.brush, mode: event.key.toLowerCase() === "p" ? this.tool : this.tool === "erase" ? "restore" : "erase" }] });
      else this.click(at, (event.key.toLowerCase() === "p") !== (this.tool === "away"));
    } else if (event.key.toLowerCase() === "f" && !event.ctrlKey) this.fit();
    else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "[") this.brush = Math.max(1, Math.round(this.brush * 0.8));
    else if (event.key === "]") this.brush = Math.min(200, Math.ceil(this.brush * 1.25));
    else if (event.key.toLowerCase() === "b") this.backdrop = BACKDROPS[(BACKDROPS.indexOf(this.backdrop) + 1) % BACKDROPS.length];
    else if (event.key.toLowerCase() === "h") this.hidden_ = !this.hidden_;
    else if (event.key.toLowerCase() === "o") this.onion = !this.onion;
    else if (event.key.toLowerCase() === "s" && !event.ctrlKey && !event.metaKey) { this.beside = !this.beside; this.fit(); }
    else return false;
    this.redraw();
    this.dispatchEvent(new CustomEvent("look"));
    return true;
  }

  redraw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.paint(); });
  }

  paint() {
    if (!this.width || !this.pen) return;
    const { pen, canvas } = this;
    const ratio = canvas.width / Math.max(1, canvas.clientWidth);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const { scale, x, y } = this.view;
    const put = (shift) => pen.setTransform(scale * ratio, 0, 0, scale * ratio, (x + shift * scale) * ratio, y * ratio);
    put(0);
    pen.imageSmoothingEnabled = scale * ratio < 3;
    pen.imageSmoothingQuality = "high";
    this.ground();
    const { raw, cut, mask, before, after } = this.layers;
    if (this.onion && before) this.tinted(before, "#ff5252", 0.35);
    if (this.onion && after) this.tinted(after, "#2f80ff", 0.35);
    if (cut) pen.drawImage(this.live(cut), 0, 0, this.width, this.height);
    if (mask && !this.hidden_ && this.tool !== "erase" && this.tool !== "restore") {
      pen.globalAlpha = this.opacity;
      pen.drawImage(mask, 0, 0, this.width, this.height);
      pen.globalAlpha = 1;
    }
    if (this.beside && raw) {
      put(this.width + 16);
      pen.drawImage(raw, 0, 0, this.width, this.height);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.marks();
  }

  ground() {
    const { pen } = this;
    if (FLAT[this.backdrop]) {
      pen.fillStyle = FLAT[this.backdrop];
      pen.fillRect(0, 0, this.width, this.height);
      return;
    }
    const side = 10 / this.view.scale;
    if (!this.tile) {
      this.tile = new OffscreenCanvas(2, 2);
      const small = this.tile.getContext("2d");
      small.fillStyle = "#fff";
      small.fillRect(0, 0, 2, 2);
      small.fillStyle = "#dcdae4";
      small.fillRect(0, 0, 1, 1);
      small.fillRect(1, 1, 1, 1);
    }
    const pattern = pen.createPattern(this.tile, "repeat");
    pattern.setTransform(new DOMMatrix([side, 0, 0, side, 0, 0]));
    const smooth = pen.imageSmoothingEnabled;
    pen.imageSmoothingEnabled = false;
    pen.fillStyle = pattern;
    pen.fillRect(0, 0, this.width, this.height);
    pen.imageSmoothingEnabled = smooth;
  }

  tinted(image, colour, alpha) {
    const sheet = new OffscreenCanvas(this.width, this.height);
    const small = sheet.getContext("2d");
    small.drawImage(image, 0, 0, this.width, this.height);
    small.globalCompositeOperation = "source-atop";
    small.globalAlpha = 0.7;
    small.fillStyle = colour;
    small.fillRect(0, 0, this.width, this.height);
    this.pen.globalAlpha = alpha;
    this.pen.drawImage(sheet, 0, 0);
    this.pen.globalAlpha = 1;
  }

  /** The cutout with the strokes that the server has not answered yet, so that a brush is never late. */
  live(cut) {
    const strokes = [...(this.unsettled ?? []), ...(this.drag?.kind === "stroke" ? [this.drag.stroke] : [])];
    if (!strokes.length) return cut;
    const sheet = new OffscreenCanvas(this.width, this.height);
    const small = sheet.getContext("2d");
    small.drawImage(cut, 0, 0, this.width, this.height);
    for (const stroke of strokes) {
      const trace = (pen) => {
        pen.lineWidth = stroke.radius * 2;
        pen.lineCap = pen.lineJoin = "round";
        pen.beginPath();
        stroke.points.forEach(({ x, y }, index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
        const [first] = stroke.points;
        if (stroke.points.length === 1) pen.lineTo(first.x + 0.01, first.y);
        pen.stroke();
      };
      if (stroke.mode === "erase") {
        small.globalCompositeOperation = "destination-out";
        trace(small);
        small.globalCompositeOperation = "source-over";
      } else if (this.layers.raw) {
        const patch = new OffscreenCanvas(this.width, this.height);
        const other = patch.getContext("2d");
        trace(other);
        other.globalCompositeOperation = "source-in";
        other.drawImage(this.layers.raw, 0, 0, this.width, this.height);
        small.drawImage(patch, 0, 0);
      }
    }
    return sheet;
  }

  marks() {
    const { pen } = this;
    const { scale, x, y } = this.view;
    for (const each of this.edits.clicks) {
      const at = { x: x + each.x * scale, y: y + each.y * scale };
      pen.beginPath();
      pen.arc(at.x, at.y, POINT, 0, 7);
      pen.fillStyle = each.positive ? "#1c1933" : "#d3261f";
      pen.fill();
      pen.lineWidth = 2;
      pen.strokeStyle = "#fff";
      pen.stroke();
      pen.beginPath();
      pen.moveTo(at.x - 4, at.y);
      pen.lineTo(at.x + 4, at.y);
      if (each.positive) { pen.moveTo(at.x, at.y - 4); pen.lineTo(at.x, at.y + 4); }
      pen.stroke();
    }
    if (!this.cursor || !this.inside(this.cursor)) return;
    const at = { x: x + this.cursor.x * scale, y: y + this.cursor.y * scale };
    const brush = this.tool === "erase" || this.tool === "restore";
    const cross = (left) => {
      pen.beginPath();
      pen.moveTo(left - 9, at.y);
      pen.lineTo(left + 9, at.y);
      pen.moveTo(left, at.y - 9);
      pen.lineTo(left, at.y + 9);
      for (const [wide, colour] of [[3, "#fff"], [1, "#000"]]) { pen.lineWidth = wide; pen.strokeStyle = colour; pen.stroke(); }
    };
    if (brush) {
      for (const [wide, colour] of [[3, "#fff"], [1, "#000"]]) {
        pen.beginPath();
        pen.arc(at.x, at.y, this.brush * scale, 0, 7);
        pen.lineWidth = wide;
        pen.strokeStyle = colour;
        pen.stroke();
      }
    } else if (this.keyed) cross(at.x);
    if (this.beside) cross(at.x + (this.width + 16) * scale);
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
