// The character of an order: a picture that is given, or words.
import { unedited } from "./character-panel.js";
import { attempt, h, toast } from "./dom.js";
import { getJson } from "./http.js";
import "./rig-panel.js";
import { listed, t } from "./i18n.js";

/** @typedef {import("./new-job.js").NewJob} NewJob */
/** @typedef {import("./character-panel.js").CharacterPanel} CharacterPanel */

/** At most so many further pictures are taken at once. */
const MOST_OTHERS = 20;
/** An order whose picture is not given yet. */
export const NO_PICTURE = { picture: "", name: "", background: "auto", whiten: false, edits: unedited(), touched: "", byClicks: false, givenClicks: null, doubt: "", rig: "", others: [] };

/** @param {NewJob} page */
export function drawGiven(page) {
  const { state } = page;
  const mode = (value, text) => h("button", { type: "button", "aria-pressed": String(state.mode === value), onclick: () => { page.set({ mode: value, ...NO_PICTURE, described: "", reference: "" }); drawGiven(page); page.drawPresets(); } }, text);
  const modes = h("div", { class: "segments", role: "group", "aria-label": t("give.how") }, mode("picture", t("give.picture")), mode("words", t("give.words")));
  const pick = (label, what) => {
    const input = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff", class: "sr", tabindex: -1, "aria-label": label, multiple: what === "picture", onchange: () => giveAll(page, input.files, what) });
    const zone = h("div", { class: "drop" }, h("b", {}, label), h("p", { class: "quiet" }, t("give.accepted", { formats: page.catalogue.accepted, size: Math.round(page.catalogue.max_bytes / 1e6) })), h("button", { type: "button", onclick: () => input.click() }, t("give.choose")), input);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); zone.classList.remove("over"); giveAll(page, event.dataTransfer.files, what); });
    return zone;
  };
  let body;
  if (state.mode === "words") {
    body = h("div", { class: "stack" },
      h("label", { class: "field" }, h("span", {}, t("give.describe")), h("textarea", { maxlength: 600, placeholder: t("give.describe_hint"), oninput: (event) => page.set({ described: event.target.value }) }, state.described)),
      h("p", { class: "note" }, !page.engine().draws ? t("give.no_words_here") : t("give.drawn_once")),
      state.reference ? h("div", { class: "row" }, h("img", { class: "portrait", src: `/api/pictures/${state.reference}`, alt: t("give.reference") }), h("button", { type: "button", onclick: () => { page.set({ reference: "" }); drawGiven(page); } }, t("give.remove_reference"))) : pick(t("give.add_reference"), "reference"));
  } else if (state.picture) {
    page.character = panel(page);
    body = h("div", { class: "stack" }, page.character, rigPanel(page), othersNote(page) ?? "");
  } else {
    body = pick(t("give.drop"), "picture");
  }
  page.given.replaceChildren(h("div", { class: "stack" }, modes, body));
}

/** @param {NewJob} page */
function panel(page) {
  const made = /** @type {CharacterPanel} */ (h("pc-character", {}));
  const shownAs = { ...page.state };
  const nothing = () => { page.set(NO_PICTURE); drawGiven(page); page.drawPresets(); };
  Object.assign(made, { order: page.state, backdrops: page.catalogue.backdrops, onAnother: nothing,
    onChange: (changes) => {
      const isOther = ["touched", "background", "whiten"].some((name) => name in changes && changes[name] !== shownAs[name]);
      Object.assign(shownAs, changes);
      page.set(isOther ? { ...changes, rig: "" } : changes);
      if (!isOther) return;
      page.drawPresets();
      page.given.querySelector("pc-rig")?.replaceWith(rigPanel(page));
    } });
  made.addEventListener("lost", () => {
    if (!page.state.picture) return;
    toast(t("give.lost"), "bad");
    nothing();
  });
  return made;
}

/**
 * Use the first of several pictures, and keep the others: each becomes a pack of its own with the same settings.
 * @param {NewJob} page
 * @param {FileList | File[]} files
 * @param {"picture" | "reference"} [what]
 */
export async function giveAll(page, files, what = "picture") {
  const [first, ...others] = files;
  if (!first) return;
  await give(page, first, what);
  if (what !== "picture" || !page.state.picture) return;
  for (const file of others.slice(0, MOST_OTHERS)) {
    const view = await attempt(() => uploaded(page, file));
    if (view) page.set({ others: [...page.state.others, { picture: view.picture, name: file.name }] });
  }
  if (page.state.others.length) drawGiven(page);
}

/** @param {NewJob} page @param {File} file */
async function uploaded(page, file) {
  const most = page.catalogue.max_bytes;
  if (file.size > most) throw new Error(t("give.too_large", { name: file.name, size: Math.round(file.size / 1e6), most: Math.round(most / 1e6) }));
  const form = new FormData();
  form.append("picture", file);
  return getJson("/api/pictures", { method: "POST", body: form });
}

/** The packs that start together with this one. @param {NewJob} page */
function othersNote(page) {
  const { others } = page.state;
  if (!others.length) return null;
  return h("div", { class: "note row between", role: "status" }, h("span", {}, t("give.others", { count: others.length, names: listed(others.map((/** @type {any} */ each) => each.name)) })),
    h("button", { type: "button", onclick: () => { page.set({ others: [] }); drawGiven(page); } }, t("give.others_drop")));
}

/** Order a pack of each further picture, with the settings of the first. @param {NewJob} page @param {FormData} form */
export async function orderOthers(page, form) {
  for (const { picture, name } of page.state.others) {
    form.set("picture_id", picture);
    form.set("title", titleOfFile(name));
    for (const [field, value] of [["clicks", "[]"], ["rig_id", ""], ["background", "auto"], ["whiten", "false"]]) form.set(field, value);
    await attempt(() => getJson("/api/jobs", { method: "POST", body: form }));
  }
}

const titleOfFile = (/** @type {string} */ name) => name.replace(/\.[^.]*$/, "").slice(0, 80);

/** The parts of the character as it is shown. @param {NewJob} page */
function rigPanel(page) {
  const { picture, touched, background, whiten, rig } = page.state;
  const query = touched ? "background=keep" : `background=${background}&whiten=${whiten}`;
  const made = Object.assign(/** @type {import("./rig-panel.js").RigPanel} */ (h("pc-rig", {})), {
    picture: touched || picture, query, kept: rig, actions: page.catalogue.actions,
    onChange: (/** @type {string} */ kept) => page.set({ rig: kept }),
  });
  let shown = rig;
  // All presets are drawn anew once the parts are left; until then the three beside them come first.
  made.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
    if (made.contains(/** @type {Node} */ (event.relatedTarget)) || shown === page.state.rig) return;
    shown = page.state.rig;
    page.drawPresets();
  });
  return made;
}

/**
 * Upload a picture, and use it as the character or as a reference.
 * @param {NewJob} page
 * @param {File} file
 * @param {"picture" | "reference"} [what]
 */
export async function give(page, file, what = "picture") {
  if (what === "picture") {
    const url = URL.createObjectURL(file);
    page.given.replaceChildren(h("div", { class: "given" }, h("img", { src: url, alt: "" }), h("p", { role: "status" }, t("give.looking"))));
  }
  const view = await attempt(() => uploaded(page, file));
  if (!view) return drawGiven(page);
  if (what === "reference") page.set({ reference: view.picture });
  else {
    page.set({ ...NO_PICTURE, picture: view.picture, name: file.name, title: page.state.title || titleOfFile(file.name) });
    page.drawPresets();
  }
  page.draw();
}
