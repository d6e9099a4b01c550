import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { edits, freshBrowser, json, settle } from "./browser.js";
import { Saver } from "../../../../ui/web/static/saver.js";

const BASE = "/api/jobs/fox/actions/wave";
const heard = [];
const on = Object.fromEntries(["status", "refused", "saved", "overwrote", "received"].map((name) => [name, (...given) => heard.push([name, ...given])]));
const names = () => heard.map(([name]) => name).filter((name) => name !== "status");
/** A server that stores every save under the next version, as the real one does. */
function storing() {
  const stored = new Map();
  return {
    stored,
    answer: ({ url, body }) => {
      const frame = url.split("/").at(-2);
      const version = (stored.get(frame)?.version ?? 0) + 1;
      stored.set(frame, { ...body, version });
      return json(200, { version });
    },
  };
}

beforeEach(() => { heard.length = 0; mock.timers.reset(); });

test("an edit is sent as the frame's full state, with the version that it was made from", async () => {
  const server = storing();
  const requests = freshBrowser(server.answer);
  const saver = new Saver(BASE, [{ frame: "a-1", ...edits([1, 1]), version: 4 }], on);
  saver.set("a-1", edits([1, 1], [2, 2]));
  assert.ok(saver.busy);
  await saver.flushed();
  assert.equal(requests.length, 1);
  assert.deepEqual(requests[0].body, { base: 4, ...edits([1, 1], [2, 2]) });
  assert.equal(requests[0].method, "PUT");
  assert.equal(saver.busy, false);
  assert.deepEqual(names(), ["saved"]);
  assert.equal(localStorage.getItem(saver.storageKey), null, "nothing is left to send");
});

test("edits made while one is on its way are merged: only the latest state follows", async () => {
  const waiting = [];
  const requests = freshBrowser(() => new Promise((resolve) => waiting.push(() => resolve(json(200, { version: waiting.length })))));
  const saver = new Saver(BASE, [], on);
  for (const x of [1, 2, 3, 4]) saver.set("a-1", edits([x, x]));
  await settle();
  assert.equal(requests.length, 1, "one request at a time for a frame");
  waiting[0]();
  await settle();
  assert.equal(requests.length, 2);
  assert.deepEqual([requests[1].body.base, requests[1].body.clicks[0].x], [1, 4]);
  waiting[1]();
  await saver.flushed();
  assert.equal(requests.length, 2);
  assert.equal(saver.of("a-1").version, 2);
});

test("frames do not wait for each other", async () => {
  const requests = freshBrowser(() => new Promise(() => {}));
  const saver = new Saver(BASE, [], on);
  saver.set("a-1", edits([1, 1]));
  saver.set("a-2", edits([2, 2]));
  await settle();
  assert.equal(requests.length, 2);
});

test("an edit that cannot be sent is kept in this browser and tried again until it is", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const server = storing();
  let down = 2;
  freshBrowser((sent) => (down-- > 0 ? new TypeError("network") : server.answer(sent)));
  const saver = new Saver(BASE, [], on);
  saver.set("a-1", edits([5, 5]));
  for (let tries = 0; tries < 2; tries++) {
    await settle();
    assert.ok(saver.busy);
    assert.match(localStorage.getItem(saver.storageKey), /"x":5/);
    mock.timers.tick(1500);
  }
  await settle();
  assert.equal(saver.busy, false);
  assert.equal(server.stored.get("a-1").clicks[0].x, 5);
});

test("the next page sends what this one could not", async () => {
  freshBrowser(() => new Promise(() => {}));
  const left = new Saver(BASE, [{ frame: "a-1", ...edits(), version: 3 }], on);
  left.set("a-1", edits([7, 7]));
  const kept = localStorage;
  const server = storing();
  const requests = freshBrowser(server.answer);
  globalThis.localStorage = kept;
  const saver = new Saver(BASE, [{ frame: "a-1", ...edits(), version: 3 }], on);
  assert.deepEqual(saver.of("a-1").clicks, edits([7, 7]).clicks, "it is shown at once");
  saver.resume();
  await saver.flushed();
  assert.equal(requests[0].body.base, 3);
  assert.equal(saver.author, left.author, "one person has one name");
});

