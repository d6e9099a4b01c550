// Previews of actions, drawn by the server and sent as one stream: those that were asked for last come first.
import { attempt } from "./dom.js";
import { jsonLines, request } from "./http.js";

/** @typedef {{ action: string, image?: string, error?: string }} Preview one line of the stream; the image is base64 */

export class PreviewStream {
  /** @type {string[]} actions that are not drawn yet, the next one first */
  wanted = [];
  /** @type {AbortController | null} ends the request in progress */
  running = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;

  /**
   * @param {(names: string[]) => { url: string, json: object }} order what to ask for these actions
   * @param {(line: Preview) => void} show
   */
  constructor(order, show) {
    this.order = order;
    this.show = show;
  }

  /** Draw these next. What is asked for within a moment makes one request; one in progress goes on with the new order. @param {string[]} names */
  want(names) {
    if (!names.length) return;
    this.wanted = [...names, ...this.wanted.filter((each) => !names.includes(each))];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => attempt(() => this.run()), 20);
  }

  /** Ask for nothing any more. */
  stop() {
    clearTimeout(this.timer);
    this.wanted = [];
    this.running?.abort();
  }

  async run() {
    this.running?.abort();
    const running = this.running = new AbortController();
    const { url, json } = this.order(this.wanted);
    const answer = await request(url, { json, signal: running.signal });
    for await (const line of jsonLines(answer)) {
      if (running.signal.aborted) return;
      this.wanted = this.wanted.filter((each) => each !== line.action);
      this.show(line);
    }
  }
}
