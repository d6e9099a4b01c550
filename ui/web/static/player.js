import { attempt } from "./dom.js";
import { t } from "./i18n.js";

/** Play all frames on the canvas, at true speed, or stop. A click on the canvas stops it too, and changes nothing. */
export async function play(page) {
  const { editor, parts } = page;
  const stop = () => {
    page.running = editor.locked = false;
    parts.play.textContent = t("player.play");
    clearTimeout(page.timer);
    page.go(page.at);
  };
  if (page.running) return stop();
  page.running = editor.locked = true;
  parts.play.textContent = t("player.stop");
  const all = await attempt(() => Promise.all(page.session.slots.map((each) => page.bitmap(page.refined(each.frame)))));
  const step = (number) => {
    if (!page.running || page.editor !== editor) return;
    page.at = number % all.length;
    editor.layers.cut = all[page.at];
    editor.layers.mask = null;
    editor.edits = { clicks: [], strokes: [] };
    editor.redraw();
    page.timer = setTimeout(() => step(page.at + 1), page.session.slots[page.at].duration_ms);
  };
  if (all) step(page.at);
  else stop();
}
