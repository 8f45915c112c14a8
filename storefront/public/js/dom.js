// Creates elements. Text always becomes a text node: no value is parsed as HTML.

const PROPERTIES = ["value", "checked", "disabled", "hidden", "selected"];

/** @typedef {Record<string, unknown>} Attributes functions are listeners; null and false: none */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...flatten(children));
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {unknown} value */
function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function")
    element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  else if (PROPERTIES.includes(name)) Object.assign(element, { [name]: value });
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** @param {Child[]} children @returns {(Node | string)[]} */
const flatten = (children) =>
  children.flatMap((child) => {
    if (Array.isArray(child)) return flatten(child);
    if (child === null || child === undefined || child === false) return [];
    return typeof child === "number" ? String(child) : child;
  });

/** @param {string} path @param {Record<string, string>} attributes */
export function svg(path, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const all = { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon", ...attributes };
  for (const [name, value] of Object.entries(all)) element.setAttribute(name, value);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  element.append(line);
  return element;
}

/**
 * Text entered by users or staff: in its own writing direction, and wrapped anywhere if necessary.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} text
 * @param {Attributes} attributes
 */
export const userText = (tag, text, attributes = {}) =>
  h(tag, { dir: "auto", ...attributes, class: `user-text ${attributes.class ?? ""}`.trim() }, text);

/** @param {() => unknown} onclick @param {Child} content @param {Attributes} attributes */
export const button = (content, onclick, attributes = {}) =>
  h("button", { type: "button", class: "button", onclick, ...attributes }, content);

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {Element} element @param {Child[]} children */
export function replaceChildren(element, ...children) {
  element.replaceChildren(...flatten(children));
}

/**
 * Replaces the children, and keeps the focus and the scroll positions. If the focused control is
 * gone, the control in its place gets the focus.
 * @param {Element} element
 * @param {Child[]} children
 */
export function patchChildren(element, ...children) {
  const focused = document.activeElement;
  const restore =
    focused && focused !== element && element.contains(focused)
      ? focusRestorer(element, focused)
      : null;
  const positions = scrollable(element).map((each) => each.scrollTop);
  replaceChildren(element, ...children);
  scrollable(element).forEach((each, index) => (each.scrollTop = positions[index] ?? 0));
  if (restore && document.activeElement === document.body)
    restore()?.focus({ preventScroll: true });
}

/** @param {Element} element */
const scrollable = (element) => [...element.querySelectorAll("[data-scrolls]")];

/** @param {Element} element @returns {HTMLElement[]} */
const controls = (element) => [
  .../** @type {NodeListOf<HTMLElement>} */ (
    element.querySelectorAll("button, a[href], input, select, textarea")
  ),
];

/** @param {Element} element @returns {Element[]} */
const rows = (element) => [...element.querySelectorAll("[data-row]")];

/** @param {Element} control */
const rowOf = (control) => control.closest("[data-row]");

/** @param {Element | null | undefined} row */
const idOf = (row) => row?.getAttribute("data-row");

/** @param {Element} control */
const nameOf = (control) =>
  [
    control.tagName,
    control.getAttribute("aria-label") || control.getAttribute("name"),
    control.textContent,
  ].join();

/**
 * Finds, after the children are replaced, the control that should have the focus.
 * @param {Element} element
 * @param {Element} focused
 */
function focusRestorer(element, focused) {
  const row = rowOf(focused);
  const name = nameOf(focused);
  const index = controls(row ?? element).findIndex((each) => each === focused);
  const rowIndex = rows(element).findIndex((each) => each === row);
  return () => {
    const isSame = (/** @type {Element} */ each) =>
      nameOf(each) === name && idOf(rowOf(each)) === idOf(row);
    const same = controls(element).find(isSame);
    if (same) return same;
    const left = row ? rows(element) : [];
    const next =
      left.find((each) => idOf(each) === idOf(row)) ?? left.slice(0, rowIndex + 1).at(-1);
    const inRow = next ? controls(next) : [];
    return (
      inRow.slice(0, index + 1).at(-1) ??
      /** @type {HTMLElement | null} */ (document.querySelector("main h1"))
    );
  };
}

let isPointerDown = false;
const ENDS = ["pointerup", "pointercancel"]; // cancelled by scrolling, or by dragging a link
addEventListener("pointerdown", () => (isPointerDown = true), true);
for (const end of ENDS) addEventListener(end, () => (isPointerDown = false), true);

/** Waits while the pointer is down: a button that is replaced before pointerup gets no click. */
export async function afterPointerUp() {
  if (!isPointerDown) return;
  await new Promise((resolve) =>
    ENDS.forEach((end) => addEventListener(end, () => setTimeout(resolve), { once: true })),
  );
}

let lastId = 0;

/** @param {string} prefix */
export const newId = (prefix) => `${prefix}-${(lastId += 1)}`;

/** Screen readers only. The pause makes them read a repeated text again. @param {string} text */
export function announce(text) {
  const announcer = byId("announcer");
  announcer.textContent = "";
  setTimeout(() => (announcer.textContent = text), 50);
}
