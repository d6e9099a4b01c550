import { attempt, badge, call, dialog, getJson, h, KIND, playing, size, toast, WORDS } from "./dom.js";
import { redoDialog } from "./archive.js";

/** The review board of one job. It is told of each change by the server and redraws the tiles that changed. */
class Board extends HTMLElement {
  connectedCallback() {
    this.tiles = new Map();
    this.kept = new Map();
    this.head = h("div", { class: "page-head" });
    this.nowBox = h("section", { class: "card now", "aria-label": "What is happening" });
    this.packs = h("section", { class: "packs", "aria-label": "Packs" });
    this.list = h("ul", { class: "tiles", "aria-label": "Actions" });
    this.replaceChildren(h("div", { class: "page" }, this.head, this.nowBox, this.packs, this.list));
    this.nowBox.append(h("p", { role: "status" }, "Loading …"));
    this.listen();
  }

  disconnectedCallback() { this.source?.close(); }

  listen() {
    this.source = new EventSource(`/api/jobs/${this.job}/events`);
    this.source.addEventListener("job", (event) => this.show(JSON.parse(event.data)));
    this.source.addEventListener("gone", (event) => { this.source.close(); this.lost(JSON.parse(event.data).error); });
    this.source.addEventListener("error", async () => {
      if (this.view) return;
      try { this.show(await getJson(`/api/jobs/${this.job}`)); } catch (error) { this.source.close(); this.lost(error.message); }
    });
  }

