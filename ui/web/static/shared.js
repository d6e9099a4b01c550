// What a client sees under a shared link: the stickers of a job, with comments and, where permitted, approval.
import { attempt, badge, h, moving, playing, toast } from "./dom.js";
import { getJson } from "./http.js";
import { day, t, titleOf } from "./i18n.js";
import { commentList } from "./share.js";

const LOOK_MS = 15000;

/** The page of a shared job; `action` is the token, the second part of its address. */
class Shared extends HTMLElement {
  job = "";
  action = "";

  connectedCallback() {
    this.heading = h("div", { class: "page-head" });
    this.list = h("ul", { class: "tiles", "aria-label": t("board.actions") });
    this.comments = h("div", { role: "log", "aria-label": t("share.comments") });
    this.about = h("select", {});
    this.replaceChildren(h("div", { class: "page" }, this.heading, this.list, h("section", { class: "card stack" }, h("h2", {}, t("share.comments")), this.comments, this.form())));
    this.refresh();
    this.timer = setInterval(() => document.hidden || this.refresh(), LOOK_MS);
  }

  disconnectedCallback() { clearInterval(this.timer); }

  get address() { return `/api/shared/${this.job}/${this.action}`; }

  async refresh() {
    try { this.show(await getJson(this.address)); } catch (error) { this.lost(error); }
  }

  lost(error) {
    if (error.status !== 404) return;
    clearInterval(this.timer);
    this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, t("share.ended")), h("p", {}, error.message)));
  }

  show(view) {
    const text = JSON.stringify(view);
    if (text === this.shown) return;
    this.shown = text;
    document.title = `${view.title} · PopCon`;
    const until = t("share.until", { date: day(view.expires) });
    this.heading.replaceChildren(h("div", {}, h("h1", {}, view.title), h("p", { class: "quiet" }, t("share.client_lead", { until }))));
    this.list.replaceChildren(...view.actions.map((each) => this.tile(each, view.may_approve)));
    const chosen = this.about.value;
    this.about.replaceChildren(h("option", { value: "" }, t("share.whole")), ...view.actions.map((each) => h("option", { value: each.name }, titleOf(each))));
    this.about.value = chosen;
    this.comments.replaceChildren(commentList(view.comments));
  }

  tile(action, mayApprove) {
    const title = titleOf(action);
    const media = (where) => h("span", { class: `on-${where}` }, moving(action.file, t(`tile.on_${where}`, { what: title })));
    const stage = !action.file ? h("div", { class: "stage" }, h("span", { class: "wait", "aria-hidden": "true" }, action.emoji))
      : action.kind === "sticker" ? h("div", { class: "stage both" }, media("light"), media("dark")) : h("div", { class: "stage" }, playing(action.file, title));
    return h("li", { class: "card tile" }, stage, h("div", { class: "tile-body" },
      h("div", { class: "row between" }, h("h2", {}, `${action.emoji} ${title}`), badge(action.status)),
      mayApprove && action.question ? h("button", { class: "primary", type: "button", "aria-label": t("share.approve_named", { title }), onclick: (event) => this.approve(action, event.currentTarget) }, t("share.approve")) : null));
  }

  async approve(action, button) {
    const said = await attempt(() => getJson(`${this.address}/approvals`, { json: { action: action.name, question: action.question } }), button);
    if (said) toast(said.message, said.stored ? "good" : "info");
    this.refresh();
  }

  form() {
    const by = h("input", { type: "text", maxlength: 60, autocomplete: "name" });
    const text = h("textarea", { maxlength: 1000, required: true });
    const send = h("button", { class: "primary", type: "submit" }, t("share.send"));
    return h("form", { class: "stack", onsubmit: async (event) => {
      event.preventDefault();
      const view = await attempt(() => getJson(`${this.address}/comments`, { json: { by: by.value, text: text.value, action: this.about.value } }), send);
      if (!view) return;
      text.value = "";
      this.show(view);
      toast(t("share.sent"), "good");
    } }, h("label", { class: "field" }, h("span", {}, t("share.about")), this.about), h("label", { class: "field" }, h("span", {}, t("share.name")), by),
    h("label", { class: "field" }, h("span", {}, t("share.text")), text), h("div", { class: "row" }, send));
  }
}
customElements.define("pc-shared", Shared);
