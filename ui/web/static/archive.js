import { ago, attempt, badge, debounce, dialog, h, platformName, toast, WORDS } from "./dom.js";
import { getJson } from "./http.js";
import { morphChildren } from "./morph.js";

const FILTERS = ["needs_you", "running", "queued", "stopped", "failed", "done", "deleted"];
const STEPS = ["character", "start_frame", "take", "frames", "cutouts", "sticker", "pack"];
const PAGE = 40;

class ArchivePage extends HTMLElement {
  /** the last answer, as text */
  shown = "";

  connectedCallback() {
    const asked = new URLSearchParams(location.search);
    this.status = asked.get("status") ?? "";
    this.search = h("input", { type: "search", value: asked.get("q") ?? "", placeholder: "Search title, action, platform", "aria-label": "Search jobs", oninput: debounce(() => this.load(), 200) });
    this.filters = h("div", { class: "chips", role: "group", "aria-label": "Filter by status" });
    this.list = h("ul", { class: "cards", "aria-label": "Jobs" });
    this.statusLine = h("p", { class: "quiet", role: "status" }, "Loading …");
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.load(true) }, "Show more");
    this.replaceChildren(h("div", { class: "page" },
      h("div", { class: "page-head" }, h("div", {}, h("h1", {}, "Archive"), this.statusLine), h("a", { class: "button primary", href: "/" }, "New pack")),
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
    this.statusLine.textContent = found.reading ? `Reading the archive, ${found.total} so far …` : !found.total ? "" : `${found.total} ${found.total === 1 ? "job" : "jobs"}${waiting ? `, ${waiting} ${waiting === 1 ? "needs" : "need"} you` : ""}.`;
    morphChildren(this.filters, this.chip("", "All"), ...FILTERS.filter((each) => found.counts[each] || each === this.status).map((each) => this.chip(each, `${WORDS[each]} ${found.counts[each] ?? 0}`)));
  }

  chip(status, text) {
    return h("button", { type: "button", class: "chip", "data-key": status || "all", "aria-pressed": String(this.status === status), onclick: () => { this.status = status; this.load(); } }, text);
  }

  empty() {
    const none = !this.search.value && !this.status;
    return h("li", { class: "empty", "data-key": "-empty" }, h("img", { src: "/static/icon.svg", alt: "", width: 72 }),
      h("h2", {}, none ? "No packs yet" : "Nothing matches"),
      h("p", {}, none ? "Give PopCon one picture of a character, and get a pack of animated emoji." : "Try other words, or another status."),
      none ? h("a", { class: "button primary", href: "/" }, "Make the first one") : null);
  }

  /** A job that may still be brought back. */
  gone(card) {
    return h("li", { class: "card job", "data-key": `gone-${card.id}`, "data-home": true, tabindex: -1, "aria-label": card.title },
      h("div", {}, h("h2", {}, card.title), h("p", { class: "quiet" }, `Deleted ${ago(card.deleted_at)}; kept for a day after that.`), badge(card.status)),
      h("div", { class: "row" }, h("button", { class: "primary", type: "button", "aria-label": `Bring ${card.title} back`, onclick: (event) => this.restore(card, event.currentTarget) }, "Bring back")));
  }

  async restore(card, button) {
    const back = await attempt(() => getJson(`/api/jobs/${card.id}/restore`, { method: "POST" }), button);
    if (back) toast(`${card.title} is back.`, "good");
    this.load();
  }

  card(card) {
    if (card.status === "deleted") return this.gone(card);
    const open = `/jobs/${card.id}`;
    const cost = card.cost || "free";
    return h("li", { class: "card job", "data-key": card.id, "data-home": true, tabindex: -1, "aria-label": card.title },
      h("a", { class: "job-main", href: open },
        h("img", { class: "portrait", src: `/api/jobs/${card.id}/portrait`, alt: "", loading: "lazy", width: 72, height: 72 }),
        h("div", {}, h("h2", {}, card.title), h("p", { class: "quiet" }, `${ago(card.created_at)} · ${card.platforms.map(platformName).join(", ")} · ${cost}`),
          badge(card.status), " ", h("span", { class: "quiet" }, `${card.done} of ${card.actions.length} finished`))),
      h("div", { class: "dots", role: "img", "aria-label": card.actions.map((each) => `${each.title}: ${WORDS[each.status]}`).join(", ") },
        card.actions.map((each) => h("span", { class: `dot ${each.status}`, title: `${each.title}: ${WORDS[each.status]}${each.step ? `, reached ${each.step.replace("_", " ")}` : ""}` }, each.emoji))),
      h("div", { class: "row" },
        ["stopped", "failed"].includes(card.status) ? h("button", { class: "primary", type: "button", onclick: (event) => this.act(card, "continue", event.currentTarget) }, card.status === "failed" ? "Try again" : "Continue") : h("a", { class: "button", href: open, "data-key": "go", "data-of": "link" }, card.status === "needs_you" ? "Review" : "Open"),
        h("button", { type: "button", "aria-label": `Redo ${card.title} from a step`, onclick: () => this.redo(card) }, "Redo …"),
        h("a", { class: "button", href: `/?from=${card.id}` }, "Duplicate"),
        h("button", { type: "button", class: "quietly", "aria-label": `Delete ${card.title}`, onclick: () => this.remove_(card) }, "Delete")));
  }

  async act(card, what, button) {
    const said = await attempt(() => getJson(`/api/jobs/${card.id}/${what}`, { method: "POST" }), button);
    if (said) { toast(said.message, "good"); this.load(); }
  }

  async remove_(card) {
    const said = await attempt(() => getJson(`/api/jobs/${card.id}`, { method: "DELETE" }));
    if (!said) return;
    toast(said.message, "info", [["Undo", () => this.restore(card)]]);
    this.load();
  }

  redo(card) { redoDialog(card.id, card.actions, () => this.load()); }
}

/** Ask from which step, say what that computes and costs, and do it. */
export function redoDialog(job, actions, after, chosen = "") {
  const step = h("select", { "aria-label": "From which step" }, STEPS.map((each) => h("option", { value: each, selected: each === (chosen ? "take" : "start_frame") }, each.replace("_", " "))));
  const who = h("select", { "aria-label": "Which action" }, h("option", { value: "" }, "All actions"), actions.map((each) => h("option", { value: each.name, selected: each.name === chosen }, each.title)));
  const told = h("p", { role: "status", class: "note" }, "…");
  const go = h("button", { class: "primary", type: "button" }, "Redo");
  const wanted = () => ({ step: step.value, action: who.value || null });
  const look = async () => {
    const whole = ["character", "pack"].includes(step.value);
    who.disabled = whole;
    if (whole) who.value = "";
    const query = new URLSearchParams({ step: step.value, ...(who.value && { action: who.value }) });
    const plan = await attempt(() => getJson(`/api/jobs/${job}/plan?${query}`));
    told.textContent = plan ? `${plan.to_do} steps will be computed again, ${plan.cached} are kept. ${plan.cost ? `It will cost about ${plan.cost}.` : "It costs nothing."}` : "";
  };
  step.onchange = who.onchange = look;
  go.onclick = async () => {
    const said = await attempt(() => getJson(`/api/jobs/${job}/redo`, { json: wanted() }), go);
    if (said) { box.close(); toast(said.message, "good"); after(); }
  };
  const box = dialog("Redo from a step", h("div", { class: "stack" }, h("label", { class: "field" }, h("span", {}, "From"), step), h("label", { class: "field" }, h("span", {}, "For"), who), told), [go]);
  look();
}

customElements.define("pc-archive", ArchivePage);
