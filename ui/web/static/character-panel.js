// The character of an order: how it was cut out, on the colours that it will stand on, and touch-up by clicks and brush.
import { attempt, debounce, h, toast } from "./dom.js";
import { TOOLS } from "./editor.js";
import { getBitmap, getJson } from "./http.js";
import { groundName, t } from "./i18n.js";

/** @typedef {{ clicks: import("./edits.js").Click[], strokes: import("./edits.js").Stroke[] }} TouchEdits */
/**
 * What an order says of its picture. `touched` is the picture with the edits applied; `byClicks`: the clicks alone say it.
 * @typedef {{ picture: string, background: string, whiten: boolean, edits: TouchEdits, touched: string, byClicks: boolean,
 *   givenClicks: import("./edits.js").Click[] | null }} CharacterOrder
 */

const WAYS = [["auto", t("character.way_auto")], ["remove", t("character.way_remove")], ["clicks", t("character.way_clicks")], ["keep", t("character.way_keep")]];
const CHECKER = { name: "checker", colour: "checker" };
/** @returns {TouchEdits} */
export const unedited = () => ({ clicks: [], strokes: [] });
const isEdited = (/** @type {TouchEdits} */ edits) => edits.clicks.length + edits.strokes.length > 0;

export class CharacterPanel extends HTMLElement {
  /** @type {CharacterOrder} */
  order = { picture: "", background: "auto", whiten: false, edits: unedited(), touched: "", byClicks: false, givenClicks: null };
  /** @type {{ name: string, colour: string }[]} */
  backdrops = [];
  /** @type {any} how the machine cut it out */
  cut = null;
  /** @type {TouchEdits[]} */
  past = [];
  /** @type {TouchEdits[]} */
  future = [];
  /** @type {import("./editor.js").Editor | null} */
  editor = null;
  backdrop = CHECKER;
  /** @type {(changes: object) => void} hears what of the order changed */
  onChange = () => {};
  onAnother = () => {};

  connectedCallback() {
    this.stage = h("div", { class: "character-stage" });
    this.chips = h("div", { class: "chips", role: "group", "aria-label": t("character.backdrop") });
    this.told = h("div", { class: "stack", role: "status" });
    this.buttons = h("div", { class: "row" });
    const way = h("select", { onchange: () => this.choose({ background: way.value }) }, WAYS.map(([value, text]) => h("option", { value, selected: value === this.order.background }, text)));
    this.whiten = h("label", { class: "tick", hidden: true }, h("input", { type: "checkbox", checked: this.order.whiten, onchange: (event) => this.choose({ whiten: event.target.checked }) }), t("character.whiten"));
    this.replaceChildren(h("div", { class: "given" }, h("div", { class: "stack" }, this.stage, this.chips),
      h("div", { class: "stack" }, this.told, h("label", { class: "field" }, h("span", {}, t("character.how")), way), this.whiten, this.buttons)));
    this.addEventListener("keydown", (event) => this.key(event));
    this.drawChips();
    this.look();
  }

  get base() { return `/api/pictures/${this.order.picture}`; }
  get query() { return `background=${this.order.background}&whiten=${this.order.whiten}`; }
  get body() { return { background: this.order.background, whiten: this.order.whiten, ...this.order.edits }; }

  /** @param {Partial<CharacterOrder> & { doubt?: string }} changes */
  set(changes) {
    Object.assign(this.order, changes);
    this.onChange(changes);
  }

  /** Cut it out in another way; what was touched up goes with the old one. @param {Partial<CharacterOrder>} changes */
  choose(changes) {
    [this.past, this.future, this.editor, this.cut] = [[], [], null, null];
    this.set({ ...changes, edits: unedited(), touched: "", byClicks: false });
    this.look();
  }

  /** Ask how it is cut out, and show it. */
  async look() {
    const asked = this.query;
    this.show();
    try {
      const cut = await getJson(`${this.base}/cut?${asked}`);
      if (asked !== this.query || !this.isConnected) return;
      this.cut = cut;
      const { givenClicks } = this.order;
      if (givenClicks) this.set({ givenClicks: null, edits: { clicks: givenClicks.map((each) => ({ ...each, x: each.x / cut.scale, y: each.y / cut.scale })), strokes: [] } });
      this.set({ doubt: cut.doubt });
      if (isEdited(this.order.edits) && !this.order.touched) await this.settle();
      this.show();
      if (this.order.background === "clicks" && !isEdited(this.order.edits)) this.touch();
    } catch (error) {
      if (asked === this.query) this.told.replaceChildren(h("p", { class: "note bad" }, /** @type {Error} */ (error).message));
    }
  }

