// The frames in a row, and the frames that could take a place: one stop of the Tab key each, arrows inside.
import { h } from "./dom.js";
import { morphChildren } from "./morph.js";
import { listed, t } from "./i18n.js";

/** Move the focus among options by arrows, Home and End. */
function rove(event) {
  const options = [...event.currentTarget.querySelectorAll("[role=option]")];
  const at = options.indexOf(document.activeElement);
  const to = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: options.length - 1 }[event.key];
  if (at < 0 || to === undefined || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  const next = options[(to + options.length) % options.length];
  for (const each of options) each.tabIndex = each === next ? 0 : -1;
  next.focus();
}

export class FilmStrip extends HTMLElement {
  /** @type {{ go: (number: number) => void, pick: (number: number, frame: string) => void }} hears of a choice, and of a candidate that was dropped here */
  on = null;
  at = -1;

  connectedCallback() {
    this.className = "strip";
    this.setAttribute("role", "listbox");
    this.setAttribute("aria-label", t("strip.strip"));
    this.setAttribute("aria-orientation", "horizontal");
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Home" && event.key !== "End") return; // arrows go to another frame anywhere on the page
      event.preventDefault();
      this.on.go(event.key === "Home" ? 0 : this.children.length - 1);
    });
  }

  /** Bring it up to date. `slots` has for each place: {picture, pinned, swapped, doubtful}. */
  show(slots, at) {
    const isHere = this.contains(document.activeElement);
    morphChildren(this, slots.map((slot, number) => this.frame(slot, number, number === at, slots.length)));
    const now = /** @type {HTMLElement} */ (this.children[at]);
    if (this.at !== at) now.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (isHere) now.focus({ preventScroll: true });
    this.at = at;
  }

  frame({ picture, pinned, swapped, doubtful }, number, isNow, count) {
    const marks = [pinned && ["mark", "✓"], swapped && ["mark", "⇄"], doubtful && ["mark doubt", "?"]].filter(Boolean);
    const words = [t("strip.frame", { number: number + 1, count }), pinned && t("strip.corrected"), swapped && t("strip.swapped"), doubtful && t("strip.doubtful")].filter(Boolean);
    return h("button", {
      type: "button", class: "slot", role: "option", tabindex: isNow ? 0 : -1, "data-key": number, "aria-label": listed(words),
      "aria-selected": String(isNow), "aria-current": String(isNow), onclick: () => this.on.go(number),
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => { event.preventDefault(); this.on.pick(number, event.dataTransfer.getData("text/plain")); },
    }, h("img", { src: picture, alt: "", loading: "lazy" }), h("span", {}, `${number + 1}`), h("span", { class: "marks", "aria-hidden": "true" }, marks.map(([kind, sign]) => h("span", { class: kind }, sign))));
  }
}
customElements.define("pc-film-strip", FilmStrip);

/** Frames to swap in. `choices` has for each: {frame, picture, name, isNow}. */
export class Candidates extends HTMLElement {
  /** @type {{ pick: (frame: string) => void }} */
  on = null;

  connectedCallback() {
    this.className = "candidates";
    this.setAttribute("role", "listbox");
    this.setAttribute("aria-label", t("strip.candidates"));
    this.addEventListener("keydown", rove);
  }

  show(choices) {
    morphChildren(this, choices.map(({ frame, picture, name, isNow }, number) => h("button", {
      type: "button", class: "slot", role: "option", draggable: "true", tabindex: isNow || (!number && !choices.some((each) => each.isNow)) ? 0 : -1, "data-key": frame, "aria-selected": String(isNow),
      "aria-current": String(isNow), "aria-label": t("strip.candidate", { number: number + 1, name }), onclick: () => this.on.pick(frame),
      ondragstart: (event) => event.dataTransfer.setData("text/plain", frame),
    }, h("img", { src: picture, alt: "", loading: "lazy" }), h("span", {}, name))));
  }
}
customElements.define("pc-candidates", Candidates);
