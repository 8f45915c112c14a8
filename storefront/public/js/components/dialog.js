// Modal dialogs: a small form, and a question before an action that cannot be undone.

import { button, h, newId } from "../dom.js";
import { messages } from "../messages.js";

/** @param {string} title @param {Child[]} content */
export function dialog(title, ...content) {
  /** @type {HTMLElement} */
  const close = button(messages.common.cancel, () => element.close(), {
    class: "button secondary",
  });
  const id = newId("dialog");
  const element = h(
    "dialog",
    { "aria-labelledby": id, class: "dialog" },
    h("h2", { id, dir: "auto" }, title),
    content,
    h("p", { class: "row dialog-actions" }, close),
  );
  return show(element);
}

/** Resolves to true if the user confirms. @param {string} question @param {string} yes */
export function confirmDialog(question, yes, no = messages.common.cancel) {
  const id = newId("question");
  /** @type {HTMLDialogElement} */
  const element = h(
    "dialog",
    { "aria-labelledby": id, class: "dialog" },
    h("p", { id, class: "dialog-question", dir: "auto" }, question),
    h(
      "p",
      { class: "row" },
      button(yes, () => element.close("yes"), { class: "button danger" }),
      button(no, () => element.close(), { class: "button secondary" }),
    ),
  );
  show(element);
  return new Promise((resolve) =>
    element.addEventListener("close", () => resolve(element.returnValue === "yes")),
  );
}

/** @param {HTMLDialogElement} element */
function show(element) {
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}
