import { toast } from "./dom.js";
import { jsonLines, RequestError, request } from "./http.js";
import { isEqual } from "./edits.js";
import { showHint, showStrip } from "./refine-view.js";
import { t } from "./i18n.js";

/** Propagate the clicks of the page to all frames; results come in one by one. Called again meanwhile, it stops. */
export async function propagateToAll(page) {
  if (page.propagating) return page.propagating.abort();
  const { parts, saver } = page;
  if (parts.carry.getAttribute("aria-disabled") === "true") return;
  page.propagating = new AbortController();
  parts.carry.textContent = t("carry.stop");
  showHint(page);
  let count = 0;
  const steps = [];
  const take = (result) => {
    count += 1;
    page.setStatus(t("carry.progress", { done: result.done, total: result.of }));
    if (!result.pinned) {
      const before = saver.of(result.frame);
      const after = { ...before, mask: result.mask, version: result.version };
      saver.accept(result.frame, after);
      page.scores.set(result.mask, result.score);
      if (!isEqual(before, after)) steps.push({ frame: result.frame, before, after });
    }
    showStrip(page);
    if (result.frame === page.frame) page.saved(result.frame);
  };
  try {
    await saver.flushed();
    await streamPropagation(page.job, page.action, saver.author, page.propagating.signal, take);
    const doubtful = parts.strip.querySelectorAll(".mark.doubt").length;
    page.setStatus([t("carry.carried", { count }), doubtful ? t("carry.doubtful", { count: doubtful }) : ""].join(" ").trim());
  } catch (error) {
    if (error.name === "AbortError") page.setStatus(t("carry.stopped", { count }));
    else toast(error.message, "bad");
  }
  sessionStorage.setItem(`scores-${page.base}`, JSON.stringify(Object.fromEntries([...page.scores].slice(-300))));
  if (steps.length) page.history.record(...steps);
  page.propagating = null;
  parts.carry.textContent = t("carry.carry");
  page.unmask();
  page.go(page.at);
  page.export();
}

/**
 * Propagate the saved clicks of an action to all of its frames. `each` is called with every frame as soon as the server
 * has saved it; aborting the signal cancels, and what was saved stays.
 */
async function streamPropagation(job, action, who, signal, each) {
  const response = await request("/api/masks/propagate", { json: { job, action }, signal, headers: { "x-popcon-author": who } });
  for await (const value of jsonLines(response)) {
    if (value.error) throw new RequestError(400, value);
    if (!value.finished) each(value);
  }
}
