import assert from "node:assert/strict";
import { test } from "node:test";
import { freshBrowser, json } from "./browser.js";
import { getJson, request, RequestError } from "../../../../ui/web/static/http.js";

test("a refusal carries the server's sentence and its status", async () => {
  freshBrowser(() => json(409, { error: "Changed meanwhile.", current: { version: 2 } }));
  await assert.rejects(getJson("/api/x"), (error) => error instanceof RequestError && error.status === 409 && error.message === "Changed meanwhile." && error.body.current.version === 2);
});

test("a server that cannot be reached is told as such", async () => {
  freshBrowser(() => new TypeError("failed to fetch"));
  await assert.rejects(request("/api/x"), (error) => error.status === 0 && /still running/.test(error.message));
});

test("an answer that is no JSON still gives a sentence", async () => {
  freshBrowser(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  await assert.rejects(request("/api/x"), (error) => error.status === 502 && error.message.length > 10);
});

test("a request that was aborted stays one", async () => {
  freshBrowser(() => Object.assign(new Error("aborted"), { name: "AbortError" }));
  await assert.rejects(request("/api/x"), { name: "AbortError" });
});

test("who is not logged in is sent to the log-in", async () => {
  const requests = freshBrowser(() => json(401, { error: "Show the token" }));
  await assert.rejects(getJson("/api/x"), { status: 401 });
  assert.equal(requests.at(-1), "went to /login");
});

test("a JSON body is posted unless told otherwise, and keeps other headers", async () => {
  const requests = freshBrowser(() => json(200, {}));
  await request("/api/x", { json: { a: 1 }, headers: { "x-popcon-author": "me" } });
  await request("/api/x", { json: { a: 2 }, method: "PUT" });
  assert.deepEqual(requests.map(({ method, body }) => [method, body.a]), [["POST", 1], ["PUT", 2]]);
  assert.deepEqual(requests[0].headers, { "content-type": "application/json", "x-popcon-author": "me" });
});
