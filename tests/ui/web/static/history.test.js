import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { edits, freshBrowser } from "./browser.js";
import { History } from "../../../../ui/web/static/history.js";

let changes;
const opened = () => new History("/jobs/fox/actions/wave", () => { changes += 1; });
const change = (frame, before, after) => ({ frame, before, after });
const states = (step) => step?.map(({ frame, slot, state }) => [frame ?? slot, state.clicks?.length ?? state]);

beforeEach(() => { freshBrowser(); changes = 0; });

test("undo and redo lead through all steps and back", () => {
  const history = opened();
  history.record(change("a", edits(), edits([1, 1])));
  history.record(change("a", edits([1, 1]), edits([1, 1], [2, 2])));
  assert.deepEqual(states(history.undo()), [["a", 1]]);
  assert.deepEqual(states(history.undo()), [["a", 0]]);
  assert.equal(history.undo(), null);
  assert.deepEqual(states(history.redo()), [["a", 1]]);
  assert.deepEqual(states(history.redo()), [["a", 2]]);
  assert.equal(history.redo(), null);
  assert.ok(changes >= 6, "the buttons were told");
  history.close();
});

test("a new step ends what could be redone", () => {
  const history = opened();
  history.record(change("a", edits(), edits([1, 1])));
  history.undo();
  history.record(change("b", edits(), edits([2, 2])));
  assert.equal(history.redo(), null);
  assert.deepEqual(states(history.undo()), [["b", 0]]);
  history.close();
});

test("changes that were made together are undone together, frames and slots alike", () => {
  const history = opened();
  history.record(change("a", edits(), edits([1, 1])), change("b", edits([5, 5]), edits()), { slot: 3, before: "a", after: "b" });
  assert.deepEqual(states(history.undo()), [["a", 0], ["b", 1], [3, "a"]]);
  assert.deepEqual(states(history.redo()), [["a", 1], ["b", 0], [3, "b"]]);
  history.close();
});

test("a reload loses nothing", () => {
  const before = opened();
  const stroke = { points: [{ x: 1, y: 2 }], radius: 8, mode: "erase" };
  const painted = { ...edits(), strokes: [stroke] };
  before.record(change("a", edits(), painted));
  before.record(change("a", painted, { ...painted, strokes: [stroke, { ...stroke, radius: 3 }] }));
  before.undo();
  before.close();
  assert.equal(localStorage.getItem(before.name).split('"radius":8').length, 2, "each stroke is kept once");
  const after = opened();
  after.restore(() => painted);
  assert.deepEqual(after.redo()[0].state.strokes.map(({ radius }) => radius), [8, 3]);
  after.undo();
  assert.deepEqual(after.undo()[0].state.strokes, []);
  after.close();
});

test("steps that do not lead to the present any more are dropped, the others stay", () => {
  const before = opened();
  before.record(change("a", edits(), edits([1, 1])));
  before.record(change("b", edits(), edits([2, 2])));
  before.record({ slot: 0, before: "a", after: "b" });
  before.close();
  const after = opened();
  const present = { a: edits([9, 9]), b: edits([2, 2]) }; // somebody else changed a meanwhile, and the slot is gone
  after.restore((each) => (each.slot === undefined ? present[each.frame] : undefined));
  assert.deepEqual(states(after.undo()), [["b", 0]]);
  assert.equal(after.undo(), null);
  after.close();
});

test("what somebody else changed is forgotten, in both directions", () => {
  const history = opened();
  history.record(change("a", edits(), edits([1, 1])), change("b", edits(), edits([2, 2])));
  history.record(change("a", edits([1, 1]), edits()));
  history.undo();
  history.forget("a");
  assert.equal(history.redo(), null);
  assert.deepEqual(states(history.undo()), [["b", 0]]);
  history.close();
});

test("a history of another version is dropped", () => {
  localStorage.setItem("popcon-history/jobs/fox/actions/wave", '{"past": 5}');
  const history = opened();
  history.restore(() => edits());
  assert.equal(history.undo(), null);
  assert.equal(localStorage.getItem(history.name), null);
  history.close();
});

test("where the browser has no room the oldest steps go first", () => {
  const history = opened();
  const long = (n) => ({ ...edits(), strokes: [{ points: Array.from({ length: 8000 }, (_, i) => ({ x: i + 0.25, y: n })), radius: 5, mode: "erase" }] });
  for (let n = 0; n < 16; n++) history.record(change("a", n ? long(n - 1) : edits(), long(n)));
  history.close();
  const kept = localStorage.getItem(history.name);
  assert.ok(kept.length <= 1_500_000);
  const after = opened();
  after.restore(() => long(15));
  assert.ok(after.past.length > 3 && after.past.length < 16, String(after.past.length));
  assert.equal(after.undo()[0].state.strokes[0].points[0].y, 14);
  after.close();
});

test("a full storage stops nothing", () => {
  const history = opened();
  localStorage.full = true;
  history.record(change("a", edits(), edits([1, 1])));
  history.persist();
  assert.deepEqual(states(history.undo()), [["a", 0]]);
  history.close();
});
