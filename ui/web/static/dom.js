// Helpers that all pages share. Text only ever becomes text: nothing here makes HTML of a string.
import { getBitmap } from "./http.js";
import { listen } from "./morph.js";
import { t } from "./i18n.js";

/** Make an element. Properties starting with "on" are listeners; true and false switch attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) listen(element, name.slice(2), value);
    else if (["value", "checked", "muted", "job", "action", "data"].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function toast(text, kind = "info", actions = []) {
  /** @type {any} */ (document.querySelector("pc-toasts"))?.show(text, kind, actions);
}

/** Do something that may be refused; say why if it is. The button keeps the focus, and does nothing meanwhile. */
export async function attempt(work, button = null) {
  button?.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message, "bad");
    return undefined;
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

export function debounce(work, wait) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

export const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

export const WORDS = {
  queued: t("status.queued"), drawing: t("status.drawing"), awaiting_start_frame: t("status.awaiting_start_frame"), animating: t("status.animating"),
  cutting_out: t("status.cutting_out"), awaiting_refinement: t("status.awaiting_refinement"), exporting: t("status.exporting"), done: t("status.done"),
  failed: t("status.failed"), skipped: t("status.skipped"), needs_you: t("status.needs_you"), running: t("status.running"), stopped: t("status.stopped"),
  deleted: t("status.deleted"),
};

export const KIND = {
  awaiting_start_frame: "ask", awaiting_refinement: "ask", needs_you: "ask", done: "good", failed: "bad", stopped: "idle",
  queued: "idle", skipped: "idle", deleted: "idle",
};

export const badge = (status, word = WORDS[status] ?? status) => h("span", { class: `badge ${KIND[status] ?? "busy"}` }, word);

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** A picture or a video that plays by itself, silently, for ever; who wants calm pages starts a video by hand. */
export function playing(made, label, more = {}) {
  if (made.media_type.startsWith("video/")) {
    const video = h("video", { src: made.url, muted: true, loop: true, playsinline: true, controls: calm.matches, "aria-label": label, preload: "metadata", ...more });
    if (!calm.matches) whenSeen.observe(video);
    return video;
  }
  return h("img", { src: made.url, alt: label, loading: "lazy", decoding: "async", ...more });
}

/** Something animated that nobody started: its first frame, for who wants calm pages. */
export function moving(made, label, more = {}) {
  if (!calm.matches || made.media_type.startsWith("video/")) return playing(made, label, more);
  const { width, height, ...rest } = more;
  const canvas = h("canvas", { role: "img", "aria-label": label, class: "still", width, height, "data-of": made.url, ...rest });
  (made.blob ? createImageBitmap(made.blob) : getBitmap(made.url)).then((first) => {
    Object.assign(canvas, { width: first.width, height: first.height });
    canvas.getContext("2d").drawImage(first, 0, 0);
    canvas.dispatchEvent(new Event("load"));
  }).catch(() => canvas.dispatchEvent(new Event("error")));
  return canvas;
}

const NAMES = { line: "LINE", imessage: "iMessage", whatsapp: "WhatsApp", gif: "GIF", apng: "APNG", webp: "WebP", kakao: "KakaoTalk" };

/** A platform as people know it: line-emoji is LINE emoji. */
export const platformName = (name) => {
  const [platform, language] = name.split(".");
  const title = platform.split("-").map((word, at) => NAMES[word] ?? (at ? word : word[0].toUpperCase() + word.slice(1))).join(" ");
  return language ? `${title} (${language})` : title;
};

const whenSeen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const video = /** @type {HTMLVideoElement} */ (target);
    if (isIntersecting) video.play().catch(() => {});
    else video.pause();
  }
}, { rootMargin: "80px" });

/** A dialog that closes by Escape and by a click beside it, and gives the focus back to where it was. */
export function dialog(title, content, buttons = [], wide = false) {
  const close = () => box.close();
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const box = h("dialog", { class: wide ? "wide" : "", "aria-label": title },
    h("div", { class: "dialog-head" }, h("h2", {}, title),
      h("button", { class: "icon", type: "button", "aria-label": t("page.close"), onclick: close }, "✕")),
    h("div", { class: "dialog-body" }, content),
    buttons.length ? h("div", { class: "row end" }, buttons) : null);
  box.addEventListener("click", (event) => event.target === box && close());
  box.addEventListener("close", () => {
    box.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(box);
  box.showModal();
  return box;
}
