// Words on the stickers of an order: a language, how they move, and own words; the presets' previews show them at once.
import { debounce, h } from "./dom.js";
import { request } from "./http.js";
import { t, titleOf } from "./i18n.js";

/** @typedef {import("./new-job.js").NewJob} NewJob */

/** An order without words. */
export const NO_WORDS = { language: "", texts: {}, captionMotion: "" };

/** What an action's sticker says; "" for nothing. @param {NewJob} page @param {string} action */
export function wordsOf(page, action) {
  const { language, texts } = page.state;
  if (!language) return "";
  return texts[action] ?? page.catalogue.languages.find((/** @type {any} */ each) => each.tag === language)?.phrases[action] ?? "";
}

/** The part of a preview's address that has the words. @param {NewJob} page @param {string} action */
export function wordsQuery(page, action) {
  const words = wordsOf(page, action).trim();
  const { language, captionMotion } = page.state;
  return words ? new URLSearchParams({ words, language, ...(captionMotion && { motion: captionMotion }) }).toString() : "";
}

/** Say why a preview could not be drawn with its words, such as a font that is not here. @param {NewJob} page @param {string} address */
export async function sayWhyNot(page, address) {
  const said = await request(address).then(() => "", (error) => error.message);
  page.words.querySelector("[role=status]")?.replaceChildren(said);
}

/** Draw the choices anew. @param {NewJob} page */
export function drawWords(page) {
  const { state, catalogue } = page;
  const choice = (/** @type {string[][]} */ choices, /** @type {string} */ now, /** @type {(value: string) => void} */ work) => h("select", { onchange: (/** @type {any} */ event) => work(event.target.value) },
    choices.map(([value, text]) => h("option", { value, selected: value === now }, text)));
  const again = (/** @type {object} */ changes) => { page.set(changes); drawWords(page); for (const name of state.actions) page.refreshSample(name); };
  const languages = [["", t("words.none")], ...catalogue.languages.map((/** @type {any} */ each) => [each.tag, each.name[0].toUpperCase() + each.name.slice(1)])];
  const motions = [["", t("words.motion_auto")], ...catalogue.motions.map((/** @type {string} */ each) => [each, t(`words.motion_${each}`)])];
  const chosen = state.language ? catalogue.actions.filter((/** @type {any} */ each) => state.actions.includes(each.name)) : [];
  page.words.replaceChildren(h("p", { class: "bad-text", role: "status" }), h("div", { class: "platforms" },
    h("label", { class: "field" }, h("span", {}, t("words.language")), choice(languages, state.language, (language) => again({ language, texts: {} }))),
    state.language ? h("label", { class: "field" }, h("span", {}, t("words.motion")), choice(motions, state.captionMotion, (captionMotion) => again({ captionMotion }))) : null,
    ...chosen.map((/** @type {any} */ each) => {
      const show = debounce(() => page.refreshSample(each.name), 350);
      return h("label", { class: "field" }, h("span", {}, `${each.emoji} ${titleOf(each)}`), h("input", { maxlength: 80, lang: state.language, value: wordsOf(page, each.name), placeholder: t("words.empty"), oninput: (/** @type {any} */ event) => {
        page.set({ texts: { ...state.texts, [each.name]: event.target.value } });
        show();
      } }));
    })));
}
