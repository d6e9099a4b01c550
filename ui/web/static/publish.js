// Uploads a pack to a platform: first what would be sent, then, on request, the sending with its progress.
import { attempt, dialog, h, platformName, toast } from "./dom.js";
import { getJson, jsonLines, request } from "./http.js";
import { listed, t } from "./i18n.js";

/**
 * @param {string} job
 * @param {string} place telegram, discord, mastodon or google-chat
 * @param {{ platform: string, title: string }} pack
 */
export function publishDialog(job, place, pack) {
  const told = h("div", { class: "stack", role: "status" }, h("p", { class: "badge busy" }, t("publish.looking")));
  const bar = h("progress", { hidden: true, "aria-label": t("publish.progress") });
  const name = h("input", { maxlength: 64, onchange: () => look() });
  const go = h("button", { class: "primary", type: "button", disabled: true, onclick: () => send() }, t("publish.send"));
  const body = () => ({ to: place, platform: pack.platform, set_name: name.value.trim() || null });
  const base = `/api/jobs/${job}/publish`;

  async function look() {
    go.disabled = true;
    try {
      const plan = await getJson(`${base}/plan`, { json: body() });
      told.replaceChildren(...[h("p", {}, plan.left.length ? t("publish.would_send", { count: plan.left.length, place: plan.destination, names: listed(plan.left) }) : t("publish.all_there", { place: plan.destination })),
        plan.already.length ? h("p", { class: "quiet" }, t("publish.already", { names: listed(plan.already) })) : null,
        h("p", { class: "quiet" }, t("publish.once"))].filter(Boolean));
      go.disabled = !plan.left.length;
    } catch (error) {
      told.replaceChildren(h("p", { class: "note bad" }, /** @type {Error} */ (error).message));
    }
  }

  async function send() {
    go.disabled = true;
    bar.hidden = false;
    bar.removeAttribute("value");
    const done = await attempt(async () => {
      const response = await request(base, { json: body() });
      let finished = null;
      for await (const line of jsonLines(response)) {
        if (line.error) throw new Error(line.error);
        if (line.finished) finished = line.finished;
        else {
          Object.assign(bar, { max: line.of, value: line.done });
          told.replaceChildren(h("p", {}, t("publish.sending", { done: line.done, total: line.of, last: line.last })));
        }
      }
      return finished;
    });
    bar.hidden = true;
    if (!done) return void look();
    told.replaceChildren(h("p", { class: "note" }, `${t("publish.sent", { count: done.sent.length, place: done.destination, there: done.already.length })} `, done.link ? h("a", { href: done.link, target: "_blank", rel: "noopener noreferrer" }, done.link) : null));
    toast(t("publish.published"), "good");
  }

  dialog(t("publish.title", { place: platformName(place) }), h("div", { class: "stack" }, h("p", {}, pack.title),
    h("label", { class: "field" }, h("span", {}, t("publish.set_name") + " ", h("small", {}, t("common.optional"))), name), told, bar), [go]);
  look();
}
