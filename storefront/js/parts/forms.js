// Forms: labels, hints, what is wrong beside the field it is about, and one request at a time.

import { Failure } from "../http.js";
import { h, newId } from "../dom.js";
import { explain, words } from "../words.js";
import { notice, patiently } from "./notice.js";
import { reason } from "./states.js";

/** `options` become attributes; `hint`, `rows` (a text area) and `choices` ([[value, text]]) are our own. */
export function field(name, label, { hint = "", choices = null, rows = 0, required = false, ...options } = {}) {
  const id = newId(name);
  const described = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const shared = { id, name, required, "aria-describedby": described, ...options };
  const control = choices ? select(choices, shared) : h(rows ? "textarea" : "input", { ...shared, ...(rows && { rows }) });
  return h(
    "div",
    { class: `field ${options.type === "checkbox" ? "field-check" : ""}`, "data-field": name },
    h(
      "label",
      { for: id },
      label,
      !required && options.type !== "checkbox" && !choices && h("span", { class: "optional" }, ` (${words.common.optional})`),
    ),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    control,
    h("p", { class: "error", id: `${id}-error` }),
  );
}

function select(choices, { value, ...shared }) {
  return h(
    "select",
    shared,
    choices.map(([key, text]) => h("option", { value: key, selected: key === value }, text)),
  );
}

/** `act` gets the values by name; what it raises is shown. `label` is on the button. */
export function form({ label, act, kind = "button", attributes = {} }, ...content) {
  const said = h("div", { class: "form-said" });
  const button = h("button", { type: "submit", class: kind }, label);
  const element = h("form", { novalidate: true, class: "form", ...attributes }, said, content, h("p", { class: "row" }, button));
  element.addEventListener("input", (event) => unmark(element, said, event.target));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled || button.hasAttribute("aria-disabled")) return;
    clear(element, said);
    if (!isFilledIn(element)) return;
    busy(button, true);
    try {
      await patiently(act(values(element), element), (text) => meanwhile(said, text));
    } catch (error) {
      say(element, said, error);
    } finally {
      busy(button, false, label);
    }
  });
  return element;
}

function meanwhile(said, text) {
  const slow = notice("info", text);
  said.replaceChildren(slow);
  return () => slow.remove();
}

export function values(element) {
  const found = {};
  for (const control of element.elements) {
    if (!control.name || (control.type === "radio" && !control.checked)) continue;
    found[control.name] = control.type === "checkbox" ? control.checked : control.value;
  }
  return found;
}

function isFilledIn(element) {
  const wrong = [...element.elements].filter((control) => control.willValidate && !control.validity.valid);
  wrong.forEach((control) => mark(control, control.validationMessage));
  wrong[0]?.focus();
  return wrong.length === 0;
}

export function say(element, said, error) {
  if (!(error instanceof Failure)) throw error;
  const named = [...error.fields].map(([name, message]) => [element.elements.namedItem(name), name, message]);
  const known = named.filter(([control]) => control?.id);
  known.forEach(([control, , message]) => mark(control, message));
  const others = named.filter(([control]) => !control?.id).map(([, name, message]) => `${name}: ${message}`);
  const text = error.temporary && error.status !== 429 ? reason(error) : explain(error);
  said.replaceChildren(notice("bad", text, others.join(" ")));
  if (known.length) known[0][0].focus();
}

function mark(control, message) {
  control.setAttribute("aria-invalid", "true");
  const place = document.getElementById(`${control.id}-error`);
  if (place) place.textContent = message;
}

/** What is said of a field holds until it is changed; what is said of the whole form until no field is marked any more. */
function unmark(element, said, control) {
  if (!control.hasAttribute("aria-invalid")) return;
  control.removeAttribute("aria-invalid");
  const place = document.getElementById(`${control.id}-error`);
  if (place) place.textContent = "";
  if (!element.querySelector("[aria-invalid]")) said.replaceChildren();
}

function clear(element, said) {
  said.replaceChildren();
  element.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  element.querySelectorAll(".error").forEach((place) => (place.textContent = ""));
}

/** Not `disabled`, which would take the focus away. */
export function busy(button, isBusy, label) {
  if (isBusy) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
  button.textContent = isBusy ? words.common.working : label;
}
