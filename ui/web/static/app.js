// Which page an address shows. Each page is a custom element in a module of its own, loaded when it is needed.
import "./header.js";
import "./toasts.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @type {[RegExp, string, string, string][]} address, module, element, title */
const routes = [
  [/^\/$/, "./new-job.js", "pc-new-job", t("page.new")],
  [/^\/archive$/, "./archive.js", "pc-archive", t("page.archive")],
  [/^\/jobs\/([a-z0-9-]+)$/, "./board.js", "pc-board", t("page.review")],
  [/^\/shared\/([a-z0-9-]+)\/([\w-]+)$/, "./shared.js", "pc-shared", t("page.review")],
  [/^\/jobs\/([a-z0-9-]+)\/finish$/, "./finish.js", "pc-finish", t("page.finish")],
  [/^\/jobs\/([a-z0-9-]+)\/refine\/([a-z0-9-]+)$/, "./refine.js", "pc-refine", t("page.refine")],
];

const main = document.getElementById("main");
const route = routes.find(([pattern]) => pattern.test(location.pathname));
if (route) {
  const [pattern, module, tag, title] = route;
  const [, job = "", action = ""] = location.pathname.match(pattern);
  document.title = `${title} · PopCon`;
  import(module).then(() => main.replaceChildren(h(tag, { job, action })), () => main.replaceChildren(
    h("p", { class: "empty" }, t("page.broken") + " ", h("a", { href: location.href }, t("common.try_again")))));
} else {
  main.replaceChildren(h("div", { class: "empty" }, h("h1", {}, t("page.nothing")),
    h("p", {}, t("page.no_address")), h("a", { class: "button", href: "/archive" }, t("page.to_archive"))));
}
