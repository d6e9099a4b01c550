// Marks a limb by two points, its joint and its tip: by clicks, or with the arrow keys and Enter.
import { t } from "./i18n.js";
import { svg } from "./rig-parts.js";

/** @typedef {import("./rig-parts.js").Point} Point */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class LimbMarker {
  /** @type {Point[]} the joint, where it is chosen */
  points = [];

  /**
   * @param {SVGSVGElement} stage in pixels of the picture
   * @param {{ width: number, height: number, at: Point, tell: (text: string) => void, done: (joint: Point, tip: Point) => void, left: () => void }} on
   */
  constructor(stage, on) {
    this.stage = stage;
    this.on = on;
    this.at = on.at;
    this.cross = svg("g", {
      tabindex: "0", role: "button", class: "rig-cross", "aria-describedby": "rig-help",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event) });
    stage.classList.add("marking");
    // Before the handles below hear of it.
    stage.addEventListener("pointerdown", this.press, true);
    stage.append(this.cross);
    this.draw();
    this.cross.focus({ preventScroll: true });
  }

  draw() {
    const { x, y } = this.at;
    const far = Math.max(this.on.width, this.on.height) / 30;
    const from = this.points.flatMap((each) => [
      svg("circle", { cx: each.x, cy: each.y, r: far / 2 }), svg("line", { x1: each.x, y1: each.y, x2: x, y2: y })]);
    this.cross.replaceChildren(...from, svg("path", { d: `M${x - far} ${y}H${x + far}M${x} ${y - far}V${y + far}` }));
    const said = t(this.points.length ? "rig.mark_tip" : "rig.mark_joint");
    this.cross.setAttribute("aria-label", said);
    this.on.tell(said);
  }

  /** @param {PointerEvent} event */
  press = (event) => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(/** @type {DOMMatrix} */ (this.stage.getScreenCTM()).inverse());
    this.move(x, y);
    this.choose();
  };

  /** @param {number} x @param {number} y */
  move(x, y) {
    this.at = { x: Math.min(this.on.width, Math.max(0, x)), y: Math.min(this.on.height, Math.max(0, y)) };
    this.draw();
  }

  choose() {
    this.points.push(this.at);
    const [joint, tip] = this.points;
    if (tip) {
      this.leave();
      this.on.done(joint, tip);
    } else this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const arrow = ARROWS[/** @type {keyof typeof ARROWS} */ (event.key)];
    const far = (this.on.width / 100) * (event.shiftKey ? 5 : 1);
    if (arrow) this.move(this.at.x + arrow[0] * far, this.at.y + arrow[1] * far);
    else if (event.key === "Enter" || event.key === " ") this.choose();
    else if (event.key === "Escape") { this.leave(); this.on.left(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  leave() {
    this.stage.removeEventListener("pointerdown", this.press, true);
    this.stage.classList.remove("marking");
    this.cross.remove();
  }
}