  lost(why) {
    this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, "This job is not here"), h("p", {}, why), h("a", { class: "button", href: "/archive" }, "Go to the archive")));
  }

  show(view) {
    this.view = view;
    const { card } = view;
    document.title = `${card.title} · PopCon`;
    const settled = view.actions.filter((each) => ["done", "failed", "skipped"].includes(each.status)).length;
    this.head.replaceChildren(h("div", {}, h("h1", {}, card.title), h("p", { class: "quiet" }, `${card.platforms.join(", ")} · ${card.engine} engine · ${Number(card.cost_cny) ? `${card.cost_cny} CNY so far` : "no cost"}`)),
      h("div", { class: "row" }, badge(card.status), h("button", { type: "button", onclick: () => redoDialog(card.id, view.actions, () => {}) }, "Redo from …")));
    const waits = (gate) => view.actions.filter((each) => each.status === gate).length;
    const all = [["awaiting_start_frame", "start_frame_review", "start frames"], ["awaiting_refinement", "refinement", "cut-outs"]].filter(([status]) => waits(status) > 1)
      .map(([status, gate, what]) => h("button", { class: "primary", type: "button", onclick: (event) => this.approveAll(gate, event.target) }, `Approve all ${waits(status)} ${what}`));
    const resume = view.problem || ["stopped", "failed"].includes(card.status) ? h("button", { class: "primary", type: "button", onclick: (event) => this.go(event.target) }, card.status === "failed" ? "Try again" : "Continue") : null;
    this.nowBox.className = `card now ${KIND[card.status] ?? ""}`;
    const text = `${view.now}|${view.next}|${all.length}|${Boolean(resume)}|${settled}|${waits("awaiting_start_frame")}|${waits("awaiting_refinement")}`;
    if (text !== this.told) {
      this.told = text;
      const fill = h("i", {});
      fill.style.width = `${(100 * settled) / view.actions.length}%`;
      this.nowBox.replaceChildren(h("div", { role: "status" }, h("h2", {}, view.now), h("p", { class: "quiet" }, view.next)), h("div", { class: "row" }, all, resume),
        h("div", { class: "bar", role: "progressbar", "aria-label": "Actions finished", "aria-valuemin": 0, "aria-valuemax": view.actions.length, "aria-valuenow": settled }, fill));
    }
    const packs = JSON.stringify(view.packs);
    if (packs !== this.packed) {
      this.packed = packs;
      this.packs.replaceChildren(...view.packs.map((pack) => h("div", { class: "card" }, h("div", {}, h("h2", {}, pack.title), h("p", { class: "quiet" }, `${pack.files} files, ${size(pack.file.bytes)}. `, ...pack.notes.map((note) => `${note} `)),
        h("span", { class: `badge ${pack.accepted ? "good" : "ask"}` }, pack.accepted ? "Keeps every rule" : "Breaks a rule of the platform")),
        h("div", { class: "row" }, h("a", { class: "button primary", href: pack.file.url, download: "" }, "Download the pack"), view.sheets[pack.platform] ? h("a", { class: "button", href: view.sheets[pack.platform], target: "_blank", rel: "noopener" }, "Sheet") : null))));
    }
    for (const action of view.actions) this.tile(action);
  }

  tile(action) {
    const kept = this.kept.get(action.name) ?? {};
    for (const name of ["start_frame", "clip"]) action[name] ??= kept[name] ?? null;
    if (!Object.keys(action.stickers).length && action.status !== "awaiting_start_frame" && kept.stickers) action.stickers = kept.stickers;
    this.kept.set(action.name, action);
    const text = JSON.stringify(action);
    const known = this.tiles.get(action.name);
    if (known?.text === text) return;
    const typed = known?.item.querySelector("textarea");
    const focus = known?.item.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const item = this.makeTile(action, typed && typed.dataset.of === action.question ? typed.value : null);
    if (known) known.item.replaceWith(item);
    else this.list.append(item);
    this.tiles.set(action.name, { text, item });
    if (focus) (item.querySelector(`[data-key="${focus}"]`) ?? item.querySelector("button"))?.focus();
  }

  makeTile(action, typed) {
    const item = h("li", { class: "card tile", "data-action": action.name },
      this.stage(action),
      h("div", { class: "tile-body" }, h("div", { class: "row between" }, h("h2", {}, `${action.emoji} ${action.title}`), badge(action.status)),
        action.status === "failed" ? h("p", { class: "bad-text" }, action.message) : null,
        h("p", { class: "quiet" }, action.next),
        ...action.notes.slice(0, 2).map((note) => h("p", { class: "note" }, note)),
        action.doubtful && action.status === "awaiting_refinement" ? h("p", { class: "note" }, `${action.doubtful} frames are doubtful; have a look at them.`) : null,
        this.controls(action, typed)));
    return item;
  }

  shown(action) {
    const [sticker] = Object.values(action.stickers);
    if (action.status === "awaiting_start_frame") return [action.start_frame, "Start frame"];
    return sticker ? [sticker, "Sticker"] : action.clip ? [action.clip, "Clip"] : [action.start_frame, "Start frame"];
  }

  stage(action) {
    const [made, what] = this.shown(action);
    if (!made) return h("div", { class: "stage" }, h("span", { class: "wait", "aria-hidden": "true" }, action.emoji));
    const label = `${what} of ${action.title}`;
    if (what !== "Sticker") return h("button", { type: "button", class: "stage", "aria-label": `${label}: look closer`, "data-key": "look", onclick: () => this.large(action.name) }, playing(made, label));
    return h("button", { type: "button", class: "stage both", "aria-label": `${label}: look closer`, "data-key": "look", onclick: () => this.large(action.name) },
      h("span", { class: "on-light" }, playing(made, `${label} on light`)), h("span", { class: "on-dark" }, playing(made, "")));
  }

  controls(action, typed) {
    const say = (gate, kind, more = {}) => (event) => this.say(action, gate, kind, event.currentTarget, more);
    const refine = h("a", { class: "button", href: `/jobs/${this.job}/refine/${action.name}`, "data-key": "refine" }, "Refine");
    if (action.status === "awaiting_start_frame") {
      const prompt = h("textarea", { "aria-label": `Motion prompt of ${action.title}`, maxlength: 600, "data-of": action.question, "data-key": "prompt" }, typed ?? action.prompt);
      const file = h("input", { type: "file", class: "sr", tabindex: -1, accept: "image/*", "aria-label": `Picture for ${action.title}`, onchange: () => file.files[0] && this.replace(action, file.files[0]) });
      return h("div", { class: "stack" }, prompt, h("div", { class: "row" },
        h("button", { class: "primary", type: "button", "data-key": "approve", onclick: say("start_frame_review", "approve") }, "Approve"),
        h("button", { type: "button", "data-key": "regenerate", onclick: (event) => this.say(action, "start_frame_review", "regenerate", event.currentTarget, { prompt: prompt.value.trim() }) }, "Draw again"),
        h("button", { type: "button", onclick: () => file.click() }, "Use my own"), file,
        h("button", { type: "button", class: "quietly", onclick: say("start_frame_review", "skip") }, "Skip")));
    }
    if (action.status === "awaiting_refinement") {
      return h("div", { class: "row" }, h("button", { class: "primary", type: "button", "data-key": "approve", onclick: say("refinement", "approve") }, "Approve"), refine,
        h("button", { type: "button", onclick: () => this.again(action) }, "Another take"), h("button", { type: "button", class: "quietly", onclick: say("refinement", "skip") }, "Skip"));
    }
    const redo = h("button", { type: "button", onclick: () => redoDialog(this.job, this.view.actions, () => {}, action.name) }, "Redo from …");
    if (action.status === "done") {
      return h("div", { class: "stack" }, Object.entries(action.stickers).slice(0, 1).map(([, made]) => h("p", { class: "quiet" }, `${made.width}×${made.height}, ${made.note}, ${size(made.bytes)}`)),
        h("div", { class: "row" }, Object.entries(action.stickers).map(([platform, made]) => h("a", { class: "button", href: `${made.url}&download=1`, download: "" }, Object.keys(action.stickers).length > 1 ? `↓ ${platform}` : "Download")), refine, redo));
    }
    if (action.status === "failed") return h("div", { class: "row" }, h("button", { class: "primary", type: "button", onclick: (event) => this.go(event.target) }, "Try again"), redo);
    if (action.status === "skipped") return h("div", { class: "row" }, redo);
    return null;
  }

  /** One action, large, with the others a key away. */
  large(name) {
    const names = this.view.actions.filter((each) => this.shown(each)[0]).map((each) => each.name);
    const place = h("div", { class: "view" });
    const text = h("p", { class: "quiet" });
    const links = h("div", { class: "row" });
    const turn = (by) => show(names[(names.indexOf(name) + by + names.length) % names.length]);
    const show = (wanted) => {
      name = wanted;
      const action = this.view.actions.find((each) => each.name === name);
      const [made, what] = this.shown(action);
      const media = playing(made, `${what} of ${action.title}`, { loading: null, controls: made.media_type === "video/mp4" });
      place.replaceChildren(media);
      text.textContent = `${action.title}: ${WORDS[action.status]}. ${action.next}`;
      const base = `/api/jobs/${this.job}/actions/${name}`;
      links.replaceChildren(...[action.start_frame && [`${base}/start-frame?download=1`, "Start frame"], action.clip && [`${base}/clip?download=1`, "Clip"], ...Object.keys(action.stickers).map((platform) => [`${base}/stickers/${platform}?download=1`, platform])].filter(Boolean).map(([href, label]) => h("a", { class: "button", href, download: "" }, `↓ ${label}`)));
    };
    const box = dialog("A closer look", h("div", { class: "stack" }, place, text, links), [h("button", { type: "button", "aria-label": "Previous action", onclick: () => turn(-1) }, "← Previous"), h("button", { type: "button", "aria-label": "Next action", onclick: () => turn(1) }, "Next →")], true);
    box.addEventListener("keydown", (event) => { if (event.key === "ArrowLeft") turn(-1); else if (event.key === "ArrowRight") turn(1); });
    show(name);
  }

  async say(action, gate, kind, button, more) {
    const said = await attempt(() => getJson(`/api/jobs/${this.job}/actions/${action.name}/verdict`, { json: { gate, kind, question: action.question, ...more } }), button);
    if (said) toast(said.message, said.stored ? "good" : "info");
  }

  async approveAll(gate, button) {
    const said = await attempt(() => getJson(`/api/jobs/${this.job}/verdicts`, { json: { gate } }), button);
    if (said) toast(`${said.filter((each) => each.stored).length} approved.`, "good");
  }

  async replace(action, file) {
    const form = new FormData();
    form.append("picture", file);
    const said = await attempt(async () => (await call(`/api/jobs/${this.job}/actions/${action.name}/replace`, { method: "POST", body: form })).json());
    if (said) toast(said.message, said.stored ? "good" : "info");
  }

  again(action) {
    const prompt = h("textarea", { maxlength: 600 }, action.motion);
    const go = h("button", { class: "primary", type: "button", onclick: async () => { await this.say(action, "refinement", "another_take", go, { prompt: prompt.value.trim() }); box.close(); } }, "Make another take");
    const box = dialog(`Another take of ${action.title}`, h("label", { class: "field" }, h("span", {}, "Motion prompt"), prompt, h("small", {}, "Frames of earlier takes stay to pick from.")), [go]);
  }

  async go(button) {
    const said = await attempt(() => getJson(`/api/jobs/${this.job}/continue`, { method: "POST" }), button);
    if (said) toast(said.message, "good");
  }
}
customElements.define("pc-board", Board);
