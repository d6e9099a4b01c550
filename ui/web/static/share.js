// Sharing a job with a client: make a link, end it, read what clients wrote.
import { attempt, dialog, h, toast } from "./dom.js";
import { getJson } from "./http.js";
import { day, t, titleOf } from "./i18n.js";

const DAYS = [3, 14, 60];

/** @typedef {{ id: string, expires: number, may_approve: boolean, address: string }} Share */
/** @typedef {{ by: string, text: string, action: string, at: string }} Comment */

/** What clients wrote, the oldest first. @param {Comment[]} comments */
export const commentList = (comments) => (comments.length
  ? h("ol", { class: "comments" }, comments.map((each) => h("li", {}, h("p", {}, each.text),
    h("p", { class: "quiet" }, t("share.by", { name: each.by || t("share.somebody"), date: day(Date.parse(each.at) / 1000) }), each.action ? ` · ${titleOf({ name: each.action, title: each.action })}` : ""))))
  : h("p", { class: "quiet" }, t("share.no_comments")));

/** The dialog of a job's links. @param {string} job */
export async function shareDialog(job) {
  const address = `/api/jobs/${job}/shares`;
  const found = await attempt(() => getJson(address));
  if (!found) return;
  const days = h("select", {}, DAYS.map((count) => h("option", { value: count, selected: count === 14 }, t("share.days_of", { count }))));
  const approve = h("input", { type: "checkbox" });
  const made = h("div", { role: "status" });
  const open = h("div", {});
  const comments = h("div", {});

  const show = (/** @type {{ shares: Share[], comments: Comment[] }} */ view) => {
    open.replaceChildren(view.shares.length ? h("ul", { class: "comments" }, view.shares.map((each) => h("li", { class: "row between" },
      h("span", {}, `${t(each.may_approve ? "share.approves" : "share.looks")}, ${t("share.until", { date: day(each.expires) })}`),
      h("button", { type: "button", onclick: async (/** @type {Event} */ event) => {
        const left = await attempt(() => getJson(`${address}/${each.id}`, { method: "DELETE" }), event.currentTarget);
        if (left) { show(left); made.replaceChildren(); toast(t("share.revoked"), "good"); }
      } }, t("share.revoke"))))) : h("p", { class: "quiet" }, t("share.none")));
    comments.replaceChildren(commentList(view.comments));
  };

  const make = h("button", { class: "primary", type: "button", onclick: async () => {
    const share = await attempt(() => getJson(address, { json: { days: Number(days.value), may_approve: approve.checked } }), make);
    if (!share) return;
    const field = h("input", { type: "text", readonly: true, value: new URL(share.address, location.href).href, onfocus: () => field.select() });
    made.replaceChildren(h("label", { class: "field" }, h("span", {}, t("share.address")), field),
      h("button", { type: "button", onclick: () => navigator.clipboard?.writeText(field.value).then(() => toast(t("share.copied"), "good"), () => field.select()) }, t("share.copy")));
    field.focus();
    const view = await attempt(() => getJson(address));
    if (view) show(view);
  } }, t("share.make"));

  show(found);
  dialog(t("share.title"), h("div", { class: "stack" }, h("p", { class: "quiet" }, t("share.lead")),
    h("label", { class: "field" }, h("span", {}, t("share.days")), days), h("label", { class: "row" }, approve, t("share.may_approve")), make, made,
    h("h3", {}, t("share.open")), open, h("h3", {}, t("share.comments")), comments));
}
