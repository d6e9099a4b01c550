import { h } from "./dom.js";

const THEMES = ["auto", "light", "dark"];
const SIGNS = { auto: "◐", light: "☀", dark: "☾" };

class Header extends HTMLElement {
  connectedCallback() {
    this.theme = localStorage.getItem("popcon-theme") ?? "auto";
    const here = location.pathname;
    const link = (href, text, current) => h("a", { href, "aria-current": current ? "page" : null }, text);
    this.button = h("button", { class: "icon", type: "button", onclick: () => this.next() });
    this.replaceChildren(h("header", { class: "top" },
      h("a", { class: "brand", href: "/" }, h("img", { src: "/static/icon.svg", alt: "", width: 28, height: 28 }), "PopCon"),
      h("nav", { "aria-label": "Pages" }, link("/", "New pack", here === "/"),
        link("/archive", "Archive", here === "/archive")),
      this.button));
    this.apply();
  }

  next() {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length];
    localStorage.setItem("popcon-theme", this.theme);
    this.apply();
  }

  apply() {
    if (this.theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
    this.button.textContent = SIGNS[this.theme];
    this.button.setAttribute("aria-label", `Colours: ${this.theme}. Change`);
    this.button.title = `Colours: ${this.theme}`;
  }
}
customElements.define("pc-header", Header);
