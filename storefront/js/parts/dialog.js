// A question before something that cannot be taken back, and a window for a small form. The browser keeps the focus inside.

import { h, newId } from "../dom.js";
import { words } from "../words.js";

export function dialog(title, ...content) {
  const id = newId("dialog");
  const close = h("button", { type: "button", class: "button quiet", onclick: () => element.close() }, words.common.cancel);
  const element = h(
    "dialog",
    { "aria-labelledby": id, class: "dialog" },
    h("h2", { id }, title),
    content,
    h("p", { class: "row dialog-end" }, close),
  );
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}

/** Resolves to whether the answer was yes. */
export function ask(question, yes, no = words.common.cancel) {
  return new Promise((resolve) => {
    const id = newId("question");
    const answer = (value) => () => element.close(value);
    const element = h(
      "dialog",
      { "aria-labelledby": id, class: "dialog" },
      h("p", { id, class: "dialog-question", dir: "auto" }, question),
      h(
        "p",
        { class: "row" },
        h("button", { type: "button", class: "button danger", onclick: answer("yes") }, yes),
        h("button", { type: "button", class: "button quiet", onclick: answer("") }, no),
      ),
    );
    element.addEventListener("close", () => {
      element.remove();
      resolve(element.returnValue === "yes");
    });
    document.body.append(element);
    element.showModal();
  });
}
