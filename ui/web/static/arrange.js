// The order of a pack's stickers and its cover: dragged or moved by buttons, undone, and put together again on request.
import { attempt, h, moving } from "./dom.js";
import { getJson } from "./http.js";
import { t, titleOf } from "./i18n.js";

const ASK_MS = 1500;

/** @typedef {{ order: string[], cover: string }} Arrangement */

export class Arrange extends HTMLElement {
  job = "";
  /** @type {any} what the finish page shows */
  view = null;
  /** @type {any[]} */
  stickers = [];
  /** @type {(view: any) => void} hears of packs that were made again */
  onMade = () => {};
  /** @type {Arrangement[]} */
  past = [];
  /** @type {Arrangement[]} */
  future = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  connectedCallback() {
    /** @type {Arrangement} */
    this.now = { order: this.view.order, cover: this.view.cover };
    this.told = h("p", { class: "quiet", role: "status" }, t("arrange.hint"));
    this.list = h("ol", { class: "arranged" });
    this.buttons = h("div", { class: "row" });
    this.replaceChildren(h("section", { class: "card stack", "aria-label": t("arrange.title") }, h("h2", {}, t("arrange.title")), this.told, this.list, this.buttons));
    this.draw();
    if (!this.view.current) this.wait();
  }

  disconnectedCallback() { clearTimeout(this.timer); }

  /** The stickers of the pack in the order that is shown. @returns {any[]} */
  get shown() { return this.now.order.map((name) => this.stickers.find((each) => each.action === name)).filter(Boolean); }

  draw() {
    const held = /** @type {HTMLElement} */ (document.activeElement)?.dataset.key;
    const { shown } = this;
    this.list.replaceChildren(...shown.map((sticker, at) => this.item(sticker, at, shown)));
    const button = (/** @type {string} */ key, /** @type {string} */ text, /** @type {() => void} */ work, /** @type {boolean} */ can, kind = "") => h("button", { type: "button", class: kind, "data-key": key, disabled: !can, onclick: work }, text);
    const isSame = JSON.stringify(this.now) === JSON.stringify({ order: this.view.order, cover: this.view.cover });
    this.buttons.replaceChildren(button("save", t("arrange.save"), () => this.save(), !isSame, "primary"),
      button("undo", t("character.undo"), () => this.step(this.past, this.future), this.past.length > 0),
      button("redo", t("character.redo"), () => this.step(this.future, this.past), this.future.length > 0));
    if (held) /** @type {HTMLElement | null} */ (this.querySelector(`[data-key="${held}"]`))?.focus({ preventScroll: true });
  }

  /** @param {any} sticker @param {number} at @param {any[]} shown */
  item(sticker, at, shown) {
    const name = sticker.action;
    const title = titleOf({ name, title: sticker.title });
    const button = (/** @type {string} */ key, /** @type {string} */ sign, /** @type {string} */ label, /** @type {() => void} */ work, more = {}) => h("button", { type: "button", class: "icon", "data-key": `${key}-${name}`, "aria-label": label, title: label, onclick: work, ...more }, sign);
    const isCover = this.now.cover === name;
    return h("li", {
      draggable: "true", "data-action": name,
      ondragstart: (/** @type {DragEvent} */ event) => event.dataTransfer?.setData("text/plain", name),
      ondragover: (/** @type {DragEvent} */ event) => event.preventDefault(),
      ondrop: (/** @type {DragEvent} */ event) => {
        event.preventDefault();
        const from = event.dataTransfer?.getData("text/plain") ?? "";
        if (shown.some((each) => each.action === from)) this.move(from, name);
      },
    }, moving(sticker.file, title, { width: 64, height: 64, draggable: "false", onpointerdown: (/** @type {PointerEvent} */ event) => this.follow(name, event) }), h("span", {}, `${at + 1}. ${title}`), h("div", { class: "row" },
      button("earlier", "←", t("arrange.earlier", { title }), () => this.move(name, shown[at - 1]?.action), { "aria-disabled": String(!at) }),
      button("later", "→", t("arrange.later", { title }), () => this.move(name, shown[at + 1]?.action), { "aria-disabled": String(at === shown.length - 1) }),
      button("cover", isCover ? "★" : "☆", t("arrange.cover", { title }), () => this.change({ ...this.now, cover: isCover ? "" : name }), { "aria-pressed": String(isCover) })));
  }

  /** Follow a finger, which browsers do not let drag as a mouse does. @param {string} name @param {PointerEvent} event */
  follow(name, event) {
    if (event.pointerType === "mouse") return;
    const media = /** @type {HTMLElement} */ (event.currentTarget);
    media.setPointerCapture(event.pointerId);
    let other = "";
    const mark = (/** @type {string} */ kind, /** @type {string} */ action) => {
      for (const each of this.list.children) each.classList.toggle(kind, /** @type {HTMLElement} */ (each).dataset.action === action);
    };
    mark("moving", name);
    media.onpointermove = (moved) => {
      const under = /** @type {HTMLElement | null | undefined} */ (document.elementFromPoint(moved.clientX, moved.clientY)?.closest(".arranged li"));
      other = under?.dataset.action ?? "";
      mark("target", other === name ? "" : other);
    };
    const end = () => { mark("moving", ""); mark("target", ""); media.onpointermove = media.onpointerup = media.onpointercancel = null; };
    media.onpointercancel = end;
    media.onpointerup = () => { end(); this.move(name, other); };
  }

  /** Move a sticker to the place of another. @param {string} name @param {string | undefined} other */
  move(name, other) {
    if (!other || other === name) return;
    const order = this.now.order.filter((each) => each !== name);
    const isLater = this.now.order.indexOf(name) < this.now.order.indexOf(other);
    order.splice(order.indexOf(other) + (isLater ? 1 : 0), 0, name);
    this.change({ ...this.now, order });
    const at = this.shown.findIndex((each) => each.action === name);
    this.told.textContent = t("arrange.moved", { title: titleOf({ name, title: this.shown[at].title }), number: at + 1, count: this.shown.length });
  }

  /** @param {Arrangement} next */
  change(next) {
    this.past.push(this.now);
    this.future = [];
    this.now = next;
    this.draw();
  }

  /** @param {Arrangement[]} from @param {Arrangement[]} to */
  step(from, to) {
    const next = from.pop();
    if (!next) return;
    to.push(this.now);
    this.now = next;
    this.draw();
    this.told.textContent = t(to === this.future ? "refine.undone" : "refine.redone");
  }

  async save() {
    const said = await attempt(() => getJson(`/api/jobs/${this.job}/arrangement`, { method: "PUT", json: this.now }), this.buttons.querySelector("button"));
    if (!said) return;
    this.view = said;
    this.draw();
    this.wait();
  }

  /** Ask until the packs are as they were arranged. */
  wait() {
    this.told.textContent = t("arrange.saved");
    this.timer = setTimeout(async () => {
      const view = await attempt(() => getJson(`/api/jobs/${this.job}/finish`));
      if (!this.isConnected) return;
      if (!view?.current) return this.wait();
      this.view = view;
      this.told.textContent = t("arrange.made");
      this.onMade(view);
    }, ASK_MS);
  }
}
customElements.define("pc-arrange", Arrange);
