const RETRY_MS = 3000;

/**
 * Listen to server-sent events while the page is visible: a browser has six connections to a host, for all of its pages
 * together. A stream that was refused is opened again.
 * @param {() => string} address where to listen, asked anew each time
 * @param {Record<string, (data: any, id: string) => void>} on what hears an event of a kind: its data and its id
 * @param {() => void} [onError] hears that the connection broke
 * @param {() => boolean} [whenHidden] whether to go on listening while nobody looks at the page
 * @returns {() => void} closes the stream
 */
export function openEventStream(address, on, onError = () => {}, whenHidden = () => false) {
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const shut = () => {
    clearTimeout(timer);
    source?.close();
  };
  const open = () => {
    if (document.hidden && source && whenHidden()) return;
    shut();
    if (document.hidden && !whenHidden()) return;
    const opened = source = new EventSource(address());
    for (const [kind, handle] of Object.entries(on)) {
      opened.addEventListener(kind, (/** @type {MessageEvent} */ event) => handle(JSON.parse(event.data), event.lastEventId));
    }
    opened.addEventListener("error", () => {
      if (opened.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
      onError();
    });
  };
  document.addEventListener("visibilitychange", open);
  open();
  return () => {
    document.removeEventListener("visibilitychange", open);
    shut();
  };
}
