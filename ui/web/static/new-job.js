import { attempt, debounce, h, moving, toast } from "./dom.js";
import { getJson, request } from "./http.js";
import { drawGiven, giveAll, NO_PICTURE, orderOthers } from "./new-job-character.js";
import { orderForm } from "./new-job-form.js";
import { PreviewStream } from "./preview-stream.js";
import { drawWords, NO_WORDS, sayWhyNot, wordsLook, wordsOf } from "./words.js";
import { LANGUAGE, listed, t, titleOf } from "./i18n.js";

const KEPT = "popcon-new-pack";
const MATTES = { keyed: t("order.matte_keyed"), birefnet: t("order.matte_birefnet"), rembg: t("order.matte_rembg") };
const EMPTY = { ...NO_PICTURE, ...NO_WORDS, mode: "picture", described: "", reference: "", actions: null, customs: [], platforms: ["line-emoji"], engine: "embedded", matte: "keyed", shadow: "", review: "ask", budget: "", title: "", batch: "" };

/** Order a pack. What is typed and chosen survives a reload: the picture is on the server as soon as it is given. */
export class NewJob extends HTMLElement {
  /** @type {import("./character-panel.js").CharacterPanel | undefined} */
  character = undefined;

  async connectedCallback() {
    this.state = { ...EMPTY, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
    this.replaceChildren(h("p", { class: "loading", role: "status" }, t("page.loading")));
    try {
      this.catalogue = await getJson("/api/catalogue");
    } catch (error) {
      this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, t("order.unreachable")), h("p", {}, error.message)));
      return;
    }
    this.state.actions ??= this.catalogue.actions.filter((each) => each.suggested).map((each) => each.name);
    const asked = new URLSearchParams(location.search);
    const from = asked.get("from");
    if (from) await this.copy(from);
    // A second character with the same settings.
    if (from && asked.has("other")) Object.assign(this.state, NO_PICTURE, { title: "" });
    this.draw();
    document.addEventListener("paste", (event) => {
      if (this.state.mode === "picture") giveAll(this, event.clipboardData.files);
    });
  }

  async copy(job) {
    const view = await attempt(() => getJson(`/api/jobs/${encodeURIComponent(job)}`));
    if (!view) return;
    const spec = view.spec;
    const known = this.catalogue.actions.map((each) => each.name);
    Object.assign(this.state, NO_PICTURE, {
      mode: spec.picture ? "picture" : "words", picture: spec.picture?.sha256 ?? "", described: spec.description ?? "",
      reference: spec.reference?.sha256 ?? "", title: spec.title, platforms: spec.platforms, review: spec.review,
      engine: this.catalogue.engines.some((each) => each.name === spec.engines.image.name) ? spec.engines.image.name : "embedded", matte: spec.engines.matte.name, shadow: spec.engines.matte.settings?.shadow ?? "",
      actions: spec.actions.map((each) => each.name).filter((name) => known.includes(name)),
      customs: spec.actions.filter((each) => !known.includes(each.name)).map((each) => ({ name: each.title, motion: each.motion, effect: each.effect })),
      budget: spec.budget_cny ?? "",
      background: spec.clicks.length ? "clicks" : spec.keep_background === null ? "auto" : spec.keep_background ? "keep" : "remove",
      language: spec.captions?.language ?? "", alsoIn: spec.translations?.map((each) => each.language) ?? [], texts: spec.captions?.texts ?? {}, captionMotion: spec.captions?.motion ?? "",
      whiten: spec.whiten_paper, rig: spec.rig?.sha256 ?? "", givenClicks: spec.clicks.length ? spec.clicks : null,
      batch: String(Date.now()), // else the same order would be the same job
    });
    history.replaceState(null, "", "/");
  }

  set(changes) {
    Object.assign(this.state, changes);
    localStorage.setItem(KEPT, JSON.stringify(this.state));
    this.plan();
  }

  draw() {
    const { state } = this;
    this.given = h("div", {});
    this.presets = h("div", { class: "presets", role: "group", "aria-label": t("order.presets") });
    this.customs = h("div", { class: "stack" });
    this.words = h("div", {});
    this.count = h("span", { class: "quiet" });
    this.planned = h("div", { class: "plan", role: "status" });
    this.start = h("button", { class: "primary large", type: "button", onclick: () => this.order() }, t("order.start"));
    const radio = (name, value, title, small, disabled = false) => h("label", { class: "choice" },
      h("input", { type: "radio", name, value, checked: state[name] === value, disabled, onchange: () => this.set({ [name]: value }) }),
      h("span", {}, title, h("small", {}, small)));
    const small = (text) => h("small", {}, text);
    this.replaceChildren(h("div", { class: "page" },
      h("div", {}, h("h1", {}, t("page.new")), h("p", { class: "quiet" }, t("order.lead"))),
      h("div", { class: "order" },
        h("div", { class: "stack" },
          h("section", { class: "card", "aria-label": t("order.character") }, h("h2", {}, h("b", {}, "1"), t("order.your_character")), this.given),
          h("section", { class: "card", "aria-label": t("order.actions") }, h("div", { class: "row between" }, h("h2", {}, h("b", {}, "2"), t("order.what_it_does") + " ", this.count),
            h("div", { class: "row" }, h("button", { type: "button", class: "chip", onclick: () => this.choose("all") }, t("order.all")), h("button", { type: "button", class: "chip", onclick: () => this.choose("suggested") }, t("order.best")), h("button", { type: "button", class: "chip", onclick: () => this.choose("none") }, t("order.none")))),
            h("div", { class: "stack" }, this.presets, h("h3", {}, t("order.words")), this.words, this.customs)),
          h("section", { class: "card", "aria-label": t("order.platforms") }, h("h2", {}, h("b", {}, "3"), t("order.where")), h("div", { class: "platforms" }, this.catalogue.platforms.map((each) => this.platform(each)))),
          h("section", { class: "card stack", "aria-label": t("order.options") }, h("h2", {}, h("b", {}, "4"), t("order.how_made")),
            h("div", { class: "pair" }, radio("review", "ask", t("order.review_ask"), t("order.review_ask_more")), radio("review", "auto", t("order.review_auto"), t("order.review_auto_more"))),
            h("div", { class: "pair" }, this.catalogue.engines.map((each) => radio("engine", each.name, each.title, each.why_not || each.about, Boolean(each.why_not)))),
            h("div", { class: "platforms" },
              h("label", { class: "field" }, h("span", {}, t("order.title") + " ", small(t("common.optional"))), h("input", { maxlength: 80, value: state.title, oninput: (event) => this.set({ title: event.target.value }) })),
              h("label", { class: "field" }, h("span", {}, t("order.budget") + " ", this.currency = small("")), h("input", { inputmode: "decimal", maxlength: 12, value: state.budget, oninput: (event) => this.set({ budget: event.target.value }) })),
              this.catalogue.mattes.length > 1 ? h("label", { class: "field" }, h("span", {}, t("order.matte")), h("select", { onchange: (event) => this.set({ matte: event.target.value }) }, this.catalogue.mattes.map((each) => h("option", { value: each, selected: each === state.matte }, MATTES[each] ?? each)))) : null,
              h("label", { class: "field" }, h("span", {}, t("order.shadow") + " ", small(t("order.shadow_of"))), h("select", { onchange: (event) => this.set({ shadow: event.target.value }) }, [["", "order.shadow_remove"], ["keep", "order.shadow_keep"]].map(([value, words]) => h("option", { value, selected: value === state.shadow }, t(words)))))))),
        h("aside", { class: "summary stack card", "aria-label": t("order.your_pack") }, h("h2", {}, t("order.your_pack")), this.planned, h("div", { class: "start-bar stack" }, this.start)))));
    drawGiven(this);
    this.drawPresets();
    this.drawCustoms();
    drawWords(this);
    this.plan();
  }

  choose(which) {
    const names = this.catalogue.actions.filter((each) => which === "all" || (which === "suggested" && each.suggested)).map((each) => each.name);
    this.set({ actions: names });
    this.drawPresets();
    drawWords(this);
  }

  /** What to ask for previews of these actions: with the character, and with their words where they are chosen. */
  previewsOf(names) {
    const { mode, picture, touched, background, whiten, rig, actions } = this.state;
    const who = mode === "picture" && picture ? touched || picture : "mascot";
    // Where clicks say what it is, the picture with its clicks is touched up; before the first one all of it is shown.
    const json = { actions: names.map((name) => ({ name, words: actions.includes(name) ? wordsOf(this, name) : "" })),
      ...(who === picture && { background, whiten }), ...(who !== "mascot" && { rig }), ...wordsLook(this) };
    return { url: `/api/previews/${who}`, json };
  }

  /** Draw previews anew: their words have changed. */
  refreshSamples(names) { this.previews.want(names); }

  /** Put a preview into its tile. @param {import("./preview-stream.js").Preview} line */
  showPreview({ action, image, error }) {
    const place = this.presets.querySelector(`[data-name="${action}"]`);
    if (error) sayWhyNot(this, error);
    if (!place || error) return;
    const blob = new Blob([Uint8Array.from(atob(image), (each) => each.charCodeAt(0))], { type: "image/webp" });
    const url = URL.createObjectURL(blob);
    const made = moving({ url, blob, media_type: blob.type }, "", { width: 128, height: 128, loading: null });
    made.addEventListener("load", () => { place.replaceChildren(made); URL.revokeObjectURL(url); });
  }

  drawPresets() {
    this.previews?.stop();
    this.previews = new PreviewStream((names) => this.previewsOf(names), (line) => this.showPreview(line));
    const seen = new IntersectionObserver((entries) => {
      const now = entries.filter((each) => each.isIntersecting).map((each) => /** @type {HTMLElement} */ (each.target));
      for (const each of now) seen.unobserve(each);
      this.previews.want(now.map((each) => each.dataset.name));
    }, { rootMargin: "120px" });
    this.presets.replaceChildren(...this.catalogue.actions.map((each) => {
      const sample = h("span", { class: "sample", "data-name": each.name, "aria-hidden": "true" }, each.emoji);
      seen.observe(sample);
      const button = h("button", { type: "button", class: "preset", title: LANGUAGE === "en" ? each.motion : null, "aria-pressed": String(this.state.actions.includes(each.name)), onclick: () => {
        const chosen = new Set(this.state.actions);
        if (!chosen.delete(each.name)) chosen.add(each.name);
        button.setAttribute("aria-pressed", String(chosen.has(each.name)));
        this.set({ actions: this.catalogue.actions.map((one) => one.name).filter((name) => chosen.has(name)) });
        drawWords(this);
        if (this.state.language) this.refreshSamples([each.name]);
      } }, sample, titleOf(each));
      return button;
    }));
  }

  drawCustoms() {
    const change = (index, name) => (event) => { this.state.customs[index][name] = event.target.value; this.set({}); };
    this.customs.replaceChildren(
      h("h3", {}, t("order.customs")),
      ...this.state.customs.map((each, index) => h("div", { class: "custom" },
        h("label", { class: "field" }, h("span", {}, t("order.custom_name")), h("input", { maxlength: 40, value: each.name, oninput: change(index, "name") })),
        h("label", { class: "field" }, h("span", {}, t("order.custom_motion")), h("input", { maxlength: 600, value: each.motion, placeholder: t("order.custom_motion_hint"), oninput: change(index, "motion") })),
        h("label", { class: "field" }, h("span", {}, t("order.custom_effect")), h("input", { maxlength: 300, value: each.effect, placeholder: t("order.custom_effect_hint"), oninput: change(index, "effect") })),
        h("button", { type: "button", class: "icon", "aria-label": t("order.remove_named", { name: each.name || t("order.this_action") }), onclick: () => { this.state.customs.splice(index, 1); this.set({}); this.drawCustoms(); } }, "✕"))),
      h("div", {}, h("button", { type: "button", onclick: () => { this.state.customs.push({ name: "", motion: "", effect: "" }); this.set({}); this.drawCustoms(); this.customs.querySelector(".custom:last-of-type input")?.focus(); } }, t("order.add"))));
  }

  platform(each) {
    const many = each.counts.length ? t("order.stickers", { numbers: listed(each.counts) }) : each.least > 1 ? t("order.stickers", { numbers: each.least === each.most ? each.least : `${each.least}–${each.most ?? "∞"}` }) : t("order.any_number");
    return h("label", { class: "choice" }, h("input", { type: "checkbox", value: each.name, checked: this.state.platforms.includes(each.name), onchange: (event) => {
      const chosen = new Set(this.state.platforms);
      if (event.target.checked) chosen.add(each.name);
      else chosen.delete(each.name);
      this.set({ platforms: this.catalogue.platforms.map((one) => one.name).filter((name) => chosen.has(name)) });
    } }), h("span", {}, each.title, h("small", {}, `${each.width}×${each.height} ${each.format.toUpperCase()}, ${many}`), h("small", { class: "notice" }, each.notices.join(" "))));
  }

  /** What is missing before the pack can start, in a sentence; "" for nothing. */
  missing() {
    const { state } = this;
    const count = state.actions.length + state.customs.filter((each) => each.name.trim() && each.motion.trim()).length;
    this.count.textContent = t("order.chosen", { count });
    if (state.mode === "picture" && !state.picture) return t("order.need_picture");
    if (state.mode === "picture" && state.background === "clicks" && !state.edits.clicks.length) return t("order.need_click");
    const isUnclear = state.mode === "picture" && state.doubt && !state.touched && !state.edits.clicks.length && !state.edits.strokes.length;
    if (isUnclear && state.review === "auto") return t("order.unclear");
    if (state.mode === "words" && !state.described.trim()) return t("order.need_words");
    if (!count) return t("order.need_action");
    if (!state.platforms.length) return t("order.need_platform");
    return "";
  }

  /** The engine that is chosen. */
  engine() { return this.catalogue.engines.find((each) => each.name === this.state.engine) ?? this.catalogue.engines[0]; }

  plan() {
    this.currency.textContent = this.engine().currency ? t("order.budget_in", { currency: this.engine().currency }) : t("common.optional");
    const missing = this.missing();
    this.start.disabled = Boolean(missing);
    const { state } = this;
    const few = this.catalogue.platforms.filter((each) => state.platforms.includes(each.name)).filter((each) => {
      const count = state.actions.length + state.customs.length;
      return each.counts.length ? !each.counts.includes(count) : count < each.least || (each.most && count > each.most);
    });
    this.warned = few.length && !missing ? h("p", { class: "quiet" }, t("order.too_few", { names: listed(few.map((each) => each.title)) })) : null;
    if (missing) this.planned.replaceChildren(h("p", {}, missing));
    else this.ask();
  }

  ask = debounce(async () => {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const plan = await getJson("/api/plan", { method: "POST", body: orderForm(this.state) });
      if (turn !== this.turn || this.missing()) return;
      const price = plan.cost ? t("order.price", { cost: plan.cost }) : t("order.free");
      this.planned.replaceChildren(...[h("b", {}, price), h("p", {}, plan.sentence), this.warned, h("p", { class: "quiet" }, this.state.review === "ask" ? t("order.next_ask") : t("order.next_auto"))].filter(Boolean));
    } catch (error) {
      this.planned.replaceChildren(h("p", { class: "bad-text" }, error.message));
      this.start.disabled = true;
    }
  }, 250);

  async order() {
    if (this.state.mode === "picture" && !await this.character?.settle()) return;
    const view = await attempt(() => getJson("/api/jobs", { method: "POST", body: orderForm(this.state) }), this.start);
    if (!view) return;
    const many = this.state.others.length > 0;
    if (many) await orderOthers(this, orderForm(this.state));
    localStorage.removeItem(KEPT);
    location.assign(many ? "/archive" : `/jobs/${view.card.id}`);
  }
}
customElements.define("pc-new-job", NewJob);
