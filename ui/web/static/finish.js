// The finish page: every sticker of a pack at its true size in chats, what a reviewer might doubt, downloads, publishing.
import { attempt, h, moving, platformName, playing, size } from "./dom.js";
import { getJson } from "./http.js";
import { adjustDialog } from "./adjust.js";
import "./arrange.js";
import { publishDialog } from "./publish.js";
import { groundName, listed, t, titleOf } from "./i18n.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Finish extends HTMLElement {
  job = "";
  /** @type {any} what the server told */
  view = null;
  platform = "";
  isPlaying = !calm.matches;

  async connectedCallback() {
    this.replaceChildren(h("p", { class: "loading", role: "status" }, t("page.loading")));
    try {
      this.view = await getJson(`/api/jobs/${this.job}/finish`);
    } catch (error) {
      this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, t("common.job_gone")), h("p", {}, /** @type {Error} */ (error).message), h("a", { class: "button", href: "/archive" }, t("page.to_archive"))));
      return;
    }
    document.title = `${t("finish.title", { title: this.view.title })} · PopCon`;
    const wanted = location.hash.slice(1);
    this.platform = (this.view.packs.find((/** @type {any} */ each) => each.platform === wanted) ?? this.view.packs[0])?.platform ?? "";
    this.draw();
  }

  draw() {
    const { view } = this;
    const back = h("a", { class: "button", href: `/jobs/${this.job}` }, t("finish.back"));
    if (!view.packs.length) {
      this.replaceChildren(h("div", { class: "empty" }, h("h1", {}, view.title), h("p", {}, t("finish.no_pack")), back));
      return;
    }
    const pack = view.packs.find((/** @type {any} */ each) => each.platform === this.platform);
    const count = pack.doubts.length + pack.stickers.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.doubts.length, 0);
    const tabs = h("div", { class: "segments", role: "group", "aria-label": t("common.platform") }, view.packs.map((/** @type {any} */ each) => h("button", { type: "button", "aria-pressed": String(each === pack), onclick: () => this.choose(each.platform) }, platformName(each.platform))));
    const play = h("button", { type: "button", hidden: !calm.matches, "aria-pressed": String(this.isPlaying), onclick: () => { this.isPlaying = !this.isPlaying; this.draw(); } }, this.isPlaying ? t("finish.hold") : t("finish.play"));
    this.replaceChildren(h("div", { class: "page" },
      h("div", { class: "page-head" }, h("div", {}, h("h1", {}, t("finish.title", { title: view.title })), h("p", { class: "quiet" }, t("finish.lead"))), back),
      h("div", { class: "row between" }, tabs, h("div", { class: "row" }, play,
        h("a", { class: "button primary", href: pack.url, download: "" }, t("common.download_pack")),
        pack.kit ? h("a", { class: "button", href: pack.kit, download: "" }, t("finish.kit")) : null,
        pack.places.map((/** @type {string} */ place) => h("button", { type: "button", onclick: () => publishDialog(this.job, place, pack) }, t("finish.publish", { place: platformName(place) }))))),
      h("section", { class: `card now ${pack.accepted ? "good" : "ask"}`, "aria-label": t("finish.rules") }, h("div", { role: "status" }, h("h2", {}, pack.accepted ? t("finish.keeps", { title: pack.title }) : t("finish.breaks", { title: pack.title })),
        h("p", { class: "quiet" }, count ? t("finish.doubts", { count }) : t("finish.no_doubts")),
        pack.notes.map((/** @type {string} */ note) => h("p", { class: "quiet" }, note)),
        view.missing.length ? h("p", { class: "note ask" }, t("finish.missing", { names: listed(view.missing) })) : null),
        pack.remarks.map((/** @type {string} */ remark) => h("p", { class: "quiet" }, remark)),
        h("details", {}, h("summary", {}, t("finish.sources")), h("ul", { class: "quiet" }, pack.rules.map((/** @type {any} */ each) => h("li", {}, `${each.rule}: ${each.limit}. `,
          each.url ? h("a", { href: each.url, rel: "noreferrer" }, each.page) : each.page, each.seen ? `, ${each.seen}` : ""))))),
      pack.doubts.length ? h("section", { class: "card stack", "aria-label": t("finish.pack_doubts") }, h("h2", {}, t("finish.about_pack")), this.doubts(pack.doubts)) : null,
      pack.stickers.length > 1 ? Object.assign(/** @type {import("./arrange.js").Arrange} */ (h("pc-arrange", { job: this.job })), {
        view, stickers: pack.stickers, onMade: (/** @type {any} */ made) => this.made(made) }) : null,
      h("ul", { class: "finished", "aria-label": t("finish.stickers") }, pack.stickers.map((/** @type {any} */ each) => this.sticker(pack, each)))));
  }

  /** Packs were made again: show them, and keep what can be undone. @param {any} view */
  made(view) {
    const before = /** @type {import("./arrange.js").Arrange} */ (this.querySelector("pc-arrange"));
    const kept = before && { past: before.past, future: before.future };
    this.view = view;
    this.draw();
    const after = /** @type {any} */ (this.querySelector("pc-arrange"));
    if (!after || !kept) return;
    Object.assign(after, kept);
    after.draw();
    after.told.textContent = t("arrange.made");
  }

  /** Stickers are being made again: show them when they are. */
  async again() {
    this.view = (await attempt(() => getJson(`/api/jobs/${this.job}/finish`))) ?? this.view;
    if (!this.isConnected) return;
    this.draw();
    if (!this.view.current && !this.querySelector("pc-arrange")) setTimeout(() => this.again(), 1500);
  }

  /** @param {string} platform */
  choose(platform) {
    this.platform = platform;
    history.replaceState(null, "", `#${platform}`);
    this.draw();
    /** @type {HTMLElement | null} */ (this.querySelector(".segments [aria-pressed=true]"))?.focus({ preventScroll: true });
  }

  /** @param {any} pack @param {any} sticker */
  sticker(pack, sticker) {
    const { file } = sticker;
    const title = titleOf({ ...sticker, name: sticker.action });
    return h("li", { class: "card stack", "data-action": sticker.action },
      h("div", { class: "row between" }, h("h2", {}, `${sticker.emoji} ${title}`), sticker.doubts.length ? h("span", { class: "badge ask" }, t("finish.to_look_at", { count: sticker.doubts.length })) : null),
      h("div", { class: "grounds" }, pack.grounds.map((/** @type {any} */ ground) => this.ground(ground, sticker))),
      h("p", { class: "quiet" }, `${file.width}×${file.height}, ${file.note}, ${size(file.bytes)}${sticker.words ? `. “${sticker.words}”` : ""}`),
      this.doubts(sticker.doubts),
      h("div", { class: "row" }, h("a", { class: "button", href: `${file.url}&download=1`, download: "", "aria-label": t("finish.download_named", { title }) }, t("common.download")),
        h("a", { class: "button", href: `/jobs/${this.job}/refine/${sticker.action}`, "aria-label": t("finish.refine_named", { title }) }, t("page.refine")),
        h("button", { type: "button", "aria-label": t("adjust.open_named", { title }), onclick: () => adjustDialog(this.job, sticker, () => this.again()) }, t("adjust.open"))));
  }

  /** A sticker in a chat of one colour. @param {{ name: string, colour: string }} ground @param {any} sticker */
  ground(ground, sticker) {
    const { file } = sticker;
    const media = (this.isPlaying ? playing : moving)(file, t("thing.on", { title: titleOf({ ...sticker, name: sticker.action }), ground: groundName(ground.name) }), { width: file.width, height: file.height, loading: null });
    const stand = h("figure", {}, media, h("figcaption", {}, groundName(ground.name)));
    stand.style.background = ground.colour;
    stand.style.color = isDark(ground.colour) ? "#fff" : "#000";
    return stand;
  }

  /** @param {{ says: string, picture: string }[]} doubts */
  doubts(doubts) {
    return doubts.map((doubt) => h("div", { class: "doubt note ask" }, h("img", { src: doubt.picture, alt: "", loading: "lazy", width: 120 }), h("p", {}, doubt.says)));
  }
}
customElements.define("pc-finish", Finish);

/** Whether white is read better than black on a colour such as #7193c1. @param {string} colour */
function isDark(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.18;
}
