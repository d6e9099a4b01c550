// Face and limbs: the parts that a character can move, as handles over its picture, and three actions that use them.
import { attempt, debounce, h, toast } from "./dom.js";
import { getJson } from "./http.js";
import { t, titleOf } from "./i18n.js";
import { LimbMarker } from "./rig-marker.js";
import { drawParts, likelyName, LIMBS, PAIRS, partNames, partOf, placed, removed, replaced, resized, SINGLES, withFeature, withLimb } from "./rig-parts.js";

/** @typedef {import("./rig-parts.js").Rig} Rig */

const SHOWN = ["laugh", "sleep", "wave"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class RigPanel extends HTMLElement {
  /** The picture that the parts are of, and how it is cut out. */
  picture = "";
  query = "";
  /** The kept rig; empty: as the machine finds it. */
  kept = "";
  /** @type {Rig | null} */
  rig = null;
  /** @type {(Rig | null)[]} */
  past = [];
  /** @type {(Rig | null)[]} */
  future = [];
  selected = "";
  /** @type {(rig: string) => void} hears the name of the rig to order with */
  onChange = () => {};
  /** @type {{ name: string, title: string }[]} */
  actions = [];

  connectedCallback() {
    this.stage = h("div", { class: "rig-stage" });
    this.told = h("p", { class: "quiet", role: "status" }, t("rig.finding"));
    this.tools = h("div", { class: "row" });
    this.samples = h("div", { class: "rig-samples" });
    this.body = h("div", { class: "given" }, this.stage, h("div", { class: "stack" }, this.told, this.tools, h("p", { class: "quiet", id: "rig-help" }, t("rig.help")), this.samples));
    const box = h("details", {}, h("summary", {}, t("rig.title"), " ", h("span", { class: "quiet" }, t("common.optional"))), this.body);
    box.addEventListener("toggle", () => { if (box.open && !this.rig) this.find(); });
    this.replaceChildren(box);
    this.addEventListener("keydown", (event) => this.key(event));
    if (this.kept) box.open = true;
  }

  get base() { return `/api/pictures/${this.picture}/rig`; }

  /** Take the parts as they are kept, or as the machine finds them. */
  async find() {
    const rig = await attempt(() => getJson(`${this.base}?${this.query}&rig=${this.kept}`));
    if (!rig || !this.isConnected) return;
    this.rig = rig;
    this.draw();
    this.sample();
  }

  draw() {
    const focused = this.contains(document.activeElement) ? this.selected : "";
    this.stage.replaceChildren(drawParts(this.rig, `/api/pictures/${this.picture}/character?${this.query}`, {
      select: (name) => { this.selected = name; this.drawTools(); }, drag: (name, handle, event) => this.drag(name, handle, event),
    }));
    if (focused) this.focusPart(focused);
    this.drawTools();
    const names = partNames(this.rig);
    this.told.textContent = names.length ? t("rig.found", { count: names.length }) : t("rig.nothing");
  }

  focusPart(name) { /** @type {any} */ (this.stage.querySelector(`[data-part="${name}"]`))?.focus({ preventScroll: true }); }

  drawTools() {
    const button = (text, work, disabled = false) => h("button", { type: "button", onclick: work, disabled }, text);
    const { rig } = this;
    const before = [...this.tools.querySelectorAll("button, select")].indexOf(document.activeElement);
    this.tools.replaceChildren(
      button(t("rig.mark_limb"), () => this.mark(), rig.limbs.length > 11),
      ...PAIRS.map((kind) => button(t(`rig.add_${kind}`), () => this.add(kind), rig[kind].length > 1)),
      ...SINGLES.map((kind) => button(t(`rig.add_${kind}`), () => this.add(kind), Boolean(rig[kind]))),
      button(t("rig.remove"), () => this.remove(), !partNames(rig).includes(this.selected)),
      button(t("character.undo"), () => this.step(this.past, this.future), !this.past.length), button(t("character.redo"), () => this.step(this.future, this.past), !this.future.length),
      button(t("rig.again"), () => this.restart(), !this.kept), ...this.limbTools(), this.pad());
    if (before >= 0) /** @type {HTMLElement | undefined} */ (this.tools.querySelectorAll("button, select")[before])?.focus({ preventScroll: true });
  }

  /** Buttons that move and size the chosen part: what a drag does, for who cannot drag. */
  pad() {
    const isChosen = partNames(this.rig).includes(this.selected);
    const button = (key, sign, label, can) => h("button", { type: "button", class: "icon", "aria-label": t(label), title: t(label), disabled: !can, onclick: () => this.nudge(this.selected, key) }, sign);
    const isOval = isChosen && !this.selected.startsWith("limbs");
    return h("div", { class: "row", role: "group", "aria-label": t("rig.pad") },
      button("ArrowLeft", "←", "rig.move_left", isChosen), button("ArrowRight", "→", "rig.move_right", isChosen), button("ArrowUp", "↑", "rig.move_up", isChosen), button("ArrowDown", "↓", "rig.move_down", isChosen),
      button("+", "+", "rig.larger", isOval), button("-", "−", "rig.smaller", isOval));
  }

  /** Move or size a part by one step. True if the key means that. @param {string} name @param {string} key @param {boolean} [isFar] */
  nudge(name, key, isFar = false) {
    if (ARROWS[key]) {
      const [across, down] = ARROWS[key];
      const far = (this.rig.width / 100) * (isFar ? 5 : 1);
      this.change(placed(this.rig, name, "all", across * far, down * far));
      return true;
    }
    const oval = partOf(this.rig, name);
    if (!["+", "=", "-"].includes(key) || !oval || name.startsWith("limbs")) return false;
    const by = key === "-" ? 0.9 : 1.1;
    this.change(resized(this.rig, name, { x: oval.x + oval.rx * by * Math.SQRT1_2, y: oval.y + oval.ry * by * Math.SQRT1_2 }));
    return true;
  }

  /** What the chosen limb is, and whether it is in front of the body. */
  limbTools() {
    const name = this.selected;
    const limb = name.startsWith("limbs") && partOf(this.rig, name);
    if (!limb) return [];
    const choice = (label, field, values) => h("select", { "aria-label": t(label), onchange: (event) => this.change(replaced(this.rig, name, (part) => ({ ...part, [field]: event.target.value, confidence: 1 }))) },
      ...values.map((value) => h("option", { value, selected: value === limb[field] }, t(`rig.${value}`))));
    return [choice("rig.limb_name", "name", LIMBS), choice("rig.layer", "layer", ["front", "behind"])];
  }

  /** Let a limb be marked by its joint and its tip. */
  mark() {
    this.marker?.leave();
    const { left, right, top, bottom } = this.rig.character;
    this.marker = new LimbMarker(/** @type {SVGSVGElement} */ (this.stage.firstChild), {
      width: this.rig.width, height: this.rig.height, at: { x: (left + right) / 2, y: (top + bottom) / 2 },
      tell: (text) => { this.told.textContent = text; }, left: () => this.draw(), done: (joint, tip) => this.cut(joint, tip),
    });
  }

  /** Find the limb between two points, and add it. */
  async cut(joint, tip) {
    this.told.textContent = t("rig.cutting");
    const limb = await attempt(() => getJson(`${this.base}/limbs?${this.query}`, { json: { name: likelyName(this.rig, joint, tip), joint, tip } }));
    if (!limb) return this.draw();
    const made = withLimb(this.rig, limb);
    this.selected = `limbs.${made.limbs.length - 1}`;
    this.change(made);
    this.focusPart(this.selected);
  }

  /** @param {Rig} rig */
  change(rig) {
    this.past.push(this.rig);
    this.future = [];
    this.show(rig);
  }

  step(from, to) {
    const next = from.pop();
    if (!next) return;
    to.push(this.rig);
    this.show(next);
    this.told.textContent = t(to === this.future ? "refine.undone" : "refine.redone");
  }

  show(rig) {
    this.rig = rig;
    this.draw();
    this.keep();
  }

  /** What the machine found, without corrections. */
  restart() {
    [this.past, this.future, this.kept] = [[], [], ""];
    this.onChange("");
    this.find();
  }

  keep = debounce(() => attempt(async () => {
    const made = await getJson(this.base, { json: this.rig });
    this.kept = made.rig;
    this.onChange(made.rig);
    this.drawTools();
    this.sample();
  }), 300);

  /** Show the actions as they are with these parts. */
  sample() {
    this.samples.replaceChildren(...SHOWN.map((name) => {
      const title = titleOf(this.actions.find((each) => each.name === name) ?? { name, title: name });
      const image = h("img", { src: `/api/previews/${this.picture}/${name}?${this.query}&rig=${this.kept}`, alt: title, width: 96, height: 96 });
      return h("figure", {}, image, h("figcaption", {}, title));
    }));
  }

  /** @param {import("./rig-parts.js").Feature} kind */
  add(kind) {
    const made = withFeature(this.rig, kind);
    this.selected = partNames(made).findLast((name) => name.startsWith(kind));
    this.change(made);
    this.focusPart(this.selected);
  }

  remove() {
    if (!partNames(this.rig).includes(this.selected)) return;
    this.change(removed(this.rig, this.selected));
    toast(t("rig.removed"));
    const [next] = partNames(this.rig);
    if (next) this.focusPart(next);
  }

  /** Follow a pointer until it is lifted. @param {string} name @param {string} handle @param {PointerEvent} event */
  drag(name, handle, event) {
    const svg = /** @type {SVGSVGElement} */ (this.stage.firstChild);
    const matrix = svg.getScreenCTM().inverse();
    const at = (moved) => new DOMPoint(moved.clientX, moved.clientY).matrixTransform(matrix);
    const [from, before] = [at(event), this.rig];
    const follow = (moved) => {
      const to = at(moved);
      this.rig = handle === "size" ? resized(before, name, to) : placed(before, name, handle, to.x - from.x, to.y - from.y);
      this.draw();
      this.focusPart(name);
    };
    const end = () => {
      document.removeEventListener("pointermove", follow);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      if (this.rig === before) return;
      const after = this.rig;
      this.rig = before;
      this.change(after);
      this.focusPart(name);
    };
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  }

  key(event) {
    const name = event.target.dataset?.part;
    if (!this.rig) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      if (event.shiftKey) this.step(this.future, this.past);
      else this.step(this.past, this.future);
    } else if (!name || event.ctrlKey || event.altKey) return;
    else if (event.key === "Delete" || event.key === "Backspace") this.remove();
    else if (!this.nudge(name, event.key, event.shiftKey)) return;
    event.preventDefault();
  }
}
customElements.define("pc-rig", RigPanel);
