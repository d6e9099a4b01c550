import { h } from "./dom.js";
import { t } from "./i18n.js";

/** Short messages at the edge of the page. They are read out, and stay long enough to be used. */
class Toasts extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    this.setAttribute("aria-live", "polite");
  }

  show(text, kind, actions) {
    const remove = () => {
      if (item.contains(document.activeElement)) document.getElementById("main")?.focus({ preventScroll: true });
      item.remove();
    };
    const fade = (wait) => setTimeout(() => (item.matches(":hover, :focus-within") ? fade(3000) : remove()), wait);
    const item = h("div", { class: `toast ${kind}` }, h("span", {}, text),
      actions.map(([label, work]) => h("button", { type: "button", onclick: () => { remove(); work(); } }, label)),
      h("button", { class: "icon", type: "button", "aria-label": t("page.dismiss"), onclick: remove }, "✕"));
    this.append(item);
    while (this.children.length > 3) this.firstChild.remove();
    if (kind !== "bad" || !actions.length) fade(actions.length ? 20000 : 7000);
  }
}
customElements.define("pc-toasts", Toasts);
