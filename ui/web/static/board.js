import { redoDialog } from "./archive.js";
import { attempt, badge, dialog, h, KIND, platformName, size, toast } from "./dom.js";
import { getJson, request } from "./http.js";
import { openEventStream } from "./event-stream.js";
import { openLightbox } from "./lightbox.js";
import { morphChildren } from "./morph.js";
import { isWanted, notify, notifyButton } from "./notify.js";
import { tile } from "./tile.js";
import { listed, t, titleOf } from "./i18n.js";
import { shareDialog } from "./share.js";

const RESUMABLE = ["stopped", "failed"];
/** An action here goes on by itself, unless the job was stopped with the app. */
const IDLE = ["queued", "drawing", "animating", "cutting_out", "exporting"];

/** The review board of one job. The server sends every change, and the page is updated in place. */
class Board extends HTMLElement {
  job = "";
  /** @type {any} what the server told last */
  view = null;
  /** @type {Map<string, any>} actions with their last results */
  lastResults = new Map();
  /** @type {Map<string, string>} what each tile shows */
  rendered = new Map();

  connectedCallback() {
    this.head = h("div", { class: "page-head" });
    this.activity = h("section", { class: "card now", "aria-label": t("board.activity") }, h("p", { role: "status" }, t("page.loading")));
    this.packs = h("section", { class: "packs", "aria-label": t("board.packs") });
    this.list = h("ul", { class: "tiles", "aria-label": t("board.actions") });
    this.replaceChildren(h("div", { class: "page" }, this.head, this.activity, this.packs, this.list));
    this.listen();
  }

  disconnectedCallback() { this.stopListening(); }

  listen() {
    const on = { job: (view) => this.show(view), gone: ({ error }) => this.lost(error) };
    this.stopListening = openEventStream(() => `/api/jobs/${this.job}/events`, on, async () => {
      if (this.view) return;
      try { this.show(await getJson(`/api/jobs/${this.job}`)); } catch (error) { this.lost(error.message); }
    }, isWanted);
  }

