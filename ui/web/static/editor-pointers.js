// The canvas by mouse, pen and fingers: clicks, strokes, panning, pinching and the wheel.
import { NEAR } from "./editor.js";

/** @typedef {import("./editor.js").Editor} Editor */

/** @param {Editor} editor */
export function listenToPointers(editor) {
  const { canvas } = editor;
  canvas.addEventListener("pointerdown", (event) => down(editor, event));
  canvas.addEventListener("pointermove", (event) => move(editor, event));
  canvas.addEventListener("pointerup", (event) => up(editor, event));
  canvas.addEventListener("pointercancel", (event) => up(editor, event));
  canvas.addEventListener("wheel", (event) => wheel(editor, event), { passive: false });
}

/** @param {Editor} editor @param {PointerEvent} event */
function down(editor, event) {
  editor.canvas.setPointerCapture(event.pointerId);
  const at = editor.screen(event);
  editor.pointers.set(event.pointerId, at);
  if (editor.drag?.byKey) editor.drag = null;
  editor.keyed = false;
  if (editor.pointers.size === 2) {
    editor.drag = null;
    editor.pinch = spread(editor);
    return;
  }
  if (editor.space || event.button === 1 || editor.tool === "pan") {
    editor.drag = { kind: "pan", at };
    editor.panned = false;
    return;
  }
  const place = editor.place(at);
  if (editor.tool === "erase" || editor.tool === "restore") {
    const away = event.button === 2 || event.altKey;
    const mode = away === (editor.tool === "erase") ? "restore" : "erase";
    editor.drag = { kind: "stroke", stroke: { points: [place], radius: editor.brush, mode } };
    editor.redraw();
  } else if (editor.inside(place)) {
    const away = (event.button === 2 || event.altKey || event.shiftKey) !== (editor.tool === "away");
    // A finger may be the first of two that zoom: it clicks when it leaves.
    if (event.pointerType === "touch") editor.drag = { kind: "tap", place, positive: !away, at };
    else editor.click(place, !away, at);
  }
}

/** @param {Editor} editor @param {PointerEvent} event */
function move(editor, event) {
  const at = editor.screen(event);
  if (editor.pointers.has(event.pointerId)) editor.pointers.set(event.pointerId, at);
  if (editor.pinch && editor.pointers.size === 2) {
    const now = spread(editor);
    editor.view.x += now.x - editor.pinch.x;
    editor.view.y += now.y - editor.pinch.y;
    editor.zoom(now.wide / editor.pinch.wide, now);
    editor.pinch = now;
    return;
  }
  if (editor.keyed) return;
  editor.cursor = editor.place(at);
  if (editor.drag?.kind === "pan") {
    editor.view.x += at.x - editor.drag.at.x;
    editor.view.y += at.y - editor.drag.at.y;
    editor.drag.at = at;
    editor.panned = true;
    editor.fitted = false;
  } else if (editor.drag?.kind === "stroke") {
    for (const each of event.getCoalescedEvents?.() ?? [event]) editor.drag.stroke.points.push(editor.place(editor.screen(each)));
  }
  editor.redraw();
}

/** @param {Editor} editor @param {PointerEvent} event */
function up(editor, event) {
  editor.pointers.delete(event.pointerId);
  if (editor.pointers.size < 2) editor.pinch = null;
  if (editor.drag?.kind === "stroke" && event.type === "pointerup") {
    const { stroke } = editor.drag;
    editor.drag = null;
    editor.stroke(stroke);
  }
  const tap = editor.drag?.kind === "tap" && event.type === "pointerup" ? editor.drag : null;
  if (!editor.drag?.byKey) editor.drag = null;
  if (!tap) return;
  const { x, y } = editor.screen(event);
  if (Math.hypot(x - tap.at.x, y - tap.at.y) < NEAR) editor.click(tap.place, tap.positive, tap.at);
}

/**
 * The middle of two fingers, and how far they are apart, in CSS pixels.
 * @param {Editor} editor
 */
function spread(editor) {
  const [a, b] = [...editor.pointers.values()];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, wide: Math.max(10, Math.hypot(a.x - b.x, a.y - b.y)) };
}

/** @param {Editor} editor @param {WheelEvent} event */
function wheel(editor, event) {
  event.preventDefault();
  editor.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 400)), editor.screen(event));
}
