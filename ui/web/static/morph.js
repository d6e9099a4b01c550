// Updates what is on the page in place, so that news from the server take neither the focus, nor what is being typed,
// nor the position of a clip. The morphing is morphdom's; here is what it has to know of our elements.
//
// data-key: matches an element with the one of the same key under the same keyed ancestor, wherever it moved.
// data-of: what an element is about; of another thing it is replaced instead of changed.
// data-keep: an element that stays as it is on the page.
// data-home: takes the focus when the focused control inside it is gone.
import morphdom from "./vendor/morphdom-esm.js";

/** @typedef {(event: any) => unknown} Handler */
/** @typedef {HTMLElement & { handlers?: Record<string, Handler | null> }} Handled */

/**
 * Listen to an element by one handler for each kind of event, which morphing can exchange.
 * @param {Handled} element
 * @param {string} kind
 * @param {Handler | null} handler
 */
export function listen(element, kind, handler) {
  element.handlers ??= {};
  if (!(kind in element.handlers)) element.addEventListener(kind, dispatch);
  element.handlers[kind] = handler;
}

/** @param {Event} event */
function dispatch(event) {
  const element = /** @type {Handled} */ (event.currentTarget);
  if (event.type === "click" && ["aria-busy", "aria-disabled"].some((name) => element.getAttribute(name) === "true")) return;
  element.handlers?.[event.type]?.(event);
}

/**
 * Make the children of an element like these; matching ones stay on the page and are changed.
 * @param {HTMLElement} parent
 * @param {...any} children nodes, texts, or lists of them; null and false are left out
 */
export function morphChildren(parent, ...children) {
  const focused = /** @type {HTMLElement | null} */ (parent.contains(document.activeElement) ? document.activeElement : null);
  const home = /** @type {HTMLElement | null | undefined} */ (focused?.closest("[data-home]"))?.dataset.key;
  const target = /** @type {HTMLElement} */ (parent.cloneNode(false));
  target.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  morphdom(parent, target, {
    childrenOnly: true,
    getNodeKey: (node) => keyOf(node, parent, target),
    onBeforeElUpdated: beforeUpdate,
  });
  if (!focused || document.activeElement === focused) return;
  if (focused.isConnected) focused.focus({ preventScroll: true });
  else successor(parent, home, focused.dataset.key)?.focus({ preventScroll: true });
}

/**
 * The key of a node, with those of its keyed ancestors: tiles have buttons of the same keys.
 * @param {Node} node
 * @param {...HTMLElement} roots
 */
function keyOf(node, ...roots) {
  if (!(node instanceof HTMLElement) || !node.dataset.key || roots.includes(node)) return undefined;
  const path = [node.dataset.key];
  for (let each = node.parentElement; each && !roots.includes(each); each = each.parentElement) {
    if (each.dataset.key) path.push(each.dataset.key);
  }
  return path.join("\n");
}

/**
 * Prepare that `from`, which is on the page, becomes like `to`. False: morphdom leaves it alone.
 * @param {Handled} from
 * @param {Handled} to
 */
function beforeUpdate(from, to) {
  if ("keep" in to.dataset) return false;
  if (from.dataset.of !== to.dataset.of) {
    from.replaceWith(to);
    return false;
  }
  if (from instanceof HTMLCanvasElement) return false; // what was drawn on it is no attribute
  for (const kind of Object.keys(from.handlers ?? {})) listen(from, kind, null);
  for (const [kind, handler] of Object.entries(to.handlers ?? {})) listen(from, kind, handler);
  const busy = from.getAttribute("aria-busy");
  if (busy) to.setAttribute("aria-busy", busy);
  // The pages' security policy forbids styles that are set as an attribute, not those that are set here.
  if (from.style.cssText !== to.style.cssText) from.style.cssText = to.style.cssText;
  return !isEdited(from, to);
}

/**
 * Carry over what a person typed or chose. True: the control is to be left alone altogether.
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
function isEdited(from, to) {
  if (from instanceof HTMLSelectElement) return true;
  if (from instanceof HTMLInputElement && to instanceof HTMLInputElement) {
    if (from.type === "file") return true;
    Object.assign(to, { value: from.value, checked: from.checked });
  }
  if (from instanceof HTMLTextAreaElement && to instanceof HTMLTextAreaElement) to.value = from.value;
  return false;
}

/**
 * What takes the focus after a control that is gone: its successor, its part of the page, or the whole page.
 * @param {HTMLElement} parent
 * @param {string | undefined} home
 * @param {string | undefined} key
 */
function successor(parent, home, key) {
  /** @param {Element} root @param {string} selector @param {string | undefined} wanted */
  const find = (root, selector, wanted) => wanted
    && /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]).find((each) => each.dataset.key === wanted);
  const place = find(parent, "[data-home]", home);
  return find(place || parent, "[data-key]", key) || place || document.getElementById("main");
}
