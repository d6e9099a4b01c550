// Which page an address shows. Each page is a custom element in a module of its own, loaded when it is needed.
import "./header.js";
import "./toasts.js";
import { h } from "./dom.js";

/** @type {[RegExp, string, string, string][]} address, module, element, title */
const routes = [
  [/^\/$/, "./new-job.js", "pc-new-job", "New pack"],
  [/^\/archive$/, "./archive.js", "pc-archive", "Archive"],
  [/^\/jobs\/([a-z0-9-]+)$/, "./board.js", "pc-board", "Review"],
  [/^\/jobs\/([a-z0-9-]+)\/finish$/, "./finish.js", "pc-finish", "Finish"],
  [/^\/jobs\/([a-z0-9-]+)\/refine\/([a-z0-9-]+)$/, "./refine.js", "pc-refine", "Refine"],
];

const main = document.getElementById("main");
const route = routes.find(([pattern]) => pattern.test(location.pathname));
if (route) {
  const [pattern, module, tag, title] = route;
  const [, job = "", action = ""] = location.pathname.match(pattern);
  document.title = `${title} · PopCon`;
  import(module).then(() => main.replaceChildren(h(tag, { job, action })), () => main.replaceChildren(
    h("p", { class: "empty" }, "The page could not be loaded. ", h("a", { href: location.href }, "Try again"))));
} else {
  main.replaceChildren(h("div", { class: "empty" }, h("h1", {}, "Nothing here"),
    h("p", {}, "There is no page at this address."), h("a", { class: "button", href: "/archive" }, "Go to the archive")));
}
