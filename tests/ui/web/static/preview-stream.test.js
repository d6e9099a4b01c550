import assert from "node:assert/strict";
import { test } from "node:test";
import { freshBrowser, settle } from "./browser.js";
import { PreviewStream } from "../../../../ui/web/static/preview-stream.js";

const order = (names) => ({ url: "/api/previews/mascot", json: { actions: names } });
const lines = (...names) => new Response(names.map((action) => `${JSON.stringify({ action, image: "AA==" })}\n`).join(""));
const moment = () => new Promise((resolve) => setTimeout(resolve, 40));

test("what is asked for within a moment makes one request", async () => {
  const requests = freshBrowser(({ body }) => lines(...body.actions));
  const shown = [];
  const previews = new PreviewStream(order, ({ action }) => shown.push(action));
  previews.want(["wave", "cry"]);
  previews.want(["bow"]);
  await moment();
  await settle();
  assert.deepEqual(requests.map(({ body }) => body.actions), [["bow", "wave", "cry"]]);
  assert.deepEqual(shown, ["bow", "wave", "cry"]);
  assert.deepEqual(previews.wanted, []);
});

test("what is seen last comes first, and nothing that was drawn is asked for again", async () => {
  const encoder = new TextEncoder();
  let controller;
  const slow = () => new Response(new ReadableStream({ start: (made) => { controller = made; } }));
  const requests = freshBrowser(({ body }, count) => (count === 1 ? slow() : lines(...body.actions)));
  const shown = [];
  const previews = new PreviewStream(order, ({ action }) => shown.push(action));
  previews.want(["wave", "cry"]);
  await moment();
  controller.enqueue(encoder.encode('{"action": "wave", "image": "AA=="}\n'));
  await settle();
  previews.want(["bow"]);
  await moment();
  await settle();
  assert.ok(requests[0].signal.aborted);
  controller.enqueue(encoder.encode('{"action": "cry", "image": "AA=="}\n'));
  await settle();
  assert.deepEqual(requests.map(({ body }) => body.actions), [["wave", "cry"], ["bow", "cry"]]);
  assert.deepEqual(shown, ["wave", "bow", "cry"], "a line of a request that was given up is not shown twice");
});

test("after a stop nothing is asked for", async () => {
  const requests = freshBrowser(() => lines());
  const previews = new PreviewStream(order, () => {});
  previews.want(["wave"]);
  previews.stop();
  await moment();
  assert.deepEqual(requests, []);
});
