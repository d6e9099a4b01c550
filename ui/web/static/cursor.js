// The canvas by keyboard: a cursor that is moved by arrows, places clicks and draws strokes, and says where it is.
import { t } from "./i18n.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10;
const NEAR = 11;
const MARGIN = 48;

export const CURSOR_HELP = t("cursor.help");

/** The canvas was reached by keyboard: from now on keys mean the cursor. */
export function enter(editor) {
  editor.keyed = true;
  editor.cursor ??= { x: Math.floor(editor.width / 2) + 0.5, y: Math.floor(editor.height / 2) + 0.5 };
  say(editor, t("cursor.cursor", { place: where(editor) }));
  editor.redraw();
}

export function leave(editor) {
  if (editor.drag?.byKey) drop(editor);
  editor.keyed = false;
  editor.redraw();
}

/** A key while the canvas has the focus by keyboard. True if it was one of the cursor's. */
export function cursorKey(editor, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const name = event.key;
  if (ARROWS[name]) move(editor, ARROWS[name], event.shiftKey ? FAR : 1);
  else if (name === "Enter" || name === " " || name === "+" || name.toLowerCase() === "p") place(editor, true, event.repeat);
  else if (name === "-" || name === "−" || name.toLowerCase() === "n") place(editor, false, event.repeat);
  else if (name === "Delete" || name === "Backspace") remove(editor);
  else if (name === "Escape" && editor.drag?.byKey) drop(editor);
  else return false;
  return true;
}

function move(editor, [across, down], step) {
  if (editor.tool === "pan") {
    editor.pan(-across * step * 4, -down * step * 4);
    return;
  }
  const kept = (value, most) => Math.min(most - 0.5, Math.max(0.5, value));
  editor.cursor = { x: kept(editor.cursor.x + across * step, editor.width), y: kept(editor.cursor.y + down * step, editor.height) };
  if (editor.drag?.byKey) editor.drag.stroke.points.push(editor.cursor);
  follow(editor);
  editor.redraw();
  say(editor, where(editor), 250);
}

/** Keep the cursor in view. */
function follow(editor) {
  const { clientWidth, clientHeight } = editor.canvas;
  const x = editor.view.x + editor.cursor.x * editor.view.scale;
  const y = editor.view.y + editor.cursor.y * editor.view.scale;
  const back = (value, most) => (value < MARGIN ? MARGIN - value : value > most - MARGIN ? most - MARGIN - value : 0);
  const [across, down] = [back(x, clientWidth), back(y, clientHeight)];
  if (across || down) editor.pan(across, down);
}

function place(editor, plain, isHeld) {
  if (isHeld || editor.tool === "pan") return;
  const { cursor } = editor;
  if (editor.tool === "erase" || editor.tool === "restore") return stroke(editor, plain);
  const positive = plain === (editor.tool === "add");
  editor.click(cursor, positive);
  say(editor, `${t(positive ? "cursor.plus" : "cursor.minus", { place: spoken(cursor) })} ${t("cursor.clicks", { count: editor.edits.clicks.length })}`);
}

function stroke(editor, plain) {
  if (editor.drag?.byKey) {
    const { stroke: made } = editor.drag;
    editor.drag = null;
    made.points.push(editor.cursor);
    editor.stroke(made);
    say(editor, `${t(made.mode === "erase" ? "cursor.erased" : "cursor.restored", { place: spoken(editor.cursor) })} ${t("cursor.strokes", { count: editor.edits.strokes.length })}`);
    return;
  }
  const mode = plain === (editor.tool === "erase") ? "erase" : "restore";
  editor.drag = { kind: "stroke", byKey: true, stroke: { points: [editor.cursor], radius: editor.brush, mode } };
  editor.redraw();
  say(editor, t(mode === "erase" ? "cursor.erase_begins" : "cursor.restore_begins", { place: spoken(editor.cursor) }));
}

function drop(editor) {
  editor.drag = null;
  editor.redraw();
  say(editor, t("cursor.dropped"));
}

function remove(editor) {
  const far = (each) => Math.hypot(each.x - editor.cursor.x, each.y - editor.cursor.y) * editor.view.scale;
  const nearest = [...editor.edits.clicks].sort((one, other) => far(one) - far(other))[0];
  if (!nearest || far(nearest) > NEAR * 2) return say(editor, t("cursor.none_near"));
  editor.change({ clicks: editor.edits.clicks.filter((each) => each !== nearest) });
  say(editor, `${t("cursor.removed", { place: spoken(nearest) })} ${t("cursor.clicks", { count: editor.edits.clicks.length })}`);
}

const spoken = ({ x, y }) => `${Math.floor(x)}, ${Math.floor(y)}`;

function where(editor) {
  const { cut } = editor.layers;
  if (!cut) return spoken(editor.cursor);
  editor.probe ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  editor.probe.clearRect(0, 0, 1, 1);
  editor.probe.drawImage(cut, -Math.floor(editor.cursor.x), -Math.floor(editor.cursor.y));
  const [, , , alpha] = editor.probe.getImageData(0, 0, 1, 1).data;
  return t(alpha > 200 ? "cursor.on_cutout" : alpha > 20 ? "cursor.at_rim" : "cursor.see_through", { place: spoken(editor.cursor) });
}

/** Tell who cannot see it; what follows at once replaces it. */
function say(editor, text, wait = 0) {
  clearTimeout(editor.saying);
  editor.saying = setTimeout(() => { editor.voice.textContent = text; }, wait);
}
