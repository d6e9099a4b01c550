import { attempt, call, debounce, getJson, h, moving, toast } from "./dom.js";
import { touchUp } from "./touch-up.js";

const KEPT = "popcon-new-pack";
const MATTES = { keyed: "Built in, for plain backdrops", birefnet: "BiRefNet, a model", rembg: "rembg, a model" };
const EMPTY = { mode: "picture", picture: "", name: "", described: "", reference: "", actions: null, customs: [], platforms: ["line-emoji"], engine: "embedded", matte: "keyed", review: "ask", background: "auto", budget: "", title: "", batch: "" };

/** Order a pack. What is typed and chosen survives a reload: the picture is on the server as soon as it is given. */
class NewJob extends HTMLElement {
  async connectedCallback() {
    this.state = { ...EMPTY, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
    this.replaceChildren(h("p", { class: "loading", role: "status" }, "Loading …"));
    try {
      this.catalogue = await getJson("/api/catalogue");
    } catch (error) {
      this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, "Not reachable"), h("p", {}, error.message)));
      return;
    }
    this.state.actions ??= this.catalogue.actions.filter((each) => each.suggested).map((each) => each.name);
    const from = new URLSearchParams(location.search).get("from");
    if (from) await this.copy(from);
    this.draw();
    if (this.state.picture) this.look(this.state.picture);
    document.addEventListener("paste", (event) => {
      const file = [...event.clipboardData.files][0];
      if (file && this.state.mode === "picture") this.give(file);
    });
  }

  async copy(job) {
    const view = await attempt(() => getJson(`/api/jobs/${encodeURIComponent(job)}`));
    if (!view) return;
    const spec = view.spec;
    const known = this.catalogue.actions.map((each) => each.name);
    Object.assign(this.state, {
      mode: spec.picture ? "picture" : "words", picture: spec.picture?.sha256 ?? "", described: spec.description ?? "",
      reference: spec.reference?.sha256 ?? "", title: spec.title, platforms: spec.platforms, review: spec.review,
      engine: spec.engines.video.name === "dashscope" ? "dashscope" : "embedded", matte: spec.engines.matte.name,
      actions: spec.actions.map((each) => each.name).filter((name) => known.includes(name)),
      customs: spec.actions.filter((each) => !known.includes(each.name)).map((each) => ({ name: each.title, motion: each.motion, effect: each.effect })),
      budget: spec.budget_cny ?? "",
      background: spec.keep_background === null ? "auto" : spec.keep_background ? "keep" : "remove",
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
    this.presets = h("div", { class: "presets", role: "group", "aria-label": "Presets" });
    this.customs = h("div", { class: "stack" });
    this.count = h("span", { class: "quiet" });
    this.planned = h("div", { class: "plan", role: "status" });
    this.start = h("button", { class: "primary large", type: "button", onclick: () => this.order() }, "Start the pack");
    const radio = (name, value, title, small, disabled = false) => h("label", { class: "choice" },
      h("input", { type: "radio", name, value, checked: state[name] === value, disabled, onchange: () => this.set({ [name]: value }) }),
      h("span", {}, title, h("small", {}, small)));
    const why = this.catalogue.engines.dashscope;
    const small = (text) => h("small", {}, text);
    this.replaceChildren(h("div", { class: "page" },
      h("div", {}, h("h1", {}, "New pack"), h("p", { class: "quiet" }, "One character in, a pack of animated emoji out. Four choices, then start.")),
      h("div", { class: "order" },
        h("div", { class: "stack" },
          h("section", { class: "card", "aria-label": "Character" }, h("h2", {}, h("b", {}, "1"), "Your character"), this.given),
          h("section", { class: "card", "aria-label": "Actions" }, h("div", { class: "row between" }, h("h2", {}, h("b", {}, "2"), "What it does ", this.count),
            h("div", { class: "row" }, h("button", { type: "button", class: "chip", onclick: () => this.choose("all") }, "All 24"), h("button", { type: "button", class: "chip", onclick: () => this.choose("suggested") }, "Best 8"), h("button", { type: "button", class: "chip", onclick: () => this.choose("none") }, "None"))),
            h("div", { class: "stack" }, this.presets, this.customs)),
          h("section", { class: "card", "aria-label": "Platforms" }, h("h2", {}, h("b", {}, "3"), "Where it goes"), h("div", { class: "platforms" }, this.catalogue.platforms.map((each) => this.platform(each)))),
          h("section", { class: "card stack", "aria-label": "Options" }, h("h2", {}, h("b", {}, "4"), "How it is made"),
            h("div", { class: "pair" }, radio("review", "ask", "I review", "You approve start frames and cut-outs"), radio("review", "auto", "Automatic", "Everything is approved by itself")),
            h("div", { class: "pair" }, radio("engine", "embedded", "Embedded engine", "Free, offline: your picture itself moves"), radio("engine", "dashscope", "DashScope", why ? why : "Draws and films with AI; costs money", Boolean(why))),
            h("div", { class: "platforms" },
              h("label", { class: "field" }, h("span", {}, "Title ", small("(optional)")), h("input", { maxlength: 80, value: state.title, oninput: (event) => this.set({ title: event.target.value }) })),
              h("label", { class: "field" }, h("span", {}, "Budget in CNY ", small("(optional)")), h("input", { inputmode: "decimal", maxlength: 12, value: state.budget, oninput: (event) => this.set({ budget: event.target.value }) })),
              this.catalogue.mattes.length > 1 ? h("label", { class: "field" }, h("span", {}, "Cut out with"), h("select", { onchange: (event) => this.set({ matte: event.target.value }) }, this.catalogue.mattes.map((each) => h("option", { value: each, selected: each === state.matte }, MATTES[each] ?? each)))) : null))),
        h("aside", { class: "summary stack card", "aria-label": "Your pack" }, h("h2", {}, "Your pack"), this.planned, h("div", { class: "start-bar stack" }, this.start)))));
    this.drawGiven();
    this.drawPresets();
    this.drawCustoms();
    this.plan();
  }

  drawGiven() {
    const { state } = this;
    const mode = (value, text) => h("button", { type: "button", "aria-pressed": String(state.mode === value), onclick: () => { this.set({ mode: value, picture: "", name: "", described: "", reference: "" }); this.view = null; this.drawGiven(); this.drawPresets(); } }, text);
    const modes = h("div", { class: "segments", role: "group", "aria-label": "How the character is given" }, mode("picture", "A picture"), mode("words", "In words"));
    const pick = (label, what) => {
      const input = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff", class: "sr", "aria-label": label, onchange: () => input.files[0] && this.give(input.files[0], what) });
      const zone = h("div", { class: "drop" }, h("b", {}, label), h("p", { class: "quiet" }, `${this.catalogue.accepted}, up to ${Math.round(this.catalogue.max_bytes / 1e6)} MB. You can paste one too.`), h("button", { type: "button", onclick: () => input.click() }, "Choose a file"), input);
      zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
      zone.addEventListener("dragleave", () => zone.classList.remove("over"));
      zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("over"); if (event.dataTransfer.files[0]) this.give(event.dataTransfer.files[0], what); });
      return zone;
    };
    let body;
    if (state.mode === "words") {
      body = h("div", { class: "stack" },
        h("label", { class: "field" }, h("span", {}, "Describe the character"), h("textarea", { maxlength: 600, placeholder: "a round blue cat with a tiny umbrella", oninput: (event) => this.set({ described: event.target.value }) }, state.described)),
        h("p", { class: "note" }, this.state.engine === "embedded" ? "The embedded engine cannot draw from words; choose DashScope below, or give a picture." : "The character is drawn once, then used for all actions."),
        state.reference ? h("div", { class: "row" }, h("img", { class: "portrait", src: `/api/pictures/${state.reference}`, alt: "Reference" }), h("button", { type: "button", onclick: () => { this.set({ reference: "" }); this.drawGiven(); } }, "Remove the reference")) : pick("A reference picture, if you like", "reference"));
    } else if (state.picture) {
      const shown = h("img", { src: `/api/pictures/${state.picture}/character?background=${state.background}`, alt: "The character as it will be used" });
      shown.addEventListener("error", () => { if (state.picture) { toast("The picture is not there any more; give it again.", "bad"); this.set({ picture: "" }); this.drawGiven(); } });
      body = h("div", { class: "given" }, shown, h("div", { class: "stack" },
        h("p", {}, this.view?.sentence ?? state.name ?? ""),
        h("label", { class: "field" }, h("span", {}, "Background"), h("select", { onchange: (event) => { this.set({ background: event.target.value }); this.drawGiven(); } }, [["auto", "Remove it if it is plain"], ["remove", "Remove it"], ["keep", "Keep it"]].map(([value, text]) => h("option", { value, selected: value === state.background }, text)))),
        h("div", { class: "row" }, h("button", { type: "button", onclick: () => this.touch() }, "Touch up …"), h("button", { type: "button", onclick: () => { this.set({ picture: "", name: "" }); this.view = null; this.drawGiven(); this.drawPresets(); } }, "Another picture"))));
    } else {
      body = pick("Drop your character here", "picture");
    }
    this.given.replaceChildren(h("div", { class: "stack" }, modes, body));
  }

  async give(file, what = "picture") {
    if (file.size > this.catalogue.max_bytes) return toast(`${file.name} has ${Math.round(file.size / 1e6)} MB; up to ${Math.round(this.catalogue.max_bytes / 1e6)} MB are accepted.`, "bad");
    if (what === "picture") {
      const url = URL.createObjectURL(file);
      this.given.replaceChildren(h("div", { class: "given" }, h("img", { src: url, alt: "" }), h("p", { role: "status" }, "Looking at it …")));
    }
    const form = new FormData();
    form.append("picture", file);
    const view = await attempt(async () => (await call("/api/pictures", { method: "POST", body: form })).json());
    if (!view) return this.drawGiven();
    if (what === "reference") this.set({ reference: view.picture });
    else {
      this.view = view;
      this.set({ picture: view.picture, name: file.name, title: this.state.title || file.name.replace(/\.[^.]*$/, "").slice(0, 80) });
      this.drawPresets();
    }
    this.draw();
  }

  async look(picture) {
    try {
      await call(`/api/pictures/${picture}/character?background=keep`, { method: "GET" });
    } catch { this.set({ picture: "" }); this.drawGiven(); }
  }

  async touch() {
    const made = await touchUp(this.state.picture, this.state.background);
    if (!made) return;
    this.view = made;
    this.set({ picture: made.picture, background: "auto" });
    this.drawGiven();
    this.drawPresets();
  }

  choose(which) {
    const names = this.catalogue.actions.filter((each) => which === "all" || (which === "suggested" && each.suggested)).map((each) => each.name);
    this.set({ actions: names });
    this.drawPresets();
  }

  drawPresets() {
    const who = this.state.mode === "picture" && this.state.picture ? this.state.picture : "mascot";
    const seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        const image = moving({ url: `/api/previews/${who}/${target.dataset.name}`, media_type: "image/webp" }, "", { width: 128, height: 128, loading: null });
        if (image.matches("img")) image.addEventListener("load", () => target.replaceChildren(image));
        else target.replaceChildren(image);
      }
    }, { rootMargin: "120px" });
    this.presets.replaceChildren(...this.catalogue.actions.map((each) => {
      const sample = h("span", { class: "sample", "data-name": each.name, "aria-hidden": "true" }, each.emoji);
      seen.observe(sample);
      const button = h("button", { type: "button", class: "preset", title: each.motion, "aria-pressed": String(this.state.actions.includes(each.name)), onclick: () => {
        const chosen = new Set(this.state.actions);
        if (!chosen.delete(each.name)) chosen.add(each.name);
        button.setAttribute("aria-pressed", String(chosen.has(each.name)));
        this.set({ actions: this.catalogue.actions.map((one) => one.name).filter((name) => chosen.has(name)) });
      } }, sample, each.title);
      return button;
    }));
  }

  drawCustoms() {
    const change = (index, name) => (event) => { this.state.customs[index][name] = event.target.value; this.set({}); };
    this.customs.replaceChildren(
      h("h3", {}, "Actions of your own"),
      ...this.state.customs.map((each, index) => h("div", { class: "custom" },
        h("label", { class: "field" }, h("span", {}, "Name"), h("input", { maxlength: 40, value: each.name, oninput: change(index, "name") })),
        h("label", { class: "field" }, h("span", {}, "What the body does"), h("input", { maxlength: 600, value: each.motion, placeholder: "turns once on the spot, slowly", oninput: change(index, "motion") })),
        h("label", { class: "field" }, h("span", {}, "Effects"), h("input", { maxlength: 300, value: each.effect, placeholder: "stars around the head", oninput: change(index, "effect") })),
        h("button", { type: "button", class: "icon", "aria-label": `Remove ${each.name || "this action"}`, onclick: () => { this.state.customs.splice(index, 1); this.set({}); this.drawCustoms(); } }, "✕"))),
      h("div", {}, h("button", { type: "button", onclick: () => { this.state.customs.push({ name: "", motion: "", effect: "" }); this.set({}); this.drawCustoms(); this.customs.querySelector(".custom:last-of-type input")?.focus(); } }, "+ Add an action")));
  }

  platform(each) {
    const many = each.counts.length ? `${each.counts.join(", ")} stickers` : each.least > 1 ? `${each.least === each.most ? each.least : `${each.least}–${each.most ?? "∞"}`} stickers` : "any number";
    return h("label", { class: "choice" }, h("input", { type: "checkbox", value: each.name, checked: this.state.platforms.includes(each.name), onchange: (event) => {
      const chosen = new Set(this.state.platforms);
      if (event.target.checked) chosen.add(each.name);
      else chosen.delete(each.name);
      this.set({ platforms: this.catalogue.platforms.map((one) => one.name).filter((name) => chosen.has(name)) });
    } }), h("span", {}, each.title, h("small", {}, `${each.width}×${each.height} ${each.format.toUpperCase()}, ${many}`)));
  }

  form() {
    const { state } = this;
    const form = new FormData();
    const customs = state.customs.filter((each) => each.name.trim() && each.motion.trim());
    if (state.mode === "picture") form.append("picture_id", state.picture);
    else {
      form.append("describe", state.described);
      form.append("reference_id", state.reference);
    }
    form.append("actions", state.actions.join(","));
    form.append("custom", JSON.stringify(customs));
    form.append("platforms", state.platforms.join(","));
    for (const name of ["engine", "matte", "review", "background", "budget", "title", "batch"]) form.append(name, state[name]);
    return form;
  }

  /** What is missing before the pack can start, in a sentence; "" for nothing. */
  missing() {
    const { state } = this;
    const count = state.actions.length + state.customs.filter((each) => each.name.trim() && each.motion.trim()).length;
    this.count.textContent = `· ${count} chosen`;
    if (state.mode === "picture" && !state.picture) return "First give a picture of your character.";
    if (state.mode === "words" && !state.described.trim()) return "First describe your character.";
    if (!count) return "Choose at least one action.";
    if (!state.platforms.length) return "Choose at least one platform.";
    return "";
  }

  plan() {
    const missing = this.missing();
    this.start.disabled = Boolean(missing);
    const { state } = this;
    const few = this.catalogue.platforms.filter((each) => state.platforms.includes(each.name)).filter((each) => {
      const count = state.actions.length + state.customs.length;
      return each.counts.length ? !each.counts.includes(count) : count < each.least || (each.most && count > each.most);
    });
    this.warned = few.length && !missing ? h("p", { class: "quiet" }, `${few.map((each) => each.title).join(", ")} will not take a pack of this number; you still get the stickers.`) : null;
    if (missing) this.planned.replaceChildren(h("p", {}, missing));
    else this.ask();
  }

  ask = debounce(async () => {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const plan = await getJson("/api/plan", { method: "POST", body: this.form() });
      if (turn !== this.turn || this.missing()) return;
      const price = Number(plan.estimate_cny) ? `about ${plan.estimate_cny} CNY` : "Free";
      this.planned.replaceChildren(...[h("b", {}, price), h("p", {}, plan.sentence), this.warned, h("p", { class: "quiet" }, this.state.review === "ask" ? "Next: you look at each start frame before it is animated." : "Next: it runs through by itself; you can refine afterwards.")].filter(Boolean));
    } catch (error) {
      this.planned.replaceChildren(h("p", { class: "bad-text" }, error.message));
      this.start.disabled = true;
    }
  }, 250);

  async order() {
    const view = await attempt(() => getJson("/api/jobs", { method: "POST", body: this.form() }), this.start);
    if (!view) return;
    localStorage.removeItem(KEPT);
    location.assign(`/jobs/${view.card.id}`);
  }
}
customElements.define("pc-new-job", NewJob);
