// Notifications of the browser when it is a person's turn: asked for by a click, and kept for all boards.
import { h, toast } from "./dom.js";
import { t } from "./i18n.js";

const KEPT = "popcon-notify";
const isThere = () => "Notification" in window;

/** Whether a person asked to be told. */
export const isWanted = () => isThere() && localStorage.getItem(KEPT) === "1" && Notification.permission === "granted";

/** Tell that it is the reader's turn, where that is wanted and the page is not looked at. @param {string} title @param {string} text */
export function notify(title, text) {
  if (!isWanted() || !document.hidden) return;
  const told = new Notification(title, { body: text, icon: "/static/icon.svg", tag: location.pathname, lang: document.documentElement.lang });
  told.onclick = () => { window.focus(); told.close(); };
}

/** The button that asks for notifications, or ends them; none where the browser has none. @param {() => void} changed */
export function notifyButton(changed) {
  if (!isThere()) return null;
  return h("button", { type: "button", "data-key": "notify", "aria-pressed": String(isWanted()), onclick: async () => {
    if (isWanted()) localStorage.removeItem(KEPT);
    else if (await Notification.requestPermission() === "granted") {
      localStorage.setItem(KEPT, "1");
      toast(t("notify.on"), "good");
    } else toast(t("notify.refused"), "info");
    changed();
  } }, t(isWanted() ? "notify.stop" : "notify.ask"));
}
