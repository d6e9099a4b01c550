// Messages in the reader's language. The server puts the catalogue of that language into the page.

/** @typedef {string | { one?: string, other: string }} Message */

const page = globalThis.document;
/** @type {Record<string, Message>} */
const MESSAGES = JSON.parse(page?.getElementById("messages")?.textContent || "{}");
/** The language of the page, as a BCP 47 tag. */
export const LANGUAGE = page?.documentElement.lang || "en";
/** The cookie that keeps the language that a person chose; the server reads it. */
const COOKIE = "popcon_language";

const plural = new Intl.PluralRules(LANGUAGE);
const number = new Intl.NumberFormat(LANGUAGE);
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "always" });

/**
 * A message in the language of the page. `{name}` in it stands for a value; a message with forms follows `count`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const found = MESSAGES[key] ?? key;
  const form = typeof found === "string" ? found : found[plural.select(Number(values.count)) === "one" ? "one" : "other"] ?? found.other;
  return form.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number.format(value) : value;
  });
}

/** A list of names as one text. @param {string[]} names */
export const listed = (names) => names.join(t("common.list_separator"));

/** The title of an action: that of a preset in the language of the page. @param {{ name: string, title: string }} action */
export const titleOf = (action) => (MESSAGES[`action.${action.name}`] ? t(`action.${action.name}`) : action.title);

/** The name of a backdrop's colour. @param {string} name */
export const groundName = (name) => (MESSAGES[`ground.${name}`] ? t(`ground.${name}`) : name);

const languages = new Intl.DisplayNames(LANGUAGE, { type: "language" });

/** The name of a language, by its tag. @param {string} tag */
export const languageName = (tag) => {
  const name = languages.of(tag) ?? tag;
  return name[0].toUpperCase() + name.slice(1);
};

/** How long ago a time is, in words. @param {string} iso */
export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000);
  /** @type {[number, number, Intl.RelativeTimeFormatUnit][]} below so many seconds, seconds in a unit, the unit */
  const steps = [[3600, 60, "minute"], [86400, 3600, "hour"], [2592000, 86400, "day"], [Infinity, 2592000, "month"]];
  if (seconds < 60) return t("time.now");
  const [, size, unit] = steps.find(([most]) => seconds < most) ?? steps[3];
  return relative.format(-Math.floor(seconds / size), unit);
}

/** A day in words of the page's language. @param {number} seconds since 1970 */
export const day = (seconds) => new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" }).format(1000 * seconds);

/** Show all pages in another language from now on. @param {string} tag */
export function chooseLanguage(tag) {
  page.cookie = `${COOKIE}=${tag}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
}
