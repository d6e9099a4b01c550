// What a test asks of a page or of the dialog that is open: whether all of it can be seen, hit, and reached by Tab.
window.audits = (() => {
  const root = () => document.querySelector("dialog[open]") ?? document.body;
  const isSeen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".sr, .skip, pc-toasts");
  const all = (selector) => [...root().querySelectorAll(selector)].filter(isSeen);
  const name = (e) => `${e.tagName.toLowerCase()}.${e.className?.baseVal ?? e.className} ${(e.ariaLabel || e.textContent || e.type || "").trim().slice(0, 40)}`;
  const CONTROLS = "button, a[href], input, select, textarea, summary, [tabindex='0']";
  /** Points of an element that are in view, and whether a click there is one on it. */
  const hits = (e) => {
    const box = e.getBoundingClientRect();
    const spread = (from, to) => [0.2, 0.5, 0.8].map((part) => from + part * (to - from));
    return spread(box.left, box.right).flatMap((x) => spread(box.top, box.bottom).map((y) => {
      const top = document.elementFromPoint(x, y);
      return Boolean(top && (e.contains(top) || e.closest("label")?.contains(top)));
    }));
  };
  const share = (e) => { const found = hits(e); return found.filter(Boolean).length / found.length; };

  /** What does not fit, is covered by something else, or is smaller than 24 x 24 px. */
  function faults() {
    const found = [];
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`the page is ${wide} px too wide`);
    for (const e of all("*")) {
      if (e.closest("svg") || e.matches("input, select, textarea") || !e.clientWidth || e.scrollWidth <= e.clientWidth + 1) continue;
      const { overflowX, display } = getComputedStyle(e);
      if (["hidden", "clip"].includes(overflowX)) found.push(`cut off: ${name(e)}`);
      else if (e.matches("dialog, .side")) found.push(`scrolls sideways: ${name(e)}`);
      else if (e.matches("button, .button, .badge, h1, h2, h3, label, p, a, summary") && display !== "inline") found.push(`overflows: ${name(e)}`);
    }
    for (const e of all(CONTROLS)) {
      e.scrollIntoView({ block: "center", inline: "center" });
      if (e.getBoundingClientRect().width && !share(e)) found.push(`cannot be hit: ${name(e)}`);
      const { left, top, width, height } = (e.closest("label") ?? e).getBoundingClientRect();
      const isReached = (x, y) => e.contains(document.elementFromPoint(left + width / 2 + x, top + height / 2 + y));
      const isLarge = e.closest("svg") ? [[-11, 0], [11, 0], [0, -11], [0, 11]].every(([x, y]) => isReached(x, y)) : Math.min(width, height) > 23.9;
      if (!isLarge) found.push(`${Math.round(width)} x ${Math.round(height)} px: ${name(e)}`);
    }
    for (const e of [root(), ...all("*")]) e.scrollTo(0, 0);
    scrollTo(0, 0);
    return found;
  }

  let places = new Map();
  let stops = [];
  const place = (e) => {
    const box = e.getBoundingClientRect();
    const by = root() === document.body ? scrollY : root().scrollTop;
    return { left: box.left, right: box.right, top: box.top + by, bottom: box.bottom + by };
  };

  /** Note where all stops of the Tab key are, and begin before the first. */
  function begin() {
    stops = [];
    places = new Map(all(CONTROLS).filter((e) => e.tabIndex >= 0 && !e.disabled).map((e) => [e, place(e)]));
    const first = document.createElement("span");
    first.tabIndex = 0;
    root().prepend(first);
    first.focus();
    first.remove();
  }

  /** What is wrong with the stop that the Tab key has come to; null after the last one. */
  function step() {
    const e = document.activeElement;
    if (e === document.body || stops.includes(e)) return null;
    if (!root().contains(e)) return [`leaves the dialog: ${name(e)}`];
    const before = stops.at(-1);
    stops.push(e);
    const found = [];
    const shows = e.matches(":focus-visible") && (e.closest("svg") || getComputedStyle(e).outlineStyle !== "none");
    if (!shows) found.push(`the focus does not show: ${name(e)}`);
    if (share(e) < 0.3) found.push(`the focus is hidden: ${name(e)}`);
    if (before?.isConnected && !e.closest("svg") && !before.closest("svg")) {
      const [one, two] = [places.get(before) ?? place(before), places.get(e) ?? place(e)];
      const isAbove = two.bottom <= one.top && two.left < one.right;
      const isLeft = two.right <= one.left && two.top < (one.top + one.bottom) / 2 && two.bottom > one.top;
      if (isAbove || isLeft) found.push(`goes back from ${name(before)} to ${name(e)}`);
    }
    return found;
  }

  /** What the Tab key did not come to. A group of radio buttons is one stop. */
  const missed = () => [...places.keys()].filter((e) => e.isConnected && isSeen(e) && e.type !== "radio" && !stops.includes(e)).map(name);

  /** Words in Latin letters. */
  function latin() {
    const texts = [];
    const walker = document.createTreeWalker(root(), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("script, style, noscript, textarea, [lang]:not(html)")) texts.push(walker.currentNode.data);
    for (const e of all("*")) for (const each of ["aria-label", "title", "alt", "placeholder"]) texts.push(e.getAttribute(each) ?? "");
    return [...new Set(texts.flatMap((text) => text.match(/[A-Za-z][A-Za-z']+/g) ?? []))];
  }

  return { faults, begin, step, missed, latin };
})();
