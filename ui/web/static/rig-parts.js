// The parts of a rig: their names, how they are moved, sized and removed, and how they are drawn over the picture.
import { t } from "./i18n.js";

/** @typedef {{ x: number, y: number }} Point */
/** @typedef {Point & { rx: number, ry: number, confidence: number, source?: string }} Oval */
/** @typedef {{ name: string, outline: Point[], pivot: Point, tip: Point, layer: "front" | "behind", outlined: boolean, confidence: number }} Limb */
/**
 * What a character can move, as the server tells it, in pixels of the picture as it was given.
 * @typedef {{ width: number, height: number, character: { left: number, top: number, right: number, bottom: number },
 *   eyes: Oval[], brows: Oval[], mouth: Oval | null, nose: Oval | null, cheeks: Oval[], limbs: Limb[] }} Rig
 */
/** @typedef {"eyes" | "brows" | "cheeks"} Pair two parts of a face, left first */
/** @typedef {Pair | "mouth" | "nose"} Feature a part of the face */

/** @type {Pair[]} */
export const PAIRS = ["eyes", "brows", "cheeks"];
/** @type {("mouth" | "nose")[]} */
export const SINGLES = ["mouth", "nose"];
export const LIMBS = ["arm_left", "arm_right", "leg_left", "leg_right", "tail", "ear_left", "ear_right", "wing", "other"];

const SURE = 0.5;
const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(most, Math.max(0, value));

/** The names of the parts that have handles, such as `eyes.0`. @param {Rig} rig @returns {string[]} */
export const partNames = (rig) => [
  ...[...PAIRS, /** @type {"limbs"} */ ("limbs")].flatMap((kind) => rig[kind].map((_, at) => `${kind}.${at}`)), ...SINGLES.filter((kind) => rig[kind]),
];

/** A part by its name. @param {Rig} rig @param {string} name @returns {any} */
export function partOf(rig, name) {
  const [kind, at] = name.split(".");
  return at === undefined ? rig[kind] : rig[kind]?.[Number(at)];
}

/** A rig in which one part is another. @param {Rig} rig @param {string} name @param {(part: any) => any} make @returns {Rig} */
export function replaced(rig, name, make) {
  const [kind, at] = name.split(".");
  if (at === undefined) return { ...rig, [kind]: make(rig[kind]) };
  return { ...rig, [kind]: rig[kind].map((/** @type {any} */ part, /** @type {number} */ number) => (number === Number(at) ? make(part) : part)) };
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
  if (at === undefined) return { ...rig, [kind]: null };
  return { ...rig, [kind]: rig[kind].filter((/** @type {any} */ _, /** @type {number} */ number) => number !== Number(at)) };
}

/** Where a part of the face would be: beside its other one, or below and above the eyes. @param {Rig} rig @param {Feature} kind @returns {Oval} */
export function supposed(rig, kind) {
  const { left, right, top, bottom } = rig.character;
  const [wide, tall] = [right - left, bottom - top];
  const sizes = { eyes: [0.35, 0.06, 0.06], brows: [0.26, 0.07, 0.02], cheeks: [0.5, 0.06, 0.04], mouth: [0.55, 0.06, 0.03], nose: [0.45, 0.04, 0.03] };
  const [down, rx, ry] = sizes[kind];
  const paired = kind !== "mouth" && kind !== "nose";
  const at = paired ? rig[kind].length : 0;
  const made = { x: (left + right) / 2, y: top + tall * down, rx: wide * rx, ry: tall * ry, confidence: 1 };
  const other = paired ? rig[kind][0] : null;
  const eye = rig.eyes[at] ?? null;
  if (other) Object.assign(made, { x: within(left + right - other.x, rig.width), y: other.y, rx: other.rx, ry: other.ry });
  else if (eye && kind === "brows") Object.assign(made, { x: eye.x, y: within(eye.y - 1.8 * eye.ry - made.ry, rig.height) });
  else if (eye && kind === "cheeks") Object.assign(made, { x: eye.x, y: within(eye.y + 2 * eye.ry + made.ry, rig.height) });
  return kind === "eyes" ? { ...made, source: "own" } : made;
}

/** A rig with one more part of the face. @param {Rig} rig @param {Feature} kind @returns {Rig} */
export const withFeature = (rig, kind) => {
  const made = supposed(rig, kind);
  return kind === "mouth" || kind === "nose" ? { ...rig, [kind]: made } : { ...rig, [kind]: [...rig[kind], made] };
};

/** A rig with a limb, in place of those of its name; legs may have one: animals have four. @param {Rig} rig @param {Limb} limb @returns {Rig} */
export const withLimb = (rig, limb) => ({ ...rig, limbs: [...rig.limbs.filter((each) => each.name !== limb.name || limb.name.startsWith("leg")), limb] });

/** What a limb between two points is likely to be. @param {Rig} rig @param {Point} joint @param {Point} tip */
export function likelyName(rig, joint, tip) {
  const { left, right, top, bottom } = rig.character;
  const level = (joint.y - top) / (bottom - top);
  const [across, down] = [Math.abs(tip.x - joint.x), tip.y - joint.y];
  const kind = level < 0.35 && down < 0 ? "ear" : level > 0.6 && down > 0 && tip.y > bottom - 0.12 * (bottom - top) && down > across ? "leg" : "arm";
  return `${kind}_${joint.x < (left + right) / 2 ? "left" : "right"}`;
}

/** @param {string} tag @param {Record<string, any>} properties @param {...Element} children */
export function svg(tag, properties, ...children) {
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
  // What is drawn may be smaller than a finger: the circle around it, of a size in px of the screen, is hit, too.
  const handle = (/** @type {string} */ name, /** @type {string} */ what, /** @type {Point} */ { x, y }, /** @type {number} */ r, kind = "") => [
    svg("circle", { class: "hit", cx: x, cy: y, r: 0.01, onpointerdown: grip(name, what) }), svg("circle", { class: `grip ${kind}`, cx: x, cy: y, r, onpointerdown: grip(name, what) })];
  const oval = (/** @type {string} */ name, /** @type {Oval} */ part, /** @type {string} */ title) => group(name, part.confidence, title,
    svg("circle", { class: "hit", cx: part.x, cy: part.y, r: 0.01 }), svg("ellipse", { cx: part.x, cy: part.y, rx: part.rx, ry: part.ry }),
    ...handle(name, "size", { x: part.x + part.rx * Math.SQRT1_2, y: part.y + part.ry * Math.SQRT1_2 }, dot));
  const limb = (/** @type {string} */ name, /** @type {Limb} */ part) => group(name, part.confidence, t(`rig.${part.name}`),
    svg("polygon", { points: part.outline.map(({ x, y }) => `${x},${y}`).join(" ") }),
    svg("line", { x1: part.pivot.x, y1: part.pivot.y, x2: part.tip.x, y2: part.tip.y }),
    ...handle(name, "pivot", part.pivot, dot, "joint"), ...handle(name, "tip", part.tip, dot * 0.8));
  return svg("svg", { viewBox: `0 0 ${rig.width} ${rig.height}`, role: "group", "aria-label": t("rig.title") },
    svg("image", { href: picture, width: rig.width, height: rig.height }),
    ...rig.limbs.map((part, at) => limb(`limbs.${at}`, part)),
    ...PAIRS.toReversed().flatMap((kind) => rig[kind].map((part, at) => oval(`${kind}.${at}`, part, t(`rig.${kind}`, { number: at + 1 })))),
    ...SINGLES.flatMap((kind) => { const part = rig[kind]; return part ? [oval(kind, part, t(`rig.${kind}`))] : []; }));
}