  show() {
    const { order, cut, editor } = this;
    this.classList.toggle("touching", Boolean(editor));
    if (!editor) {
      const src = order.touched ? `/api/pictures/${order.touched}` : `${this.base}/character?${this.query}`;
      // Before it is known how it is cut out, the picture itself: the cut takes a second.
      const image = h("img", cut ? { src, alt: t("character.used") } : { src: this.base, alt: t("character.given"), class: "waiting" });
      image.addEventListener("error", () => this.dispatchEvent(new CustomEvent("lost")));
      this.stage.replaceChildren(image);
    }
    this.stage.style.background = this.backdrop.colour === "checker" ? "" : this.backdrop.colour;
    this.drawTold();
    this.drawButtons();
  }

  drawTold() {
    const { cut, order } = this;
    if (!cut) return this.told.replaceChildren(h("p", { class: "badge busy" }, t("character.cutting")));
    this.whiten.hidden = cut.way !== "paper";
    const edited = isEdited(order.edits);
    const badge = edited ? ["good", t("character.touched_up")] : cut.doubt ? ["ask", t("character.please_look")] : ["good", t("character.sure")];
    this.told.replaceChildren(...[h("div", { class: "row" }, h("b", {}, cut.title), h("span", { class: `badge ${badge[0]}` }, badge[1])),
      ...cut.notes.map((/** @type {string} */ note) => h("p", { class: "quiet" }, note)),
      cut.doubt && !edited ? h("p", { class: "note ask" }, t("character.doubt", { doubt: cut.doubt })) : null].filter(Boolean));
  }

  drawChips() {
    this.chips.replaceChildren(...[CHECKER, ...this.backdrops].map((each) => h("button", { type: "button", class: "chip", "aria-pressed": String(each === this.backdrop), onclick: () => this.stand(each) },
      h("i", { class: "swatch", "data-colour": each.colour }), groundName(each.name))));
    for (const swatch of this.chips.querySelectorAll("i")) if (swatch.dataset.colour !== "checker") swatch.style.background = swatch.dataset.colour;
  }

  /** Show it on another colour. @param {{ name: string, colour: string }} backdrop */
  stand(backdrop) {
    this.backdrop = backdrop;
    this.chips.childNodes.forEach((chip, index) => /** @type {Element} */ (chip).setAttribute("aria-pressed", String([CHECKER, ...this.backdrops][index] === backdrop)));
    this.stage.style.background = backdrop.colour === "checker" ? "" : backdrop.colour;
    if (!this.editor) return;
    this.editor.backdrop = backdrop.colour;
    this.editor.redraw();
  }

  drawButtons() {
    const button = (/** @type {string} */ text, /** @type {() => void} */ work, kind = "", disabled = false) => h("button", { type: "button", class: kind, disabled, onclick: work }, text);
    if (!this.editor) {
      this.buttons.replaceChildren(button(t("character.touch_up"), () => this.touch(), this.cut?.doubt && !isEdited(this.order.edits) ? "primary" : "", !this.cut), button(t("character.another"), () => this.onAnother()));
      return;
    }
    this.undo = button(t("character.undo"), () => this.step(this.past, this.future), "", !this.past.length);
    this.redo = button(t("character.redo"), () => this.step(this.future, this.past), "", !this.future.length);
    this.buttons.replaceChildren(button(t("character.done"), () => this.finish(), "primary"), this.undo, this.redo, button(t("character.start_over"), () => this.change(unedited()), "quietly", !isEdited(this.order.edits)));
  }

