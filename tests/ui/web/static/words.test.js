import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { languagesOf, NO_WORDS, wordsOf, wordsLook } from "../../../../ui/web/static/words.js";

const languages = [{ tag: "en", phrases: { wave: "Hi!" } }, { tag: "ko", phrases: { wave: "안녕" } }];
const page = (state) => ({ catalogue: { languages }, state: { ...NO_WORDS, ...state } });

test("an order names the language of its own words first, and each once", () => {
  assert.deepEqual(languagesOf(page({ language: "ko", alsoIn: ["en", "ko"] }).state), ["ko", "en"]);
  assert.deepEqual(languagesOf(page({ alsoIn: ["en"] }).state), []);
});

test("previews show the chosen language, and own words only in their own", () => {
  const own = { language: "en", alsoIn: ["ko"], texts: { wave: "Ahoy" } };
  assert.equal(wordsOf(page(own), "wave"), "Ahoy");
  assert.equal(wordsOf(page({ ...own, shownIn: "ko" }), "wave"), "안녕");
  assert.deepEqual(wordsLook(page({ ...own, shownIn: "ko", captionMotion: "pop" })), { language: "ko", motion: "pop" });
  assert.equal(wordsOf(page({ ...own, alsoIn: [], shownIn: "ko" }), "wave"), "Ahoy", "a language that was taken out");
  assert.deepEqual(wordsLook(page({})), {}, "without words");
});
