import { attempt, badge, debounce, dialog, h, platformName, toast, WORDS } from "./dom.js";
import { getJson } from "./http.js";
import { morphChildren } from "./morph.js";
import { ago, listed, t, titleOf } from "./i18n.js";

const FILTERS = ["needs_you", "running", "queued", "stopped", "failed", "done", "deleted"];
const STEPS = ["character", "start_frame", "take", "frames", "cutouts", "sticker", "pack"];
const PAGE = 40;

class ArchivePage extends HTMLElement {
  /** the last answer, as text */
  shown = "";

  connectedCallback() {
    const asked = new URLSearchParams(location.search);
    this.status = asked.get("status") ?? "";
    this.search = h("input", { type: "search", value: asked.get("q") ?? "", placeholder: t("archive.search_hint"), "aria-label": t("archive.search"), oninput: debounce(() => this.load(), 200) });
    this.filters = h("div", { class: "chips", role: "group", "aria-label": t("archive.filter") });
    this.list = h("ul", { class: "cards", "aria-label": t("archive.jobs") });
    this.statusLine = h("p", { class: "quiet", role: "status" }, t("page.loading"));
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.load(true) }, t("archive.more"));
    this.replaceChildren(h("div", { class: "page" },
      h("div", { class: "page-head" }, h("div", {}, h("h1", {}, t("page.archive")), this.statusLine), h("a", { class: "button primary", href: "/" }, t("page.new"))),
      h("div", { class: "toolbar" }, this.search, this.filters), this.list, h("p", { class: "center" }, this.more)));
    this.load();
    this.timer = setInterval(() => !document.hidden && this.list.childElementCount <= PAGE && this.load(false, true), 5000);
  }

  disconnectedCallback() { clearInterval(this.timer); clearTimeout(this.soon); }

  async load(further = false, quietly = false) {
    const query = new URLSearchParams({ q: this.search.value, offset: further ? String(this.list.childElementCount) : "0", limit: String(PAGE) });
    if (this.status) query.append("status", this.status);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let found;
    try {
      found = await getJson(`/api/jobs?${query}`);
    } catch (error) {
      this.statusLine.textContent = error.message;
      return;
    }
    if (turn !== this.turn) return;
    const text = JSON.stringify(found);
    if (quietly && text === this.shown) return;
    this.shown = text;
    if (!quietly) history.replaceState(null, "", `?${new URLSearchParams({ ...(this.search.value && { q: this.search.value }), ...(this.status && { status: this.status }) })}`.replace(/\?$/, location.pathname));
    const cards = found.jobs.map((card) => this.card(card));
    if (further) {
      this.list.append(...cards);
      cards[0]?.focus({ preventScroll: true });
    } else morphChildren(this.list, cards.length ? cards : this.empty());
    this.more.hidden = this.list.childElementCount >= found.total;
    const waiting = found.counts.needs_you ?? 0;
    clearTimeout(this.soon);
    // A server that has just met a large store answers with what it has read so far.
    if (found.reading) this.soon = setTimeout(() => this.load(false, true), 1000);
    this.statusLine.textContent = found.reading ? t("archive.reading", { count: found.total }) : !found.total ? "" : [t("archive.count", { count: found.total }), waiting ? t("archive.waiting", { count: waiting }) : ""].join(" ").trim();
    morphChildren(this.filters, this.chip("", t("archive.all")), ...FILTERS.filter((each) => found.counts[each] || each === this.status).map((each) => this.chip(each, `${WORDS[each]} ${found.counts[each] ?? 0}`)));
  }

  chip(status, text) {
    return h("button", { type: "button", class: "chip", "data-key": status || "all", "aria-pressed": String(this.status === status), onclick: () => { this.status = status; this.load(); } }, text);
  }

  empty() {
    const none = !this.search.value && !this.status;
    return h("li", { class: "empty", "data-key": "-empty" }, h("img", { src: "/static/icon.svg", alt: "", width: 72 }),
      h("h2", {}, none ? t("archive.none") : t("archive.no_match")),
      h("p", {}, none ? t("archive.none_hint") : t("archive.no_match_hint")),
      none ? h("a", { class: "button primary", href: "/" }, t("archive.first")) : null);
  }

  /** A job that may still be brought back. */
  gone(card) {
    return h("li", { class: "card job", "data-key": `gone-${card.id}`, "data-home": true, tabindex: -1, "aria-label": card.title },
      h("div", {}, h("h2", {}, card.title), h("p", { class: "quiet" }, t("archive.deleted", { ago: ago(card.deleted_at) })), badge(card.status)),
      h("div", { class: "row" }, h("button", { class: "primary", type: "button", "aria-label": t("archive.bring_named_back", { title: card.title }), onclick: (event) => this.restore(card, event.currentTarget) }, t("archive.bring_back"))));
  }

  async restore(card, button) {
    const back = await attempt(() => getJson(`/api/jobs/${card.id}/restore`, { method: "POST" }), button);
    if (back) toast(t("archive.is_back", { title: card.title }), "good");
    this.load();
  }

  card(card) {
    if (card.status === "deleted") return this.gone(card);
    const open = `/jobs/${card.id}`;
    const cost = card.cost || t("archive.free");
    return h("li", { class: "card job", "data-key": card.id, "data-home": true, tabindex: -1, "aria-label": card.title },
      h("a", { class: "job-main", href: open },
        h("img", { class: "portrait", src: `/api/jobs/${card.id}/portrait`, alt: "", loading: "lazy", width: 72, height: 72 }),
        h("div", {}, h("h2", {}, card.title), h("p", { class: "quiet" }, `${ago(card.created_at)} · ${listed(card.platforms.map(platformName))} · ${cost}`),
          badge(card.status), " ", h("span", { class: "quiet" }, t("archive.finished", { done: card.done, total: card.actions.length })))),
      h("div", { class: "dots", role: "img", "aria-label": listed(card.actions.map((each) => t("archive.state", { title: titleOf(each), status: WORDS[each.status] }))) },
        card.actions.map((each) => h("span", { class: `dot ${each.status}`, title: t(each.step ? "archive.reached" : "archive.state", { title: titleOf(each), status: WORDS[each.status], step: each.step && t(`step.${each.step}`) }) }, each.emoji))),
      h("div", { class: "row" },
        ["stopped", "failed"].includes(card.status) ? h("button", { class: "primary", type: "button", onclick: (event) => this.act(card, "continue", event.currentTarget) }, card.status === "failed" ? t("common.try_again") : t("common.continue")) : h("a", { class: "button", href: open, "data-key": "go", "data-of": "link" }, card.status === "needs_you" ? t("page.review") : t("archive.open")),
        h("button", { type: "button", "aria-label": t("archive.redo_named", { title: card.title }), onclick: () => this.redo(card) }, t("archive.redo_more")),
        h("a", { class: "button", href: `/?from=${card.id}` }, t("archive.duplicate")),
        h("a", { class: "button", href: `/?from=${card.id}&other`, "aria-label": t("archive.other_named", { title: card.title }) }, t("archive.other_character")),
        h("button", { type: "button", class: "quietly", "aria-label": t("archive.delete_named", { title: card.title }), onclick: () => this.remove_(card) }, t("archive.delete"))));
  }

  async act(card, what, button) {
    const said = await attempt(() => getJson(`/api/jobs/${card.id}/${what}`, { method: "POST" }), button);
    if (said) { toast(said.message, "good"); this.load(); }
  }

  async remove_(card) {
    const said = await attempt(() => getJson(`/api/jobs/${card.id}`, { method: "DELETE" }));
    if (!said) return;
    toast(said.message, "info", [[t("common.undo"), () => this.restore(card)]]);
    this.load();
  }

  redo(card) { redoDialog(card.id, card.actions, () => this.load()); }
}

