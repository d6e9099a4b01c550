// The parts of a rig: their names, how they are moved, sized and removed, and how they are drawn over the picture.
import { t } from "./i18n.js";

/** @typedef {{ x: number, y: number }} Point */
/** @typedef {Point & { rx: number, ry: number, confidence: number, source?: string }} Oval */
/** @typedef {{ name: string, outline: Point[], pivot: Point, tip: Point, confidence: number }} Limb */
/**
 * What a character can move, as the server tells it, in pixels of the picture as it was given.
 * @typedef {{ width: number, height: number, character: { left: number, top: number, right: number, bottom: number },
 *   eyes: Oval[], mouth: Oval | null, limbs: Limb[] }} Rig
 */

const SURE = 0.5;
const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(most, Math.max(0, value));

/** The names of the parts that have handles, such as `eyes.0`. @param {Rig} rig @returns {string[]} */
export const partNames = (rig) => [...rig.eyes.map((_, at) => `eyes.${at}`), ...(rig.mouth ? ["mouth"] : []), ...rig.limbs.map((_, at) => `limbs.${at}`)];

/** A rig in which one part is another. @param {Rig} rig @param {string} name @param {(part: any) => any} make @returns {Rig} */
function replaced(rig, name, make) {
  const [kind, at] = name.split(".");
  if (kind === "mouth") return { ...rig, mouth: make(rig.mouth) };
  const parts = /** @type {any[]} */ (kind === "eyes" ? rig.eyes : rig.limbs);
  return { ...rig, [kind]: parts.map((part, number) => (number === Number(at) ? make(part) : part)) };
}

/**
 * Move a part, or of a limb its joint or tip alone.
 * @param {Rig} rig @param {string} name @param {string} handle all, pivot or tip @param {number} across @param {number} down
 */
export function placed(rig, name, handle, across, down) {
  const moved = (/** @type {Point} */ at) => ({ x: within(at.x + across, rig.width), y: within(at.y + down, rig.height) });
  return replaced(rig, name, (part) => {
    if (!part.outline) return { ...part, ...moved(part), confidence: 1, ...(part.source && { source: "own" }) };
    if (handle !== "all") return { ...part, [handle]: moved(part[handle]), confidence: 1 };
    return { ...part, outline: part.outline.map(moved), pivot: moved(part.pivot), tip: moved(part.tip), confidence: 1 };
  });
}

/** Make an oval so large that its rim is at a point. @param {Rig} rig @param {string} name @param {Point} to */
export function resized(rig, name, to) {
  const box = rig.character;
  const most = Math.min(box.right - box.left, box.bottom - box.top) / 3;
  const half = (/** @type {number} */ far) => Math.min(most, Math.max(1, Math.abs(far) * Math.SQRT2));
  return replaced(rig, name, (part) => ({ ...part, rx: half(to.x - part.x), ry: half(to.y - part.y), confidence: 1, ...(part.source && { source: "own" }) }));
}

/** @param {Rig} rig @param {string} name @returns {Rig} */
export function removed(rig, name) {
  const [kind, at] = name.split(".");
  if (kind === "mouth") return { ...rig, mouth: null };
  const parts = /** @type {any[]} */ (kind === "eyes" ? rig.eyes : rig.limbs);
  return { ...rig, [kind]: parts.filter((_, number) => number !== Number(at)) };
}

/** @param {string} tag @param {Record<string, any>} properties @param {...Element} children */
function svg(tag, properties, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * The picture with its parts as handles.
 * @param {Rig} rig
 * @param {string} picture address
 * @param {{ select: (name: string) => void, drag: (name: string, handle: string, event: PointerEvent) => void }} on
 */
export function drawParts(rig, picture, on) {
  const dot = Math.max(rig.width, rig.height) / 60;
  const grip = (/** @type {string} */ name, /** @type {string} */ handle) => (/** @type {PointerEvent} */ event) => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    /** @type {any} */ (event.currentTarget).closest("[data-part]").focus({ preventScroll: true });
    on.drag(name, handle, event);
  };
  const group = (/** @type {string} */ name, /** @type {number} */ confidence, /** @type {string} */ title, /** @type {Element[]} */ ...children) => svg("g", {
    tabindex: 0, role: "button", "data-part": name, class: `part${confidence < SURE ? " unsure" : ""}`, "aria-describedby": "rig-help",
    "aria-label": confidence < SURE ? t("rig.unsure", { part: title }) : title, onfocus: () => on.select(name), onpointerdown: grip(name, "all"),
  }, ...children);
  const oval = (/** @type {string} */ name, /** @type {Oval} */ part, /** @type {string} */ title) => group(name, part.confidence, title,
    svg("ellipse", { cx: part.x, cy: part.y, rx: part.rx, ry: part.ry }),
    svg("circle", { class: "grip", cx: part.x + part.rx * Math.SQRT1_2, cy: part.y + part.ry * Math.SQRT1_2, r: dot, onpointerdown: grip(name, "size") }));
  const limb = (/** @type {string} */ name, /** @type {Limb} */ part) => group(name, part.confidence, t(`rig.${part.name}`),
    svg("polygon", { points: part.outline.map(({ x, y }) => `${x},${y}`).join(" ") }),
    svg("line", { x1: part.pivot.x, y1: part.pivot.y, x2: part.tip.x, y2: part.tip.y }),
    svg("circle", { class: "grip joint", cx: part.pivot.x, cy: part.pivot.y, r: dot, onpointerdown: grip(name, "pivot") }),
    svg("circle", { class: "grip", cx: part.tip.x, cy: part.tip.y, r: dot * 0.8, onpointerdown: grip(name, "tip") }));
  return svg("svg", { viewBox: `0 0 ${rig.width} ${rig.height}`, role: "group", "aria-label": t("rig.title") },
    svg("image", { href: picture, width: rig.width, height: rig.height }),
    ...rig.limbs.map((part, at) => limb(`limbs.${at}`, part)),
    ...rig.eyes.map((part, at) => oval(`eyes.${at}`, part, t("rig.eye", { number: at + 1 }))),
    ...(rig.mouth ? [oval("mouth", rig.mouth, t("rig.mouth"))] : []));
}
