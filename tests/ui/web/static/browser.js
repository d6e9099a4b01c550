// What the modules under test use of a browser. Imported before them, it gives them a page in English.
import { readFileSync } from "node:fs";

const { messages } = JSON.parse(readFileSync(new URL("../../../../popcon/locales/en.json", import.meta.url), "utf8"));
globalThis.document = { createElement: () => ({}), getElementById: () => ({ textContent: JSON.stringify(messages) }), documentElement: { lang: "en" } };
globalThis.matchMedia = () => ({ matches: false, addEventListener: () => {} });
globalThis.IntersectionObserver = class { observe() {} unobserve() {} };

class Storage {
  #items = new Map();
  full = false;
  getItem(name) { return this.#items.get(name) ?? null; }
  removeItem(name) { this.#items.delete(name); }
  setItem(name, text) {
    if (this.full) throw new Error("QuotaExceededError");
    this.#items.set(name, text);
  }
}

/** A fresh browser: empty storage, nobody listening, and a server that `answers` stands for. */
export function freshBrowser(answers = () => json(500, {})) {
  const requests = [];
  Object.assign(globalThis, {
    localStorage: new Storage(),
    window: new EventTarget(),
    location: { assign: (url) => requests.push(`went to ${url}`) },
    fetch: async (url, options) => {
      const sent = { url, ...options, body: options?.body && JSON.parse(options.body) };
      requests.push(sent);
      const answer = await answers(sent, requests.length);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return requests;
}

export const json = (status, body) => new Response(JSON.stringify(body), { status });

/** Let everything that is due happen. */
export const settle = async () => { for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve)); };

export const edits = (...clicks) => ({ clicks: clicks.map(([x, y]) => ({ x, y, positive: true })), strokes: [], mask: "", effects: true });