/** Ask from which step, say what that computes and costs, and do it. */
export function redoDialog(job, actions, after, chosen = "") {
  const step = h("select", { "aria-label": t("redo.which_step") }, STEPS.map((each) => h("option", { value: each, selected: each === (chosen ? "take" : "start_frame") }, t(`step.${each}`))));
  const who = h("select", { "aria-label": t("redo.which_action") }, h("option", { value: "" }, t("redo.all_actions")), actions.map((each) => h("option", { value: each.name, selected: each.name === chosen }, titleOf(each))));
  const told = h("p", { role: "status", class: "note" }, "…");
  const go = h("button", { class: "primary", type: "button" }, t("redo.go"));
  const wanted = () => ({ step: step.value, action: who.value || null });
  const look = async () => {
    const whole = ["character", "pack"].includes(step.value);
    who.disabled = whole;
    if (whole) who.value = "";
    const query = new URLSearchParams({ step: step.value, ...(who.value && { action: who.value }) });
    const plan = await attempt(() => getJson(`/api/jobs/${job}/plan?${query}`));
    told.textContent = plan ? `${t("redo.steps", { count: plan.to_do, kept: plan.cached })} ${plan.cost ? t("redo.costs", { cost: plan.cost }) : t("redo.costs_nothing")}` : "";
  };
  step.onchange = who.onchange = look;
  go.onclick = async () => {
    const said = await attempt(() => getJson(`/api/jobs/${job}/redo`, { json: wanted() }), go);
    if (said) { box.close(); toast(said.message, "good"); after(); }
  };
  const box = dialog(t("redo.title"), h("div", { class: "stack" }, h("label", { class: "field" }, h("span", {}, t("redo.from")), step), h("label", { class: "field" }, h("span", {}, t("redo.for")), who), told), [go]);
  look();
}

customElements.define("pc-archive", ArchivePage);
