import { attempt, call, debounce, dialog, getJson, h, playing, Refused, size, toast } from "./dom.js";
import { picture, TOOLS } from "./editor.js";
import { Saver } from "./saver.js";

const KEYS = [
  ["A D or ← →", "frame before, after"], ["Space", "play; with a drag: move the view"], ["1 – 5", "add, take away, erase, restore, move"],
  ["click, right click", "belongs, does not belong; on a point: remove it"], ["Shift + arrows, then P or N", "crosshair by keyboard; place, place the opposite"],
  ["[ ]", "brush smaller, larger"], ["Wheel, + −, F", "zoom, fit"], ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo"], ["C", "carry clicks to all frames"],
  ["H", "hide the mask"], ["B", "next backdrop"], ["O", "onion skin"], ["S", "side by side with the original"], ["R", "another take"], ["Enter", "approve and go on"], ["?", "these keys"],
];

/** Refine one action: the canvas, its film strip, the candidates, and the sticker as it will be exported. */
class Refine extends HTMLElement {
  async connectedCallback() {
    this.base = `/api/jobs/${this.job}/actions/${this.action}`;
    this.replaceChildren(h("p", { class: "loading", role: "status" }, "Laying out the frames …"));
    try {
      this.bench = await getJson(`${this.base}/bench`);
    } catch (error) {
      this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, "Not ready to refine"), h("p", {}, error.message), h("a", { class: "button", href: `/jobs/${this.job}` }, "Back to the job")));
      return;
    }
    document.title = `Refine ${this.bench.title} · PopCon`;
    this.saver = new Saver(this.base, this.bench, { told: (text) => this.tell(text), conflict: (frame, theirs) => this.conflict(frame, theirs), saved: (frame) => this.saved(frame) });
    this.past = [];
    this.future = [];
    this.scores = new Map();
    this.pictures = new Map();
    this.platform = this.bench.platforms[0];
    this.draw();
    const kept = Number(sessionStorage.getItem(`slot-${this.job}-${this.action}`));
    await this.go(kept < this.bench.slots.length ? kept : 0);
    this.export();
    this.keys = (event) => this.key(event);
    this.keyUp = (event) => { if (event.code === "Space") this.spaceUp(); };
    document.addEventListener("keydown", this.keys);
    document.addEventListener("keyup", this.keyUp);
    window.addEventListener("beforeunload", (event) => { if (this.saver.busy) event.preventDefault(); });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.keys);
    document.removeEventListener("keyup", this.keyUp);
    clearTimeout(this.timer);
  }

  get slot() { return this.bench.slots[this.at]; }
  get frame() { return this.slot.frame; }

  draw() {
    const { bench } = this;
    const button = (label, text, work, more = {}) => h("button", { type: "button", "aria-label": label, title: label, onclick: work, ...more }, text);
    this.told = h("span", { class: "quiet told", role: "status" }, "Everything is saved as you work.");
    this.undoButton = button("Undo (Ctrl+Z)", "↶", () => this.undo(), { class: "icon", disabled: true });
    this.redoButton = button("Redo (Ctrl+Shift+Z)", "↷", () => this.redo(), { class: "icon", disabled: true });
    const waits = bench.status === "awaiting_refinement";
    this.approveButton = h("button", { class: "primary", type: "button", onclick: () => this.approve() }, waits ? "Approve" : "Export again");
    this.editor = h("pc-editor");
    this.editor.addEventListener("edit", ({ detail }) => this.edited(detail));
    this.editor.addEventListener("look", () => this.looks());
    this.tools = h("div", { class: "tools", role: "group", "aria-label": "Tools" },
      TOOLS.map(([name, sign, label]) => h("button", { type: "button", "data-tool": name, "aria-label": label, title: label, "aria-pressed": String(name === "add"), onclick: () => this.use(name) }, sign)),
      h("hr"), button("Zoom in (+)", "⊕", () => this.editor.zoom(1.25)), button("Zoom out (−)", "⊖", () => this.editor.zoom(0.8)), button("Fit (F)", "Fit", () => this.editor.fit()));
    const look = (key, text, label) => h("button", { type: "button", class: "chip", "data-look": key, "aria-label": label, title: label, onclick: () => this.editor.key(new KeyboardEvent("keydown", { key })) }, text);
    this.options = h("div", { class: "options" }, look("b", "Backdrop", "Next backdrop (B)"), look("o", "Onion", "Onion skin (O)"), look("s", "Compare", "Compare side by side with the original (S)"),
      h("label", {}, "Brush", h("input", { type: "range", min: 1, max: 80, value: 14, "aria-label": "Brush size", oninput: (event) => { this.editor.brush = Number(event.target.value); } })),
      h("label", {}, "Mask", h("input", { type: "range", min: 0, max: 100, value: 45, "aria-label": "Opacity of the mask", oninput: (event) => { this.editor.opacity = event.target.value / 100; this.editor.redraw(); } })));
    this.hint = h("p", { class: "hint" }, "");
    this.strip = h("div", { class: "strip", role: "listbox", "aria-label": "Film strip", tabindex: -1 });
    this.playButton = h("button", { type: "button", onclick: () => this.play() }, "▶ Play");
    this.carryButton = h("button", { type: "button", onclick: () => this.carry() }, "Carry to all frames");
    this.resetButton = h("button", { type: "button", onclick: () => this.change({ clicks: [], strokes: [], mask: "" }) }, "Reset this frame");
    this.info = h("div", { class: "stack" });
    this.candidates = h("div", { class: "candidates", role: "group", "aria-label": "Candidates" });
    this.preview = h("div", { class: "stack" });
    this.previewTold = h("p", { class: "quiet", role: "status" }, "");
    const platforms = bench.platforms.length > 1 ? h("select", { "aria-label": "Platform", onchange: (event) => { this.platform = event.target.value; this.export(); } }, bench.platforms.map((each) => h("option", { value: each }, each))) : h("span", { class: "quiet" }, this.platform);
    this.replaceChildren(h("div", { class: "refine" },
      h("div", { class: "refine-bar" }, h("a", { class: "button", href: `/jobs/${this.job}`, "aria-label": "Back to the job" }, "←"), h("h1", {}, `${bench.title} `, h("span", { class: "quiet" }, bench.pack)), this.told,
        this.undoButton, this.redoButton, button("Keys (?)", "?", () => this.help(), { class: "icon" }), h("button", { type: "button", onclick: () => this.another(), hidden: !waits }, "Another take"), this.approveButton),
      h("div", { class: "work" }, this.editor, this.tools, this.options, this.hint),
      this.strip,
      h("aside", { class: "side", "aria-label": "This frame and the result" },
        h("section", { class: "stack" }, h("div", { class: "row between" }, h("h2", {}, "The sticker"), platforms), this.preview, this.previewTold),
        h("section", { class: "stack" }, h("h2", {}, "This frame"), this.info, h("div", { class: "row" }, this.playButton, this.carryButton, this.resetButton)),
        h("section", { class: "stack" }, h("h2", {}, "Swap it for another"), h("p", { class: "quiet" }, "Frames of all takes that fit this place."), this.candidates))));
    this.editor.style.position = "absolute";
    this.editor.style.inset = "0";
    this.use("add");
    this.drawStrip();
  }

  // What is shown

  refined(frame) {
    const edits = this.saver.of(frame);
    return edits.version ? `${this.base}/refined/${frame}?v=${this.bench.stamp}-${edits.version}` : `${this.base}/cutouts/${frame}?v=${this.bench.stamp}`;
  }

  /** A frame's picture, remembered by its address. */
  bitmap(url) {
    if (!this.pictures.has(url)) {
      const got = picture(url);
      got.catch(() => this.pictures.delete(url));
      this.pictures.set(url, got);
      if (this.pictures.size > 120) this.pictures.delete(this.pictures.keys().next().value);
    }
    return this.pictures.get(url);
  }

  async go(number, keepMask = false) {
    this.at = (number + this.bench.slots.length) % this.bench.slots.length;
    sessionStorage.setItem(`slot-${this.job}-${this.action}`, this.at);
    const { editor, frame } = this;
    const { clicks, strokes } = this.saver.of(frame);
    editor.size(this.bench.width, this.bench.height);
    editor.edits = { clicks, strokes };
    editor.unsettled = [];
    if (!keepMask) editor.layers.mask = null;
    this.marked();
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const neighbour = (by) => this.bench.slots[(this.at + by + this.bench.slots.length) % this.bench.slots.length].frame;
    const wanted = [`${this.base}/frames/${frame}`, this.refined(frame), this.refined(neighbour(-1)), this.refined(neighbour(1))];
    const found = await attempt(() => Promise.all(wanted.map((url) => this.bitmap(url))));
    if (!found || turn !== this.turn) return;
    const [raw, cut, before, after] = found;
    Object.assign(editor.layers, { raw, cut, before, after });
    editor.redraw();
    this.drawInfo();
    if (!this.running) this.ahead(neighbour);
  }

  ahead = debounce((neighbour) => {
    getJson("/api/sam/ahead", { json: { job: this.job, action: this.action, frames: [this.frame, neighbour(1), neighbour(-1)] } }).catch(() => {});
  }, 120);

  drawStrip() {
    this.strip.replaceChildren(...this.bench.slots.map((slot, number) => {
      const button = h("button", { type: "button", class: "slot", role: "option", "aria-label": "", onclick: () => this.go(number) }, h("img", { alt: "", loading: "lazy" }), h("span", {}, `${number + 1}`), h("span", { class: "marks", "aria-hidden": "true" }));
      button.addEventListener("dragover", (event) => event.preventDefault());
      button.addEventListener("drop", (event) => { event.preventDefault(); const frame = event.dataTransfer.getData("text/plain"); if (slot.candidates.includes(frame)) this.pick(number, frame); });
      return button;
    }));
    this.marked();
  }

  /** Bring the film strip up to date: pictures, pins, doubts, the present slot. */
  marked() {
    const doubts = new Map(this.bench.frames.map((each) => [each.frame, each]));
    this.bench.slots.forEach((slot, number) => {
      const button = this.strip.children[number];
      const edits = this.saver.of(slot.frame);
      const pinned = edits.clicks.length || edits.strokes.length;
      const score = this.scores.get(slot.frame);
      const doubt = !pinned && (score !== undefined ? score < 0.5 : (doubts.get(slot.frame)?.doubt ?? 0) >= 0.5 && !edits.mask);
      const url = this.refined(slot.frame);
      const image = button.firstChild;
      if (image.getAttribute("src") !== url) image.src = url;
      const marks = [pinned && ["mark", "✓"], slot.frame !== slot.chosen && ["mark", "⇄"], doubt && ["mark doubt", "?"]].filter(Boolean);
      button.lastChild.replaceChildren(...marks.map(([kind, sign]) => h("span", { class: kind }, sign)));
      button.setAttribute("aria-label", `Frame ${number + 1} of ${this.bench.slots.length}${pinned ? ", corrected" : ""}${slot.frame !== slot.chosen ? ", swapped" : ""}${doubt ? ", doubtful" : ""}`);
      button.setAttribute("aria-selected", String(number === this.at));
      button.setAttribute("aria-current", String(number === this.at));
      if (number === this.at && !this.running) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  drawInfo() {
    const { slot, frame } = this;
    const edits = this.saver.of(frame);
    const machine = this.bench.frames.find((each) => each.frame === frame);
    const parts = [edits.clicks.length && `${edits.clicks.length} click${edits.clicks.length === 1 ? "" : "s"}`, edits.strokes.length && `${edits.strokes.length} stroke${edits.strokes.length === 1 ? "" : "s"}`, edits.mask && "a carried mask"].filter(Boolean);
    this.info.replaceChildren(h("p", {}, `Frame ${this.at + 1} of ${this.bench.slots.length}, ${slot.duration_ms} ms. ${parts.length ? `Changed: ${parts.join(", ")}.` : "As the machine cut it out."}`),
      machine?.reason && machine.doubt >= 0.5 ? h("p", { class: "note" }, machine.reason) : "");
    this.resetButton.disabled = !parts.length;
    this.carryButton.disabled = !this.bench.slots.some((each) => this.saver.of(each.frame).clicks.length);
    this.candidates.replaceChildren(...slot.candidates.map((each, number) => h("button", { type: "button", class: "slot", draggable: "true", "aria-current": String(each === frame), "aria-label": `Candidate ${number + 1}, ${each === slot.chosen ? "chosen" : `#${each.split("-")[1]}`}`, onclick: () => this.pick(this.at, each), ondragstart: (event) => event.dataTransfer.setData("text/plain", each) },
      h("img", { src: this.refined(each), alt: "", loading: "lazy" }), h("span", {}, each === slot.chosen ? "chosen" : `#${each.split("-")[1]}`))));
    this.hints();
  }

  hints() {
    const { tool } = this.editor;
    const clicked = this.editor.edits.clicks.length;
    this.hint.textContent = this.carrying ? "Carrying to all frames … click the button to stop." : tool === "add" || tool === "away"
      ? clicked ? "Right-click takes away. Carry to all frames when this one is right." : "Click what belongs to the character; right-click what does not."
      : tool === "pan" ? "Drag to move the view." : `Drag to ${tool}. Alt or the right button does the opposite.`;
  }

  use(tool) {
    this.editor.tool = tool;
    for (const each of this.tools.querySelectorAll("[data-tool]")) each.setAttribute("aria-pressed", String(each.dataset.tool === tool));
    if (this.saver) this.hints();
    this.editor.redraw();
  }

  looks() {
    const [, onion, beside] = this.options.querySelectorAll("[data-look]");
    onion.setAttribute("aria-pressed", String(this.editor.onion));
    beside.setAttribute("aria-pressed", String(this.editor.beside));
    this.options.querySelector("input").value = this.editor.brush;
  }

  tell(text) { this.told.textContent = text; }

  // What is changed

  edited({ before, after, what }) {
    const { frame } = this;
    const full = this.saver.of(frame);
    this.note({ frame, before: { ...before, mask: full.mask }, after: { ...after, mask: full.mask } });
    if (what === "strokes") this.editor.unsettled = [...(this.editor.unsettled ?? []), after.strokes.at(-1)];
    this.keep(frame, { ...after, mask: full.mask });
    if (what === "clicks") this.predict(frame, after.clicks);
  }

  change(after) {
    const { frame } = this;
    const { clicks, strokes, mask } = this.saver.of(frame);
    this.note({ frame, before: { clicks, strokes, mask }, after });
    this.keep(frame, after);
    this.editor.layers.mask = null;
    this.go(this.at, true);
  }

  note(step) {
    this.past.push(step);
    this.future = [];
    this.undoable();
  }

  undoable() {
    this.undoButton.disabled = !this.past.length;
    this.redoButton.disabled = !this.future.length;
  }

  keep(frame, edits) {
    this.saver.set(frame, edits);
    this.marked();
    this.drawInfo();
  }

  undo() { this.turnBack(this.past, this.future, "before"); }
  redo() { this.turnBack(this.future, this.past, "after"); }

  turnBack(from, to, side) {
    const step = from.pop();
    if (!step) return;
    to.push(step);
    this.undoable();
    if (step.slot !== undefined) {
      this.pick(step.slot, step[side], false);
    } else {
      this.saver.set(step.frame, step[side]);
      const number = this.frame === step.frame ? this.at : this.bench.slots.findIndex((each) => each.frame === step.frame);
      this.editor.layers.mask = null;
      this.go(Math.max(0, number));
    }
  }

  /** The mask that the clicks ask for, as soon as it is known; the answer to an older click is dropped. */
  async predict(frame, clicks) {
    const turn = (this.asked = (this.asked ?? 0) + 1);
    this.predicting?.abort();
    if (!clicks.length) { this.editor.layers.mask = null; this.editor.redraw(); return; }
    this.predicting = new AbortController();
    const began = performance.now();
    try {
      const answer = await call("/api/sam/predict", { json: { job: this.job, action: this.action, frame, clicks }, signal: this.predicting.signal });
      const mask = await createImageBitmap(await answer.blob());
      if (turn !== this.asked || frame !== this.frame) return;
      this.editor.layers.mask = mask;
      this.editor.redraw();
      this.lastClickMs = performance.now() - began;
      this.dispatchEvent(new CustomEvent("mask", { detail: this.lastClickMs }));
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, "bad");
    }
  }

  /** The server has saved a frame: show what it made of it. */
  async saved(frame) {
    this.marked();
    this.export();
    if (frame !== this.frame) return;
    const { version } = this.saver.of(frame);
    try {
      const cut = await this.bitmap(this.refined(frame));
      if (frame !== this.frame || version !== this.saver.of(frame).version) return;
      this.editor.layers.cut = cut;
      if (!this.saver.waits(frame)) this.editor.unsettled = [];
      this.editor.redraw();
    } catch (error) { toast(error.message, "bad"); }
  }

  conflict(frame, theirs) {
    const number = this.bench.slots.findIndex((each) => each.frame === frame) + 1;
    toast(`${theirs.by || "Somebody else"} changed frame ${number} meanwhile.`, "bad", [
      ["Show theirs", () => { this.saver.take(frame, theirs); this.editor.layers.mask = null; this.go(number - 1); this.marked(); }],
      ["Keep mine", () => this.saver.force(frame)],
    ]);
  }

  async pick(number, frame, noted = true) {
    const slot = this.bench.slots[number];
    if (slot.frame === frame) return;
    const before = slot.frame;
    this.tell("Swapping …");
    const next = await attempt(() => getJson(`${this.base}/slots/${number}/pick`, { method: "PUT", json: { base: slot.version, frame: frame === slot.chosen ? "" : frame }, headers: { "x-popcon-who": this.saver.who } }));
    if (!next) { this.tell("Not swapped."); return; }
    this.bench.slots[number] = next;
    if (noted) this.note({ slot: number, before, after: frame });
    this.tell("Saved.");
    await this.go(number);
    this.export();
  }

  /** Carry the clicks to all frames; they come in one by one. The same button stops it. */
  async carry() {
    if (this.carrying) { this.carrying.abort(); return; }
    await this.saver.settled();
    this.carrying = new AbortController();
    this.carryButton.textContent = "Stop";
    this.hints();
    let count = 0;
    try {
      const answer = await call("/api/sam/apply", { json: { job: this.job, action: this.action }, signal: this.carrying.signal, headers: { "x-popcon-who": this.saver.who } });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          const told = JSON.parse(line);
          if (told.error) throw new Refused(400, told);
          if (told.finished) continue;
          count += 1;
          this.tell(`${told.done} of ${told.of} frames`);
          const { clicks, strokes } = this.saver.of(told.frame);
          if (!told.pinned) this.saver.take(told.frame, { clicks, strokes, mask: told.mask, version: told.version });
          this.scores.set(told.frame, told.pinned ? 1 : told.score);
          this.marked();
          if (told.frame === this.frame) this.saved(told.frame);
        }
      }
      const doubtful = [...this.scores.values()].filter((each) => each < 0.5).length;
      this.tell(`Carried to ${count} frames${doubtful ? `; ${doubtful} are doubtful, marked with ?` : ""}.`);
    } catch (error) {
      if (error.name === "AbortError") this.tell(`Stopped after ${count} frames; those are kept.`);
      else toast(error.message, "bad");
    }
    this.carrying = null;
    this.carryButton.textContent = "Carry to all frames";
    this.editor.layers.mask = null;
    this.go(this.at);
    this.export();
  }

  // What comes out

  export = debounce(async () => {
    const turn = (this.exported = (this.exported ?? 0) + 1);
    this.previewTold.textContent = "Making the sticker as it will be exported …";
    try {
      const made = await getJson(`${this.base}/preview/${this.platform}`);
      if (turn !== this.exported) return;
      const { sticker } = made;
      if (this.shownUrl !== made.url) {
        this.shownUrl = made.url;
        const chat = (kind) => {
          const media = playing({ url: made.url, media_type: sticker.file.media_type }, `${this.bench.title} on ${kind}`, { loading: null, width: sticker.width, height: sticker.height });
          media.style.width = `${Math.min(sticker.width, 240)}px`;
          media.style.height = "auto";
          return h("div", { class: `chat on-${kind}` }, h("p", {}, kind === "light" ? "Are we on for tonight?" : "Good morning!"), media);
        };
        this.preview.replaceChildren(chat("light"), chat("dark"));
      }
      this.previewTold.textContent = `${sticker.width}×${sticker.height}, ${sticker.frames} frames, ${size(sticker.file.size)}: the very bytes that will be exported.`;
    } catch (error) {
      if (turn === this.exported) this.previewTold.textContent = error.message;
    }
  }, 900);

  /** Play all frames on the canvas, at true speed. */
  async play() {
    if (this.running) { this.running = false; this.playButton.textContent = "▶ Play"; clearTimeout(this.timer); this.go(this.at); return; }
    this.running = true;
    this.playButton.textContent = "❚❚ Stop";
    const all = await attempt(() => Promise.all(this.bench.slots.map((each) => this.bitmap(this.refined(each.frame)))));
    const step = (number) => {
      if (!this.running || !all) return;
      this.at = number % all.length;
      this.editor.layers.cut = all[this.at];
      this.editor.layers.mask = null;
      this.editor.edits = { clicks: [], strokes: [] };
      this.editor.redraw();
      this.timer = setTimeout(() => step(this.at + 1), this.bench.slots[this.at].duration_ms);
    };
    step(this.at);
  }

  async approve() {
    await attempt(async () => {
      this.approveButton.disabled = true;
      await this.saver.settled();
      if (this.bench.status === "awaiting_refinement") {
        const said = await getJson(`${this.base}/verdict`, { json: { gate: "refinement", kind: "approve", question: this.bench.question } });
        toast(said.message, said.stored ? "good" : "info");
      } else {
        await getJson(`/api/jobs/${this.job}/continue`, { method: "POST" });
      }
      location.assign(this.bench.next_action ? `/jobs/${this.job}/refine/${this.bench.next_action}` : `/jobs/${this.job}`);
    });
    this.approveButton.disabled = false;
  }

  another() {
    if (this.bench.status !== "awaiting_refinement") return;
    const prompt = h("textarea", { maxlength: 600 });
    const go = h("button", { class: "primary", type: "button", onclick: async () => {
      const said = await attempt(() => getJson(`${this.base}/verdict`, { json: { gate: "refinement", kind: "another_take", prompt: prompt.value.trim(), question: this.bench.question } }), go);
      if (said) location.assign(`/jobs/${this.job}`);
    } }, "Make another take");
    dialog("Another take", h("label", { class: "field" }, h("span", {}, "Motion prompt (empty keeps the old one)"), prompt, h("small", {}, "Your changes stay with the frames of this take, which remain candidates.")), [go]);
  }

  help() { dialog("Keys", h("div", { class: "keys" }, KEYS.flatMap(([keys, text]) => [h("kbd", {}, keys), h("span", {}, text)]))); }

  // The keyboard

  key(event) {
    if (document.querySelector("dialog[open]")) return;
    const inField = event.target.closest?.("input, textarea, select");
    if (inField && inField.type !== "range") return;
    const onButton = event.target.closest?.("button, a");
    const name = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && name === "z") {
      event.preventDefault();
      if (event.shiftKey) this.redo();
      else this.undo();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && name === "y") { event.preventDefault(); this.redo(); return; }
    if (event.ctrlKey || event.metaKey) return;
    if (event.code === "Space" && !onButton) {
      event.preventDefault();
      if (!this.editor.space) { this.editor.space = true; this.editor.panned = false; }
      return;
    }
    if (event.key === "Enter" && !onButton) { event.preventDefault(); this.approve(); return; }
    const tool = TOOLS[Number(event.key) - 1];
    const plain = !event.shiftKey;
    if (tool) this.use(tool[0]);
    else if (plain && (name === "a" || event.key === "ArrowLeft")) this.go(this.at - 1);
    else if (plain && (name === "d" || event.key === "ArrowRight")) this.go(this.at + 1);
    else if (name === "c") this.carry();
    else if (name === "r") this.another();
    else if (event.key === "?") this.help();
    else if (!this.editor.key(event)) return;
    event.preventDefault();
  }

  spaceUp() {
    if (!this.editor?.space) return;
    this.editor.space = false;
    if (!this.editor.panned) this.play();
  }
}
customElements.define("pc-refine", Refine);
