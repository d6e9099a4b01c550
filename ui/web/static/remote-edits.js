// Other people at the same action: what they save is shown at once, and nobody's work goes without a word.
import { toast } from "./dom.js";
import { getJson } from "./http.js";
import { isEqual } from "./edits.js";
import { openEventStream } from "./event-stream.js";
import { t } from "./i18n.js";

const named = (by) => by || t("remote.somebody");

/** Hear what is saved on the action from now on. Returns what closes it. */
export function listen(page) {
  let last = page.session.saves;
  const after = (work) => (told, number) => { last = Number(number) || last; work(page, told); };
  const close = openEventStream(() => `${page.base}/refinements/events?after=${last}`, {
    saved: after(received), picked: after(pickReceived), gone: ({ error }) => { close(); toast(error, "bad"); },
  });
  return close;
}

/** Somebody, perhaps oneself, has saved a frame. */
export function received(page, theirs) {
  if (page.propagating && theirs.by === page.saver.author) return;
  const mine = page.saver.of(theirs.frame);
  if (!page.saver.receive(theirs)) return;
  page.history.forget(theirs.frame);
  page.saved(theirs.frame);
  if (theirs.frame === page.frame && !page.running) page.go(page.at);
  if (theirs.by === page.saver.author || isEqual(mine, theirs)) return;
  const back = mine.version ? [[t("remote.mine"), () => page.change([theirs.frame], () => mine)]] : [];
  toast(t("remote.changed", { who: named(theirs.by), number: page.number(theirs.frame) + 1 }), "info", back);
}

async function pickReceived(page, { slot, by }) {
  if (by === page.saver.author) return;
  const fresh = await getJson(`${page.base}/edit-session`).catch(() => null);
  if (!fresh || fresh.slots[slot]?.frame === page.session.slots[slot]?.frame) return;
  page.session.slots = fresh.slots;
  page.history.forget(`slot ${slot}`);
  toast(t("remote.swapped", { who: named(by), number: slot + 1 }));
  page.go(page.at);
  page.export();
}

/** A save of one's own went over somebody else's. */
export function overwrote(page, frame, theirs) {
  toast(t("remote.later", { who: named(theirs.by), number: page.number(frame) + 1 }), "info",
    [[t("remote.theirs"), () => page.change([frame], (edits) => ({ ...edits, ...theirs }))]]);
}
