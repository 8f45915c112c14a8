// Forms: labels, hints, errors beside their fields, and one request at a time.

import { h, newId } from "../dom.js";
import { ApiError } from "../http.js";
import { errorText, messages } from "../messages.js";
import { alertBox, withSlowNotice } from "./alerts.js";
import { unavailableText } from "./status-pages.js";

/**
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement | HTMLButtonElement} Control
 * @typedef {{hint?: string, choices?: [string, string][] | null, rows?: number, required?: boolean,
 *   type?: string, value?: string | number} & Record<string, unknown>} FieldOptions
 *   Other options become attributes. `rows` makes a text area, `choices` a select.
 */

/** @param {string} name @param {string} label @param {FieldOptions} options */
export function field(name, label, { hint = "", ...options } = {}) {
  const id = newId(name);
  const described = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const isOptional = !options.required && !options.choices;
  return h(
    "div",
    { class: "field", "data-field": name },
    h(
      "label",
      { for: id },
      label,
      isOptional && h("span", { class: "optional" }, ` (${messages.common.optional})`),
    ),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    control({ id, name, "aria-describedby": described, ...options }),
    h("p", { class: "error", id: `${id}-error` }),
  );
}

/** @param {FieldOptions} options */
function control({ choices, value, ...attributes }) {
  if (attributes.rows) return h("textarea", { ...attributes, value });
  if (!choices) return h("input", { ...attributes, value });
  const options = choices.map(([key, text]) =>
    h("option", { value: key, selected: key === value }, text),
  );
  return h("select", attributes, options);
}

/** @param {string} name @param {string} label */
export function checkbox(name, label, checked = false) {
  const id = newId(name);
  return h(
    "div",
    { class: "field field-check" },
    h("input", { type: "checkbox", name, id, checked }),
    h("label", { for: id }, label),
  );
}

/** @param {boolean} isNew a new password has to follow the rules; an existing one is only sent */
export const passwordField = (
  name = "password",
  label = messages.account.password,
  isNew = false,
) =>
  field(name, label, {
    type: "password",
    required: true,
    autocomplete: isNew ? "new-password" : "current-password",
    ...(isNew
      ? { minlength: 8, maxlength: 128, hint: messages.account.passwordHint }
      : { maxlength: 1000 }),
  });

export const emailField = (autocomplete = "username", value = "") =>
  field("email", messages.account.email, {
    type: "email",
    required: true,
    autocomplete,
    maxlength: 254,
    value,
  });

/**
 * `submit` gets the values by name. An ApiError that it throws is shown in the form.
 * @param {{label: string, kind?: string,
 *   submit: (values: FormValues, form: HTMLFormElement) => Promise<unknown>}} options
 * @param {Child[]} content
 */
export function form({ label, submit, kind = "button" }, ...content) {
  const message = h("div", { class: "form-message" });
  const button = h("button", { type: "submit", class: kind }, label);
  const row = h("p", { class: "row" }, button);
  const element = h("form", { novalidate: true, class: "form" }, message, content, row);
  element.addEventListener("input", (event) =>
    clearField(element, message, /** @type {Control} */ (event.target)),
  );
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled || button.hasAttribute("aria-disabled")) return;
    clearErrors(element, message);
    if (!isValid(element)) return;
    setBusy(button, true, messages.common.working);
    try {
      await withSlowNotice(submit(values(element), element), (text) => showSlow(message, text));
    } catch (error) {
      showError(element, message, error);
    } finally {
      setBusy(button, false, label);
    }
  });
  return element;
}

/** @param {Element} message @param {string} text */
function showSlow(message, text) {
  const slow = alertBox("info", text);
  message.replaceChildren(slow);
  return () => slow.remove();
}

/** @param {HTMLFormElement} form */
const controls = (form) => /** @type {Control[]} */ ([...form.elements]);

/** A checkbox has "on" or "". @param {HTMLFormElement} form @returns {FormValues} */
export const values = (form) => {
  const isOff = (/** @type {Control} */ each) =>
    each instanceof HTMLInputElement && /checkbox|radio/.test(each.type) && !each.checked;
  const named = controls(form).filter((each) => each.name);
  const blank = Object.fromEntries(named.map((each) => [each.name, ""]));
  const filled = named.filter((each) => !isOff(each));
  return { ...blank, ...Object.fromEntries(filled.map((each) => [each.name, each.value])) };
};

/** @param {HTMLFormElement} form */
function isValid(form) {
  const invalid = controls(form).filter((each) => each.willValidate && !each.validity.valid);
  invalid.forEach((each) => markField(each, each.validationMessage));
  invalid[0]?.focus();
  return invalid.length === 0;
}

/** @param {HTMLFormElement} form @param {Element} message @param {unknown} error */
function showError(form, message, error) {
  if (!(error instanceof ApiError)) throw error;
  /** @type {string[]} */
  const others = [];
  /** @type {Control[]} */
  const marked = [];
  for (const [name, text] of error.fields) {
    const found = controls(form).find((each) => each.name === name && each.id);
    if (found) marked.push(markField(found, text));
    else others.push(`${name}: ${text}`);
  }
  const isOutage = error.isRetryable && error.status !== 429;
  const title = isOutage ? unavailableText(error) : errorText(error);
  message.replaceChildren(alertBox("error", title, others.join(" ")));
  marked[0]?.focus();
}

/** @param {Control} control @param {string} text */
function markField(control, text) {
  control.setAttribute("aria-invalid", "true");
  setFieldError(control, text);
  return control;
}

/** @param {Control} control @param {string} text */
function setFieldError(control, text) {
  const place = document.getElementById(`${control.id}-error`);
  if (place) place.textContent = text;
}

/**
 * The error of a field is shown until the field changes, the error of the form until no field is
 * marked.
 * @param {HTMLFormElement} form @param {Element} message @param {Control} control
 */
function clearField(form, message, control) {
  if (!control.hasAttribute("aria-invalid")) return;
  control.removeAttribute("aria-invalid");
  setFieldError(control, "");
  if (!form.querySelector("[aria-invalid]")) message.replaceChildren();
}

/** @param {HTMLFormElement} form @param {Element} message */
function clearErrors(form, message) {
  message.replaceChildren();
  for (const each of controls(form)) {
    each.removeAttribute("aria-invalid");
    setFieldError(each, "");
  }
}

/**
 * `disabled` would remove the focus.
 * @param {Element} button
 * @param {boolean} isBusy
 * @param {string} text
 */
function setBusy(button, isBusy, text) {
  if (isBusy) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
  button.textContent = text;
}
