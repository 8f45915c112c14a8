// Elements from data. Texts become text nodes and nothing is ever parsed as HTML, so that what a product is called cannot run.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "indeterminate"]);

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...flat(children));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

const flat = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

export function svg(path, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const all = { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon", ...attributes };
  for (const [name, value] of Object.entries(all)) element.setAttribute(name, value);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  element.append(line);
  return element;
}

/** A text of somebody else's: in its own direction, and broken anywhere if it has to be. */
export const foreign = (tag, text, attributes = {}) =>
  h(tag, { dir: "auto", ...attributes, class: `foreign ${attributes.class ?? ""}`.trim() }, text);

export const fill = (element, ...children) => {
  element.replaceChildren(...flat(children));
  return element;
};

/** Fills it anew, and whoever was at a control in it is at the same one again: of the same row, or of the one that is in its place now. */
export function refill(element, ...children) {
  const had = document.activeElement;
  const same = element.contains(had) && had !== element ? finder(element, had) : null;
  const places = scrollers(element).map((each) => each.scrollTop);
  fill(element, ...children);
  scrollers(element).forEach((each, place) => (each.scrollTop = places[place] ?? 0));
  if (same && document.activeElement === document.body) same()?.focus({ preventScroll: true });
  return element;
}

const scrollers = (element) => [...element.querySelectorAll("[data-scrolls]")];
const controls = (element) => [...element.querySelectorAll("button, a[href], input, select, textarea")];
const rows = (element) => [...element.querySelectorAll("[data-row]")];
const rowOf = (control) => control.closest("[data-row]");
const nameOf = (control) => [control.tagName, control.getAttribute("aria-label") || control.name, control.textContent].join();

function finder(element, had) {
  const row = rowOf(had);
  const [name, place, rowPlace] = [nameOf(had), controls(row ?? element).indexOf(had), rows(element).indexOf(row)];
  return () => {
    const same = controls(element).find((each) => nameOf(each) === name && rowOf(each)?.dataset.row === row?.dataset.row);
    if (same) return same;
    const now = row ? rows(element) : [];
    const next = now.find((each) => each.dataset.row === row.dataset.row) ?? now[Math.min(rowPlace, now.length - 1)];
    return (next && controls(next)[Math.min(place, controls(next).length - 1)]) ?? document.querySelector("main h1");
  };
}

let pressed = false;
addEventListener("pointerdown", () => (pressed = true), true);
const ENDS = ["pointerup", "pointercancel"]; // the second when a finger scrolls, or a link is dragged away
for (const end of ENDS) addEventListener(end, () => (pressed = false), true);

/** Once nothing is being pressed: a button that is replaced between pressing and letting go is never clicked. */
export async function letGo() {
  if (!pressed) return;
  await new Promise((resolve) => ENDS.forEach((end) => addEventListener(end, () => setTimeout(resolve), { once: true })));
}

let numbers = 0;
export const newId = (prefix) => `${prefix}-${(numbers += 1)}`;

/** What a screen reader is told, and nobody sees. */
export function announce(text) {
  const place = document.getElementById("announcer");
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 50); // so that the same words again are news again
}
