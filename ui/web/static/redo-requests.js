// What a person wishes of the machine while refining: another take, or one frame drawn again. Both are waited for here.
import { attempt, dialog, h, toast } from "./dom.js";
import { getJson } from "./http.js";
import { openEventStream } from "./event-stream.js";
import { t } from "./i18n.js";

const WAIT = t("again.wait");

export async function anotherTake(page) {
  if (!page.waits) return;
  const prompt = await askWords({ title: t("common.another_take"), label: t("again.prompt"), button: t("again.make"),
    note: t("again.stays") });
  if (prompt !== undefined) await carryOut(page, { kind: "another_take", prompt }, t("again.making"));
}

export async function redrawFrame(page) {
  if (!page.waits) return;
  const { frame, at } = page;
  const prompt = await askWords({ title: t("again.frame", { number: at + 1 }), label: t("again.different"), button: t("again.draw"), isNeeded: true,
    note: t("again.frame_stays") });
  if (prompt) await carryOut(page, { kind: "redo_frame", prompt, slot: at, frame }, t("again.drawing", { number: at + 1 }));
}

/** Ask for words. Resolves to them, or to nothing. */
function askWords({ title, label, note, button, isNeeded = false }) {
  return new Promise((resolve) => {
    let said;
    const prompt = h("textarea", { maxlength: 600, oninput: () => { go.disabled = isNeeded && !prompt.value.trim(); } });
    const go = h("button", { class: "primary", type: "button", disabled: isNeeded, onclick: () => { said = prompt.value.trim(); box.close(); } }, button);
    const box = dialog(title, h("label", { class: "field" }, h("span", {}, label), prompt, h("small", {}, note)), [go]);
    box.addEventListener("close", () => resolve(said));
    prompt.focus();
  });
}

/** Have something made, and stay on the page until it is. */
async function carryOut(page, verdict, text) {
  await page.saver.flushed();
  const { question } = page.session;
  const said = await attempt(() => getJson(`${page.base}/verdict`, { json: { gate: "refinement", question, ...verdict }, keepalive: true }));
  if (!said?.stored) {
    if (said) toast(said.message);
    return;
  }
  const veil = h("div", { class: "veil", role: "status", tabindex: -1 }, h("p", { class: "badge busy" }, text), h("p", {}, WAIT));
  page.querySelector(".work").append(veil);
  veil.focus();
  const view = await asked(page.job, page.action, question, (now) => { veil.lastChild.textContent = `${now.next} ${WAIT}`; });
  if (!view?.refinable) {
    location.assign(`/jobs/${page.job}`);
    return;
  }
  await page.open();
  page.editor.canvas.focus({ preventScroll: true });
  page.setStatus(view.message || t("again.here"));
}

/** Wait until the action asks again, or is settled. `tell` hears how far it is. Resolves to its view. */
function asked(job, action, question, tell) {
  return new Promise((resolve) => {
    const over = (view) => { close(); resolve(view); };
    const heard = ({ actions }) => {
      const view = actions.find((each) => each.name === action);
      tell(view);
      const isAsked = view.status.startsWith("awaiting") && view.question !== question;
      if (isAsked || ["failed", "skipped", "done"].includes(view.status)) over(view);
    };
    const close = openEventStream(() => `/api/jobs/${job}/events`, { job: heard, gone: () => over(null) });
  });
}