test("a conflict: the later save counts, and both are told", async () => {
  let first = true;
  const theirs = { refinement: { clicks: [{ x: 9, y: 9, positive: false }], strokes: [], mask: { sha256: "ab" }, effects: false }, version: 6, by: "Guest 2" };
  const requests = freshBrowser(() => {
    if (!first) return json(200, { version: 7 });
    first = false;
    return json(409, { error: "changed meanwhile", current: theirs });
  });
  const saver = new Saver(BASE, [{ frame: "a-1", ...edits(), version: 5 }], on);
  saver.set("a-1", edits([1, 2]));
  await saver.flushed();
  assert.deepEqual(requests.map(({ body }) => body.base), [5, 6], "sent again, over the version that was met");
  assert.deepEqual(requests[1].body.clicks, edits([1, 2]).clicks);
  assert.deepEqual(names(), ["overwrote", "saved"]);
  const [, frame, lost] = heard.find(([name]) => name === "overwrote");
  assert.deepEqual([frame, lost.by, lost.mask, lost.effects], ["a-1", "Guest 2", "ab", false]);
});

test("an edit that the server refuses for good is told and not sent again", async () => {
  const requests = freshBrowser(() => json(400, { error: "Click 1 is outside the frame." }));
  const saver = new Saver(BASE, [], on);
  saver.set("a-1", edits([-1, 0]));
  await saver.flushed();
  assert.equal(requests.length, 1);
  assert.deepEqual(heard.find(([name]) => name === "refused"), ["refused", "Click 1 is outside the frame."]);
});

test("a save of somebody else is taken at once, but not while an own one is on its way", async () => {
  let release;
  freshBrowser(() => new Promise((resolve) => { release = () => resolve(json(200, { version: 3 })); }));
  const saver = new Saver(BASE, [{ frame: "a-1", ...edits(), version: 1 }], on);
  assert.ok(saver.receive({ frame: "a-1", ...edits([3, 3]), version: 2, by: "Guest 2" }));
  assert.equal(saver.of("a-1").clicks[0].x, 3);
  assert.equal(saver.receive({ frame: "a-1", ...edits([3, 3]), version: 2, by: "Guest 2" }), false, "it is no news");
  saver.set("a-1", edits([4, 4]));
  await settle();
  const later = { frame: "a-1", ...edits([8, 8]), version: 4, by: "Guest 2" };
  assert.equal(saver.receive(later), false, "which of them is later is not known yet");
  assert.equal(saver.of("a-1").clicks[0].x, 4);
  release();
  await saver.flushed();
  assert.deepEqual(heard.find(([name]) => name === "received"), ["received", later]);
  assert.ok(saver.receive(later), "now it counts");
});

test("an edit waits for what it was given to wait for, but is kept at once", async () => {
  const server = storing();
  const requests = freshBrowser(server.answer);
  const saver = new Saver(BASE, [], on);
  let shown;
  saver.set("a-1", edits([1, 1]), new Promise((resolve) => { shown = resolve; }));
  await settle();
  assert.equal(requests.length, 0);
  assert.match(localStorage.getItem(saver.storageKey), /a-1/);
  shown();
  await saver.flushed();
  assert.equal(requests.length, 1);
});

test("a full or damaged storage stops no save", async () => {
  const server = storing();
  freshBrowser(server.answer);
  localStorage.setItem(`popcon-unsaved${BASE}`, "{ not json");
  const saver = new Saver(BASE, [], on);
  localStorage.full = true;
  saver.set("a-1", edits([1, 1]));
  await saver.flushed();
  assert.equal(server.stored.get("a-1").version, 1);
});
