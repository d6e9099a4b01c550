// Words on the stickers of an order: languages, how they move, and own words; the presets' previews show them at once.
import { debounce, h } from "./dom.js";
import { languageName, t, titleOf } from "./i18n.js";

/** @typedef {import("./new-job.js").NewJob} NewJob */

/** An order without words. */
export const NO_WORDS = { language: "", alsoIn: [], shownIn: "", texts: {}, captionMotion: "" };

/** The languages of an order, that of its own words first. @param {any} state of the page @returns {string[]} */
export function languagesOf(state) {
  return state.language ? [state.language, ...state.alsoIn.filter((/** @type {string} */ tag) => tag !== state.language)] : [];
}

/** The language that previews and fields show. @param {any} state of the page @returns {string} */
function shownIn(state) {
  return languagesOf(state).includes(state.shownIn) ? state.shownIn : state.language;
}

/** What an action's sticker says in the language that is shown; "" for nothing. @param {NewJob} page @param {string} action */
export function wordsOf(page, action) {
  const { language, texts } = page.state;
  const shown = shownIn(page.state);
  if (!shown) return "";
  const own = shown === language ? texts[action] : undefined;
  return own ?? page.catalogue.languages.find((/** @type {any} */ each) => each.tag === shown)?.phrases[action] ?? "";
}

/** How previews show their words. @param {NewJob} page */
export function wordsLook(page) {
  const { captionMotion } = page.state;
  const language = shownIn(page.state);
  return { ...(language && { language }), ...(captionMotion && { motion: captionMotion }) };
}

/** Say why a preview could not be drawn with its words, such as a font that is not here. @param {NewJob} page @param {string} why */
export function sayWhyNot(page, why) { page.words.querySelector("[role=status]")?.replaceChildren(why); }

/** Draw the choices anew. @param {NewJob} page */
export function drawWords(page) {
  const { state, catalogue } = page;
  const choice = (/** @type {string[][]} */ choices, /** @type {string} */ now, /** @type {(value: string) => void} */ work) => h("select", { onchange: (/** @type {any} */ event) => work(event.target.value) },
    choices.map(([value, text]) => h("option", { value, selected: value === now }, text)));
  const again = (/** @type {object} */ changes) => { page.set(changes); drawWords(page); page.refreshSamples(state.actions); };
  const named = catalogue.languages.map((/** @type {any} */ each) => [each.tag, languageName(each.tag)]);
  const several = languagesOf(state);
  const shown = shownIn(state);
  const toggle = (/** @type {string} */ tag) => {
    again({ alsoIn: several.includes(tag) ? state.alsoIn.filter((/** @type {string} */ each) => each !== tag) : [...state.alsoIn, tag] });
    /** @type {HTMLElement | null} */ (page.words.querySelector(`[data-language="${tag}"]`))?.focus();
  };
  const motions = [["", t("words.motion_auto")], ...catalogue.motions.map((/** @type {string} */ each) => [each, t(`words.motion_${each}`)])];
  const chosen = state.language ? catalogue.actions.filter((/** @type {any} */ each) => state.actions.includes(each.name)) : [];
  page.words.replaceChildren(h("p", { class: "bad-text", role: "status" }), h("div", { class: "platforms" },
    h("label", { class: "field" }, h("span", {}, t("words.language")), choice([["", t("words.none")], ...named], state.language, (language) => again({ language, texts: {} }))),
    state.language ? h("label", { class: "field" }, h("span", {}, t("words.motion")), choice(motions, state.captionMotion, (captionMotion) => again({ captionMotion }))) : null,
    several.length > 1 ? h("label", { class: "field" }, h("span", {}, t("words.shown_in")), choice(named.filter(([/** @type {string} */ tag]) => several.includes(tag)), shown, (language) => again({ shownIn: language }))) : null,
    state.language ? h("div", { class: "field wide" }, h("span", { id: "also-in" }, t("words.also_in")), h("div", { class: "chips", role: "group", "aria-labelledby": "also-in" },
      named.filter(([/** @type {string} */ tag]) => tag !== state.language).map(([/** @type {string} */ tag, /** @type {string} */ name]) => h("button", { type: "button", class: "chip", "data-language": tag, "aria-pressed": String(several.includes(tag)), onclick: () => toggle(tag) }, name)))) : null,
    ...chosen.map((/** @type {any} */ each) => {
      const show = debounce(() => page.refreshSamples([each.name]), 350);
      return h("label", { class: "field" }, h("span", {}, `${each.emoji} ${titleOf(each)}`), h("input", { maxlength: 80, lang: shown, readonly: shown !== state.language, value: wordsOf(page, each.name), placeholder: t("words.empty"), oninput: (/** @type {any} */ event) => {
        page.set({ texts: { ...state.texts, [each.name]: event.target.value } });
        show();
      } }));
    })));
}
