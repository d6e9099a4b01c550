import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { freshBrowser, json } from "./browser.js";
import { AdjustmentStore, ofSticker, withColour, withReach, withSticker } from "../../../../ui/web/static/adjust-state.js";

const refused = [];
const on = { changed: () => {}, refused: (text) => refused.push(text) };
const saving = () => { let version = 0; return () => json(200, { version: ++version }); };

beforeEach(() => { refused.length = 0; });

test("each change is saved as the whole state, the latest one last", async () => {
  const requests = freshBrowser(saving());
  const store = new AdjustmentStore("fox", on);
  store.change({ ...store.now, outline: { colour: "#ffffff", width: 4 } });
  store.change({ ...store.now, outline: { colour: "#ffffff", width: 9 } });
  await store.saved();
  assert.equal(requests.at(-1).method, "PUT");
  assert.equal(requests.at(-1).body.adjustments.outline.width, 9);
  assert.equal(requests[0].body.base, 0);
});

test("undo and redo save the state that they go to, and a drag is one step", async () => {
  const requests = freshBrowser(saving());
  const store = new AdjustmentStore("fox", on);
  for (const x of [1, 2, 3]) store.change(withSticker(store.now, "wave", { nudge: { x, y: 0, scale: 1, angle: 0 } }), "move");
  store.settle();
  store.change(withSticker(store.now, "wave", { nudge: { x: 9, y: 0, scale: 1, angle: 0 } }), "move");
  store.undo();
  assert.equal(ofSticker(store.now, "wave").nudge.x, 3);
  store.undo();
  assert.deepEqual(store.now.stickers, {});
  store.redo();
  await store.saved();
  assert.equal(requests.at(-1).body.adjustments.stickers.wave.nudge.x, 3);
  store.redo();
  store.redo();
  assert.equal(ofSticker(store.now, "wave").nudge.x, 9);
  await store.saved();
});

test("a save over somebody else's counts, and theirs can be undone to", async () => {
  const theirs = { outline: { colour: "#ff0000", width: 2 }, recolours: [], stickers: {} };
  let count = 0;
  const requests = freshBrowser(() => (++count === 1 ? json(409, { error: "changed", current: { version: 5, adjustments: theirs } }) : json(200, { version: 6 })));
  const store = new AdjustmentStore("fox", on);
  store.change(withColour(store.now, "#ffce38", "#3b82f6"));
  await store.saved();
  assert.deepEqual(refused, ["changed"]);
  assert.deepEqual(requests.map(({ body }) => body.base), [0, 5]);
  store.undo();
  assert.deepEqual(store.now, theirs);
  await store.saved();
});

test("what is refused for good is told and not sent again", async () => {
  const requests = freshBrowser(() => json(422, { error: "too wide" }));
  const store = new AdjustmentStore("fox", on);
  store.change({ ...store.now, outline: { colour: "#ffffff", width: 400 } });
  await store.saved();
  assert.deepEqual([refused, requests.length], [["too wide"], 1]);
});

test("a colour is changed once, and back to its own is no change", () => {
  const store = new AdjustmentStore("fox", on);
  const once = withColour(withColour(store.now, "#ffce38", "#3b82f6"), "#ffce38", "#00ff00");
  assert.deepEqual(once.recolours, [{ source: "#ffce38", target: "#00ff00" }]);
  assert.deepEqual(withColour(once, "#ffce38", "#ffce38").recolours, []);
});

test("the reach of a colour stays when it becomes another one", () => {
  const none = { outline: { colour: "#ffffff", width: 0 }, recolours: [], stickers: {} };
  const wide = withReach(withColour(none, "#ffce38", "#3b82f6"), "#ffce38", 2);
  assert.deepEqual(withColour(wide, "#ffce38", "#00ff00").recolours, [{ source: "#ffce38", target: "#00ff00", reach: 2 }]);
  assert.deepEqual(withReach(none, "#ffce38", 2), none);
});
