import { h } from "./dom.js";
import { chooseLanguage, LANGUAGE, t } from "./i18n.js";

const THEMES = ["auto", "light", "dark"];
/** The languages of the pages, each by its own name. */
const LANGUAGES = { en: "English", ko: "한국어", ja: "日本語", "zh-Hant": "繁體中文", "zh-Hans": "简体中文" };
const SIGNS = { auto: "◐", light: "☀", dark: "☾" };

class Header extends HTMLElement {
  connectedCallback() {
    this.theme = localStorage.getItem("popcon-theme") ?? "auto";
    const here = location.pathname;
    const isClient = here.startsWith("/shared/");
    const link = (href, text, current) => h("a", { href, "aria-current": current ? "page" : null }, text);
    this.button = h("button", { class: "icon", type: "button", onclick: () => this.next() });
    this.replaceChildren(h("header", { class: "top" },
      h(isClient ? "span" : "a", { class: "brand", href: isClient ? null : "/" }, h("img", { src: "/static/icon.svg", alt: "", width: 28, height: 28 }), "PopCon"),
      isClient ? null : h("nav", { "aria-label": t("page.pages") }, link("/", t("page.new"), here === "/"),
        link("/archive", t("page.archive"), here === "/archive")),
      h("select", { class: "language", "aria-label": t("page.language"), onchange: (event) => chooseLanguage(event.target.value) },
        Object.entries(LANGUAGES).map(([tag, name]) => h("option", { value: tag, lang: tag, selected: tag === LANGUAGE }, name))),
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
    const theme = t(`theme.${this.theme}`);
    this.button.setAttribute("aria-label", t("page.theme_change", { theme }));
    this.button.title = t("page.theme", { theme });
  }
}
customElements.define("pc-header", Header);
