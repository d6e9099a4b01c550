// What a person wishes of the machine while refining: another take, or one frame drawn again. Both are waited for here.
import { attempt, dialog, getJson, h, toast } from "./dom.js";

/** Ask for words. Resolves to them, or to nothing. */
export function askWords(title, label, note, button, words = "", needed = false) {
  return new Promise((resolve) => {
    let said;
    const prompt = h("textarea", { maxlength: 600, value: words, oninput: () => go.toggleAttribute("disabled", needed && !prompt.value.trim()) });
    const go = h("button", { class: "primary", type: "button", disabled: needed && !words, onclick: () => { said = prompt.value.trim(); box.close(); } }, button);
    const box = dialog(title, h("label", { class: "field" }, h("span", {}, label), prompt, h("small", {}, note)), [go]);
    box.addEventListener("close", () => resolve(said));
    prompt.focus();
  });
}

/** Give the verdict. Resolves to true if it counts. */
export async function wish(base, question, verdict) {
  const said = await attempt(() => getJson(`${base}/verdict`, { json: { gate: "refinement", question, ...verdict } }));
  if (said && !said.stored) toast(said.message);
  return Boolean(said?.stored);
}

/**
 * Wait until the action asks again, or is settled. `tell` hears how far it is. Resolves to its view.
 */
export function asked(job, action, question, tell) {
  return new Promise((resolve) => {
    const source = new EventSource(`/api/jobs/${job}/events`);
    source.addEventListener("job", (event) => {
      const view = JSON.parse(event.data).actions.find((each) => each.name === action);
      tell(view);
      const isOver = ["failed", "skipped", "done"].includes(view.status) || (view.status.startsWith("awaiting") && view.question !== question);
      if (!isOver) return;
      source.close();
      resolve(view);
    });
    source.addEventListener("gone", () => { source.close(); resolve(null); });
  });
}
