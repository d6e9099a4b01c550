// Brings what is on the page up to date without replacing it, so that live news take neither the focus, nor what is
// being typed, nor the place in a clip. Children with a `data-key` are matched by it, others by their place.

/** Listen to an element by one handler for each kind of event, which `patch` can exchange. */
export function listen(element, kind, work) {
  element.handlers ??= {};
  if (!(kind in element.handlers)) element.addEventListener(kind, handled);
  element.handlers[kind] = work;
}

function handled(event) {
  const element = event.currentTarget;
  if (event.type === "click" && ["aria-busy", "aria-disabled"].some((name) => element.getAttribute(name) === "true")) return;
  element.handlers[event.type]?.(event);
}

/** Fill a parent with these children: those that are there already are kept and changed. */
export function patchAll(parent, ...children) {
  const held = parent.contains(document.activeElement) ? document.activeElement : null;
  const home = held?.closest("[data-home]")?.dataset.key;
  fill(parent, children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  if (held && !held.isConnected) refuge(parent, home, held.dataset.key)?.focus({ preventScroll: true });
}

/** What takes the focus after a control that is gone: its successor, its own part of the page, or the whole page. */
function refuge(parent, home, key) {
  const place = home && [...parent.querySelectorAll("[data-home]")].find((each) => each.dataset.key === home);
  const successor = key && [...(place || parent).querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  return successor || place || document.getElementById("main");
}

const keyOf = (node) => node.dataset?.key;

function fill(parent, wanted) {
  const nodes = wanted.map((each) => (typeof each === "object" ? each : document.createTextNode(String(each))));
  const keys = new Set(nodes.map(keyOf));
  for (const child of [...parent.children]) if (keyOf(child) && !keys.has(keyOf(child))) child.remove();
  const keyed = new Map([...parent.children].map((each) => [keyOf(each), each]));
  let place = parent.firstChild;
  for (const next of nodes) {
    const known = keyOf(next) ? keyed.get(keyOf(next)) : keyOf(place ?? {}) ? null : place;
    if (known && alike(known, next)) {
      if (known === place) place = place.nextSibling;
      else parent.insertBefore(known, place);
      patch(known, next);
    } else {
      parent.insertBefore(next, place);
      if (known === place) place = place?.nextSibling ?? null;
      known?.remove();
    }
  }
  while (place) {
    const after = place.nextSibling;
    place.remove();
    place = after;
  }
}

function alike(known, next) {
  return known === next || (known.nodeName === next.nodeName && keyOf(known) === keyOf(next) && known.dataset?.of === next.dataset?.of);
}

/** Make a node like another. What a person typed or chose stays. */
function patch(known, next) {
  if (known === next) return;
  if (known.nodeType !== Node.ELEMENT_NODE) {
    if (known.nodeValue !== next.nodeValue) known.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...known.attributes]) if (!next.hasAttribute(name) && !["aria-busy", "style"].includes(name)) known.removeAttribute(name);
  for (const { name, value } of next.attributes) if (name !== "style" && known.getAttribute(name) !== value) known.setAttribute(name, value);
  // A style that is set as an attribute is against the pages' rules of what may be inline; one that is set here is not.
  if (known.style.cssText !== next.style.cssText) known.style.cssText = next.style.cssText;
  for (const kind of Object.keys(known.handlers ?? {})) known.handlers[kind] = null;
  for (const [kind, work] of Object.entries(next.handlers ?? {})) listen(known, kind, work);
  if (!["TEXTAREA", "INPUT", "SELECT"].includes(known.nodeName)) fill(known, [...next.childNodes]);
}
