// Uploads a pack to a platform: first what would be sent, then, on request, the sending with its progress.
import { attempt, dialog, h, platformName, toast } from "./dom.js";
import { getJson, jsonLines, request } from "./http.js";

/**
 * @param {string} job
 * @param {string} place telegram, discord, mastodon or google-chat
 * @param {{ platform: string, title: string }} pack
 */
export function publishDialog(job, place, pack) {
  const told = h("div", { class: "stack", role: "status" }, h("p", { class: "badge busy" }, "Looking what would be sent …"));
  const bar = h("progress", { hidden: true, "aria-label": "Stickers sent" });
  const name = h("input", { maxlength: 64, onchange: () => look() });
  const go = h("button", { class: "primary", type: "button", disabled: true, onclick: () => send() }, "Send them");
  const body = () => ({ to: place, platform: pack.platform, set_name: name.value.trim() || null });
  const base = `/api/jobs/${job}/publish`;

  async function look() {
    go.disabled = true;
    try {
      const plan = await getJson(`${base}/plan`, { json: body() });
      told.replaceChildren(...[h("p", {}, plan.left.length ? `Would send ${plan.left.length} to ${plan.destination}: ${plan.left.join(", ")}.` : `All of it is in ${plan.destination} already.`),
        plan.already.length ? h("p", { class: "quiet" }, `There already: ${plan.already.join(", ")}.`) : null,
        h("p", { class: "quiet" }, "Each sticker is sent exactly once; if it is interrupted, publishing again goes on.")].filter(Boolean));
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
          told.replaceChildren(h("p", {}, `${line.done} of ${line.of}: ${line.last}`));
        }
      }
      return finished;
    });
    bar.hidden = true;
    if (!done) return void look();
    told.replaceChildren(h("p", { class: "note" }, `${done.sent.length} sent to ${done.destination}, ${done.already.length} were there. `, done.link ? h("a", { href: done.link, target: "_blank", rel: "noopener noreferrer" }, done.link) : null));
    toast("The pack is published.", "good");
  }

  dialog(`Publish to ${platformName(place)}`, h("div", { class: "stack" }, h("p", {}, pack.title),
    h("label", { class: "field" }, h("span", {}, "Name of the set ", h("small", {}, "(optional)")), name), told, bar), [go]);
  look();
}
