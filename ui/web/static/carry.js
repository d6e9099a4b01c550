import { call, Refused, toast } from "./dom.js";
import { alike } from "./history.js";

/** Carry the clicks of the page to all frames; they come in one by one. Asked for again meanwhile, it stops. */
export async function carryToAll(page) {
  if (page.carrying) return page.carrying.abort();
  const { parts, saver } = page;
  if (parts.carry.getAttribute("aria-disabled") === "true") return;
  page.carrying = new AbortController();
  parts.carry.textContent = "Stop carrying";
  page.hints();
  let count = 0;
  const steps = [];
  const take = (told) => {
    count += 1;
    page.tell(`${told.done} of ${told.of} frames`);
    if (!told.pinned) {
      const before = saver.of(told.frame);
      const after = { ...before, mask: told.mask, version: told.version };
      saver.take(told.frame, after);
      page.scores.set(told.mask, told.score);
      if (!alike(before, after)) steps.push({ frame: told.frame, before, after });
    }
    page.marked();
    if (told.frame === page.frame) page.saved(told.frame);
  };
  try {
    await saver.settled();
    await carry(page.job, page.action, saver.who, page.carrying.signal, take);
    const doubtful = parts.strip.querySelectorAll(".mark.doubt").length;
    page.tell(`Carried to ${count} frames${doubtful ? `; ${doubtful} ${doubtful === 1 ? "is" : "are"} doubtful, marked with ?` : ""}.`);
  } catch (error) {
    if (error.name === "AbortError") page.tell(`Stopped after ${count} frames; those are kept.`);
    else toast(error.message, "bad");
  }
  sessionStorage.setItem(`scores-${page.base}`, JSON.stringify(Object.fromEntries([...page.scores].slice(-300))));
  if (steps.length) page.history.note(...steps);
  page.carrying = null;
  parts.carry.textContent = "Carry to all frames";
  page.unmask();
  page.go(page.at);
  page.export();
}

/**
 * Carry the saved clicks of an action to all of its frames. `each` is called with every frame as soon as the server has
 * saved it; aborting the signal cancels, and what was saved stays.
 */
async function carry(job, action, who, signal, each) {
  const answer = await call("/api/masks/propagate", { json: { job, action }, signal, headers: { "x-popcon-author": who } });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const told = JSON.parse(line);
      if (told.error) throw new Refused(400, told);
      if (!told.finished) each(told);
    }
  }
}
