// News of the server, as they happen.

const AGAIN_MS = 3000;

/**
 * Hear server-sent events for as long as the page is seen: browsers have six connections to a place, for all of its
 * pages together. A stream that was refused is asked for again.
 *
 * `address` gives where from, each time anew; `on` has what hears an event of a kind: its data, and its number.
 * `failed` hears that the line broke. Returns what closes it.
 */
export function live(address, on, failed = () => {}) {
  let source;
  let again;
  const shut = () => {
    clearTimeout(again);
    source?.close();
  };
  const open = () => {
    shut();
    if (document.hidden) return;
    source = new EventSource(address());
    for (const [kind, work] of Object.entries(on)) source.addEventListener(kind, (event) => work(JSON.parse(event.data), event.lastEventId));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
      failed();
    });
  };
  document.addEventListener("visibilitychange", open);
  open();
  return () => {
    document.removeEventListener("visibilitychange", open);
    shut();
  };
}
