import { attempt, debounce, dialog, h } from "./dom.js";
import { getBitmap, getJson } from "./http.js";
import { TOOLS } from "./editor.js";

/** Free a picture of its background by clicks and strokes. Resolves to the new picture's view, or to nothing. */
export function touchUp(given, background) {
  return new Promise((resolve) => {
    let made = null;
    const past = [];
    const editor = h("pc-editor", { class: "fill" });
    const tools = h("div", { class: "tools", role: "group", "aria-label": "Tools" });
    const body = () => ({ background, ...editor.edits });
    const refresh = debounce(() => attempt(async () => {
      const wanted = JSON.stringify(body());
      const cut = await getBitmap(`/api/pictures/${given}/touch-up`, { json: JSON.parse(wanted) });
      if (wanted === JSON.stringify(body())) { editor.layers.cut = cut; editor.unsettled = []; editor.redraw(); }
    }), 60);
    const keep = h("button", { class: "primary", type: "button", onclick: async () => {
      made = await attempt(() => getJson(`/api/pictures/${given}/touched-up`, { json: body() }), keep);
      if (made) box.close();
    } }, "Use this");
    const undo = h("button", { type: "button", disabled: true, onclick: () => { editor.edits = past.pop(); undo.disabled = !past.length; editor.unsettled = []; refresh(); editor.redraw(); } }, "Undo");
    tools.append(...TOOLS.map(([name, sign, label]) => h("button", { type: "button", "aria-label": label, title: label, "aria-pressed": String(name === "add"), onclick: (event) => {
      editor.tool = name;
      for (const each of tools.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
    } }, sign)));
    const area = h("div", { class: "work touch-area" }, editor, tools);
    const box = dialog("Touch up the character", h("div", { class: "stack" }, h("p", { class: "quiet" }, "Click what belongs to the character; right-click what does not. Or use the brushes. Wheel zooms. By keyboard: arrows move the cursor, Enter and − click."), area), [undo, keep], true);
    box.addEventListener("close", () => resolve(made));
    editor.addEventListener("edit", ({ detail }) => {
      past.push(detail.before);
      undo.disabled = false;
      editor.unsettled = detail.what === "strokes" ? [...(editor.unsettled ?? []), detail.after.strokes.at(-1)] : editor.unsettled;
      refresh();
    });
    box.addEventListener("keydown", (event) => { if (event.target === editor.canvas && editor.key(event)) event.preventDefault(); });
    attempt(async () => {
      const raw = await getBitmap(`/api/pictures/${given}`);
      editor.layers.raw = raw;
      editor.layers.cut = await getBitmap(`/api/pictures/${given}/character?background=${background}`);
      editor.size(raw.width, raw.height);
      editor.redraw();
    });
  });
}