  lost(why) {
    this.stopListening();
    this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, t("common.job_gone")), h("p", {}, why), h("a", { class: "button", href: "/archive" }, t("page.to_archive"))));
  }

  show(view) {
    const asked = (each) => each.status.startsWith("awaiting") && !each.answered;
    const before = new Set(this.view?.actions.filter(asked).map((each) => each.question + each.name));
    if (this.view && view.actions.some((each) => asked(each) && !before.has(each.question + each.name))) notify(view.card.title, view.now);
    else if (this.view && this.view.card.status !== "done" && view.card.status === "done") notify(view.card.title, view.next);
    this.view = view;
    const { card } = view;
    document.title = `${card.title} · PopCon`;
    const cost = card.cost ? t("board.cost", { cost: card.cost }) : t("board.no_cost");
    morphChildren(this.head, h("div", {}, h("h1", {}, card.title), h("p", { class: "quiet" }, `${listed(card.platforms.map(platformName))} · ${t("board.made_by", { engine: card.engine })} · ${cost}`)),
      h("div", { class: "row" }, badge(card.status), h("button", { type: "button", onclick: () => shareDialog(card.id) }, t("share.share")), h("button", { type: "button", onclick: () => redoDialog(card.id, view.actions, () => {}) }, t("common.redo_from"))));
    this.showActivity(view);
    morphChildren(this.packs, view.packs.map((pack) => packCard(this.job, pack, view.sheets[pack.platform])));
    const live = new Map([...this.list.children].map((each) => [each.dataset.key, each]));
    morphChildren(this.list, view.actions.map((each) => this.withLastResults(each)).map((each) => this.tile(each, live.get(each.name))));
  }

  /** What is happening now, and what to do next. */
  showActivity(view) {
    const { card } = view;
    const settled = view.actions.filter((each) => ["done", "failed", "skipped"].includes(each.status)).length;
    const waits = (status) => view.actions.filter((each) => each.status === status && !each.answered && !each.declined);
    const all = [["awaiting_start_frame", "start_frame_review", "board.approve_start_frames"], ["awaiting_refinement", "refinement", "board.approve_cutouts"]].filter(([status]) => waits(status).length > 1)
      .map(([status, gate, key]) => h("button", { class: "primary", type: "button", "data-key": gate, onclick: (event) => this.approveAll(gate, waits(status), event.currentTarget) }, t(key, { count: waits(status).length })));
    const isLeft = view.running === "stopped" && view.actions.some((each) => each.answered || IDLE.includes(each.status));
    const resume = view.problem || isLeft || RESUMABLE.includes(card.status) ? h("button", { class: "primary", type: "button", "data-key": "resume", onclick: (event) => this.resume(event.currentTarget) }, card.status === "failed" ? t("common.try_again") : t("common.continue")) : null;
    const fill = h("i", {});
    fill.style.width = `${(100 * settled) / view.actions.length}%`;
    this.activity.className = `card now ${KIND[card.status] ?? ""}`;
    morphChildren(this.activity, h("div", { role: "status" }, h("h2", {}, view.now), h("p", { class: "quiet" }, view.next, isLeft && card.status === "needs_you" ? " " + t("board.continue_others") : "")), h("div", { class: "row" }, all, resume, ["done", "deleted"].includes(card.status) ? null : notifyButton(() => this.showActivity(this.view))),
      h("div", { class: "bar", role: "progressbar", "aria-label": t("board.progress"), "aria-valuemin": 0, "aria-valuemax": view.actions.length, "aria-valuenow": settled }, fill));
  }

  /** An action with its former results while new ones are made: a picture stays until there is a newer one. */
  withLastResults(action) {
    const kept = this.lastResults.get(action.name) ?? {};
    const isAsked = action.status.startsWith("awaiting");
    if (!isAsked) for (const name of ["start_frame", "clip"]) action[name] ??= kept[name] ?? null;
    if (!isAsked && !Object.keys(action.stickers).length && kept.stickers) action.stickers = kept.stickers;
    this.lastResults.set(action.name, action);
    return action;
  }

  /** An action's tile; only its key if the one on the page is up to date. */
  tile(action, live) {
    const text = JSON.stringify(action);
    if (live && this.rendered.get(action.name) === text) return h("li", { "data-key": action.name, "data-keep": true });
    this.rendered.set(action.name, text);
    return tile(this.job, action, this.handlersOf(action));
  }

  /** What the buttons of an action's tile do. */
  handlersOf(action) {
    return {
      answer: (gate, kind, button, more) => this.answer(action, gate, kind, button, more),
      replace: (file) => this.replace(action, file),
      anotherTake: () => this.anotherTake(action),
      look: () => openLightbox(this.job, () => this.view.actions, action.name),
      redo: () => redoDialog(this.job, this.view.actions, () => {}, action.name),
      resume: (button) => this.resume(button),
    };
  }

  async answer(action, gate, kind, button, more) {
    const said = await attempt(() => getJson(`/api/jobs/${this.job}/actions/${action.name}/verdict`, { json: { gate, kind, question: action.question, ...more }, keepalive: true }), button);
    if (said) toast(said.message, said.stored ? "good" : "info");
    return Boolean(said);
  }

  async approveAll(gate, actions, button) {
    const seen = Object.fromEntries(actions.map((each) => [each.name, each.question]));
    const said = await attempt(() => getJson(`/api/jobs/${this.job}/verdicts`, { json: { gate, seen }, keepalive: true }), button);
    if (said) toast(t("board.approved", { count: said.filter((each) => each.stored).length }), "good");
  }

  async replace(action, file) {
    const form = new FormData();
    form.append("picture", file);
    const said = await attempt(async () => (await request(`/api/jobs/${this.job}/actions/${action.name}/replace`, { method: "POST", body: form })).json());
    if (said) toast(said.message, said.stored ? "good" : "info");
  }

  anotherTake(action) {
    const prompt = h("textarea", { maxlength: 600, value: action.prompt || action.motion });
    const go = h("button", { class: "primary", type: "button", onclick: async () => {
      // Where it was refused, the words stay.
      if (await this.answer(action, "refinement", "another_take", go, { prompt: prompt.value.trim() })) box.close();
    } }, t("board.make_take"));
    const box = dialog(t("board.take_of", { title: titleOf(action) }), h("label", { class: "field" }, h("span", {}, t("board.prompt")), prompt, h("small", {}, t("board.takes_stay"))), [go]);
  }

  async resume(button) {
    const said = await attempt(() => getJson(`/api/jobs/${this.job}/continue`, { method: "POST", keepalive: true }), button);
    if (said) toast(said.message, "good");
  }
}

function packCard(job, pack, sheet) {
  return h("div", { class: "card", "data-key": pack.platform },
    h("div", {}, h("h2", {}, pack.title), h("p", { class: "quiet" }, `${t("board.pack_files", { count: pack.files, size: size(pack.file.bytes) })} ${pack.notes.join(" ")}`),
      h("span", { class: `badge ${pack.accepted ? "good" : "ask"}` }, pack.accepted ? t("board.keeps_rules") : t("board.breaks_rule"))),
    h("div", { class: "row" }, h("a", { class: "button primary", href: pack.file.url, download: "" }, t("common.download_pack")),
      h("a", { class: "button", href: `/jobs/${job}/finish#${pack.platform}`, "aria-label": t("board.look_over_named", { title: pack.title }) }, t("board.look_over")),
      sheet ? h("a", { class: "button", href: sheet, target: "_blank", rel: "noopener" }, t("board.sheet")) : null));
}
customElements.define("pc-board", Board);
