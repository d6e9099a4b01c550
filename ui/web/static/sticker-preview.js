import { debounce, h, moving, platformName, playing, size } from "./dom.js";
import { getJson } from "./http.js";
import { morphChildren } from "./morph.js";
import { t, titleOf } from "./i18n.js";

const GROUNDS = { light: t("preview.light"), dark: t("preview.dark") };
const SAID = { light: t("preview.question"), dark: t("preview.morning") };

/** The sticker as it would be exported now, in a chat, on light and on dark: the same bytes, at its own size and speed. */
export class StickerPreview extends HTMLElement {
  /** @type {any} what the server holds of the action */
  session = null;
  base = "";

  connectedCallback() {
    const { platforms } = this.session;
    this.platform = platforms[0];
    this.chats = h("div", { class: "chats" });
    this.message = h("p", { class: "quiet", role: "status" }, "");
    // Who wants calm pages starts it by hand.
    this.play = h("button", { type: "button", hidden: !matchMedia("(prefers-reduced-motion: reduce)").matches, onclick: () => {
      this.asked = !this.asked;
      this.play.textContent = this.asked ? t("preview.hold") : t("preview.play");
      this.shown = "";
      this.refresh();
    } }, t("preview.play"));
    const choice = h("select", { "aria-label": t("common.platform"), onchange: () => { this.platform = choice.value; this.refresh(); } }, platforms.map((each) => h("option", { value: each }, platformName(each))));
    this.replaceChildren(h("section", { class: "stack" },
      h("div", { class: "row between" }, h("h2", {}, t("preview.title")), platforms.length > 1 ? choice : h("span", { class: "quiet" }, platformName(this.platform))), this.chats, this.message, this.play));
  }

  refresh = debounce(async () => {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.message.textContent = t("preview.making");
    try {
      const made = await getJson(`${this.base}/preview/${this.platform}`);
      if (turn !== this.turn) return;
      const { sticker } = made;
      if (this.shown !== made.url) {
        this.shown = made.url;
        morphChildren(this.chats, this.chat("light", made), this.chat("dark", made));
      }
      this.message.textContent = t("preview.made", { width: sticker.width, height: sticker.height, count: sticker.frames, size: size(sticker.file.size) });
    } catch (error) {
      if (turn === this.turn) this.message.textContent = error.message;
    }
  }, 900);

  chat(kind, { url, sticker }) {
    const media = (this.asked ? playing : moving)({ url, media_type: sticker.file.media_type }, t("thing.on", { title: titleOf({ name: this.session.action, title: this.session.title }), ground: GROUNDS[kind] }), { loading: null, width: sticker.width, height: sticker.height });
    media.style.width = `${Math.min(sticker.width, 240)}px`;
    media.style.height = "auto";
    return h("div", { class: `chat on-${kind}` }, h("p", {}, SAID[kind]), media);
  }
}
customElements.define("pc-sticker-preview", StickerPreview);
