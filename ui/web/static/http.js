// Requests to the server: every page asks through these functions.
import { t } from "./i18n.js";

/** An error that the server told in a sentence. `status` is 0 if it could not be reached. */
export class RequestError extends Error {
  /**
   * @param {number} status
   * @param {{ error?: string, current?: any } | null} body
   */
  constructor(status, body) {
    super(body?.error ?? t("error.odd_answer"));
    this.status = status;
    this.body = body;
  }
}

/** @typedef {RequestInit & { json?: unknown }} Options */

/**
 * Ask the server. `json` is sent as the body of a POST.
 * @param {string} url
 * @param {Options} [options]
 * @returns {Promise<Response>}
 * @throws {RequestError}
 */
export async function request(url, options = {}) {
  const { json, ...rest } = options;
  if (json !== undefined) {
    rest.body = JSON.stringify(json);
    rest.headers = { "content-type": "application/json", ...rest.headers };
    rest.method ??= "POST";
  }
  let response;
  try {
    response = await fetch(url, rest);
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") throw error;
    throw new RequestError(0, { error: t("error.unreachable") });
  }
  if (response.status === 401) location.assign("/login");
  if (!response.ok) throw new RequestError(response.status, await response.json().catch(() => null));
  return response;
}

/**
 * @param {string} url
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export const getJson = async (url, options) => (await request(url, options)).json();

/**
 * @param {string} url
 * @param {Options} [options]
 */
export const getBitmap = async (url, options) => createImageBitmap(await (await request(url, options)).blob());

/**
 * The JSON lines of a response, as they come.
 * @param {Response} response
 * @returns {AsyncGenerator<any>}
 */
export async function* jsonLines(response) {
  const reader = /** @type {ReadableStream<BufferSource>} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    text += value ?? "";
    const whole = text.split("\n");
    text = done ? "" : whole.pop() ?? "";
    for (const line of whole) if (line.trim()) yield JSON.parse(line);
    if (done) return;
  }
}