  /** Open the tools. */
  touch() {
    const editor = this.editor = /** @type {import("./editor.js").Editor} */ (h("pc-editor", { class: "fill" }));
    const tools = h("div", { class: "tools", role: "group", "aria-label": t("tools.tools") }, TOOLS.map(([name, sign, label]) => h("button", { type: "button", "aria-label": label, title: label, "data-tool": name, "aria-pressed": String(name === "add"), onclick: () => this.take(name) }, sign)));
    const brush = h("input", { type: "range", min: 2, max: 80, value: 14, "aria-label": t("tools.brush_size"), oninput: () => { editor.brush = Number(brush.value); } });
    const hint = h("p", { class: "hint" }, t("character.hint"));
    this.stage.replaceChildren(h("div", { class: "work touch-area" }, editor, tools, h("div", { class: "options" }, h("label", { hidden: true }, t("tools.brush"), brush)), hint));
    this.classList.add("touching");
    Object.assign(editor, { edits: this.order.edits, backdrop: this.backdrop.colour, ghost: true });
    editor.addEventListener("edit", (/** @type {any} */ { detail }) => {
      hint.hidden = true;
      if (detail.what === "strokes") editor.unsettled.push(detail.after.strokes.at(-1));
      this.change(detail.after);
    });
    this.drawButtons();
    attempt(async () => {
      editor.layers.raw = await getBitmap(this.base);
      editor.size(editor.layers.raw.width, editor.layers.raw.height);
      this.refresh();
    });
  }

  /** @param {string} tool */
  take(tool) {
    if (!this.editor) return;
    this.editor.tool = tool;
    for (const each of this.stage.querySelectorAll("[data-tool]")) each.setAttribute("aria-pressed", String(each.getAttribute("data-tool") === tool));
    this.stage.querySelector(".options label").hidden = tool !== "erase" && tool !== "restore";
    this.editor.redraw();
  }

  /** @param {TouchEdits} edits */
  change(edits) {
    this.past.push(this.order.edits);
    this.future = [];
    this.apply(edits);
  }

  /** @param {TouchEdits[]} from @param {TouchEdits[]} to */
  step(from, to) {
    const next = from.pop();
    if (!next) return;
    to.push(this.order.edits);
    if (this.editor) this.editor.unsettled = [];
    this.apply(next);
  }

  /** @param {TouchEdits} edits */
  apply(edits) {
    this.set({ edits, touched: "", byClicks: false });
    if (!this.editor) return;
    this.editor.edits = edits;
    this.editor.redraw();
    this.drawTold();
    this.drawButtons();
    this.refresh();
  }

  refresh = debounce(() => attempt(async () => {
    const { editor } = this;
    const wanted = JSON.stringify(this.body);
    const cut = await getBitmap(`${this.base}/touch-up`, { json: JSON.parse(wanted) });
    if (!editor || editor !== this.editor || wanted !== JSON.stringify(this.body)) return;
    editor.layers.cut = cut;
    editor.unsettled = [];
    editor.redraw();
  }), 40);

  /** Keep what was touched up as a picture; false if that is refused. */
  async settle() {
    const { order, cut } = this;
    if (!isEdited(order.edits) || order.touched) return true;
    const made = await attempt(() => getJson(`${this.base}/touched-up`, { json: this.body }));
    if (!made) return false;
    this.set({ touched: made.picture, byClicks: !order.edits.strokes.length && (order.background === "clicks" || cut?.way === "kept") });
    return true;
  }

  async finish() {
    if (!await this.settle()) return;
    this.editor = null;
    this.show();
    this.buttons.querySelector("button")?.focus({ preventScroll: true });
    if (isEdited(this.order.edits)) toast(t("character.touched_toast"), "good");
  }

  /** @param {any} event */
  key(event) {
    const { editor } = this;
    if (!editor || event.target.matches("input, select")) return;
    const name = event.key.toLowerCase();
    const tool = TOOLS[Number(event.key) - 1];
    if ((event.ctrlKey || event.metaKey) && name === "z") event.shiftKey ? this.step(this.future, this.past) : this.step(this.past, this.future);
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (tool) this.take(tool[0]);
    else if (name === "b") {
      const all = [CHECKER, ...this.backdrops];
      this.stand(all[(all.indexOf(this.backdrop) + 1) % all.length]);
    } else if (event.target !== editor.canvas && name !== "k") return;
    else if (!editor.key(event)) return;
    event.preventDefault();
  }
}
customElements.define("pc-character", CharacterPanel);
