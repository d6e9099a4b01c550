// The controls of the adjust dialog: sliders, the outline, and which colour becomes which.
import { h } from "./dom.js";
import { withColour, withReach, withSticker } from "./adjust-state.js";
import { t } from "./i18n.js";

/** Colours to choose from: a colour on the sticker and one of these are the two clicks of a variant. */
const TARGETS = ["#e03131", "#f76707", "#ffce38", "#2f9e44", "#12b886", "#3b82f6", "#7048e8", "#e64980", "#8d5a3b", "#ffffff", "#9aa0a6", "#33313b"];

/** @typedef {import("./adjust.js").Adjust} Adjust */

/** @param {string} key @param {string} label @param {number} value @param {number[]} limits least, most, step @param {(value: number) => void} onMove @param {() => void} onEnd */
export const slider = (key, label, value, [min, max, step], onMove, onEnd) => h("label", { class: "field" }, `${label}: ${value}`,
  h("input", { type: "range", "data-key": key, "aria-label": label, min, max, step, value: String(value), oninput: (/** @type {any} */ event) => onMove(Number(event.target.value)), onchange: onEnd }));

/** @param {Adjust} panel */
export function outlineControls(panel) {
  const { store, own } = panel;
  const now = own.outline ?? store.now.outline;
  const isOwn = own.outline !== null;
  /** @param {Partial<import("./adjust-state.js").Outline>} change @param {string} [kind] */
  const change = (change, kind) => {
    const outline = { ...now, ...change };
    store.change(isOwn ? withSticker(store.now, panel.action, { outline }) : { ...store.now, outline }, kind);
  };
  /** @param {string} key @param {string} text @param {boolean} isOn @param {() => void} work */
  const choice = (key, text, isOn, work) => h("button", { type: "button", "data-key": key, "aria-pressed": String(isOn), onclick: work }, text);
  const isWhite = now.colour === "#ffffff";
  return h("section", { class: "stack", "aria-label": t("adjust.outline") }, h("h3", {}, t("adjust.outline")), h("div", { class: "row" },
    h("div", { class: "segments", role: "group", "aria-label": t("adjust.outline") },
      choice("outline-none", t("adjust.none"), !now.width, () => change({ width: 0 })),
      choice("outline-white", t("adjust.white"), now.width > 0 && isWhite, () => change({ colour: "#ffffff", width: now.width || 8 })),
      choice("outline-colour", t("adjust.colour"), now.width > 0 && !isWhite, () => change({ colour: isWhite ? "#33313b" : now.colour, width: now.width || 8 }))),
    h("input", { type: "color", "data-key": "outline-pick", "aria-label": t("adjust.outline_colour"), value: now.colour, onchange: (/** @type {any} */ event) => change({ colour: event.target.value, width: now.width || 8 }) }),
    slider("outline-width", t("adjust.width"), now.width, [0, 40, 1], (width) => change({ width }, "outline width"), () => store.settle()),
    h("label", { class: "row" }, h("input", { type: "checkbox", "data-key": "outline-own", checked: isOwn, onchange: () => store.change(withSticker(store.now, panel.action, { outline: isOwn ? null : now })) }), t("adjust.own"))));
}

/** @param {Adjust} panel */
export function colourControls(panel) {
  const { store, colour } = panel;
  const target = (/** @type {string} */ source) => store.now.recolours.find((each) => each.source === source)?.target ?? source;
  const sources = [...new Set([.../** @type {any} */ (panel.made).colours, ...store.now.recolours.map((each) => each.source), ...(colour ? [colour] : [])])];
  const chip = (/** @type {string} */ key, /** @type {string} */ shown, /** @type {string} */ label, /** @type {boolean} */ isOn, /** @type {() => void} */ work) => {
    const made = h("button", { type: "button", class: "adjust-chip", "data-key": key, "aria-label": label, title: label, "aria-pressed": String(isOn), onclick: work });
    made.style.background = shown;
    return made;
  };
  const changed = store.now.recolours.find((each) => each.source === colour);
  const become = (/** @type {string} */ to) => store.change(withColour(store.now, colour, to));
  return h("section", { class: "stack", "aria-label": t("adjust.colours") }, h("h3", {}, t("adjust.colours")), h("p", { class: "quiet" }, t("adjust.colours_hint")),
    h("div", { class: "row" }, h("button", { type: "button", "data-key": "picking", "aria-pressed": String(panel.isPicking), onclick: () => { panel.isPicking = !panel.isPicking; panel.stage.classList.toggle("picking", panel.isPicking); panel.draw(); } }, t("adjust.pick")),
      sources.map((source) => chip(`source-${source}`, target(source) === source ? source : `linear-gradient(135deg, ${source} 50%, ${target(source)} 50%)`, t("adjust.source", { colour: source }), source === colour, () => panel.choose(source === colour ? "" : source)))),
    colour ? h("div", { class: "row", role: "group", "aria-label": t("adjust.becomes", { colour }) },
      TARGETS.map((to, at) => chip(`target-${at}`, to, t("adjust.target", { colour: to }), target(colour) === to, () => become(to))),
      h("input", { type: "color", "data-key": "target-pick", "aria-label": t("adjust.becomes", { colour }), value: target(colour), onchange: (/** @type {any} */ event) => become(event.target.value) }),
      h("button", { type: "button", "data-key": "target-none", onclick: () => become(colour) }, t("adjust.as_drawn"))) : null,
    changed ? slider("reach", t("adjust.reach"), changed.reach ?? 1, [0.2, 3, 0.1], (reach) => store.change(withReach(store.now, colour, reach), "reach"), () => store.settle()) : null);
}

/** The colour around a place of a picture, as #rrggbb; null where nothing shows. @param {ImageBitmap} bitmap @param {number} x @param {number} y */
export function medianColour(bitmap, x, y) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(Math.round(x) - 2, Math.round(y) - 2, 5, 5);
  const solid = Array.from({ length: 25 }, (_, at) => data.slice(4 * at, 4 * at + 4)).filter((each) => each[3] > 200);
  if (!solid.length) return null;
  const middle = (/** @type {number} */ channel) => solid.map((each) => each[channel]).sort((a, b) => a - b)[solid.length >> 1];
  return `#${[0, 1, 2].map((channel) => middle(channel).toString(16).padStart(2, "0")).join("")}`;
}
