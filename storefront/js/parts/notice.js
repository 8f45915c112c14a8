// What the shop has to say: beside what it is about, or for a moment at the edge of the window.

import { announce, h, svg } from "../dom.js";
import { words } from "../words.js";

const SHOWN = 6000;
const SIGNS = {
  good: "M5 12.5l4.5 4.5L19 7.5",
  info: "M12 11v6M12 7.2v.1",
  warn: "M12 7v6M12 16.8v.1",
  bad: "M12 7v6M12 16.8v.1",
};

export function notice(kind, title, text = "", ...actions) {
  return h(
    "div",
    { class: `notice notice-${kind}`, role: kind === "bad" || kind === "warn" ? "alert" : "status" },
    svg(SIGNS[kind]),
    h(
      "div",
      { class: "notice-text" },
      title && h("p", { class: "notice-title" }, title),
      text && h("p", {}, text),
      actions.length > 0 && h("p", { class: "row" }, actions),
    ),
  );
}

/** It stays for as long as somebody is at it. Returns what takes it away. */
export function toast(text, link = null, { stays = false } = {}) {
  const close = h(
    "button",
    { class: "toast-close", type: "button", "aria-label": words.common.close, onclick: () => element.remove() },
    svg("M6 6l12 12M18 6L6 18"),
  );
  const element = h("div", { class: "toast" }, h("p", { dir: "auto" }, text), link, close);
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    if (!stays) timer = setTimeout(() => element.matches(":hover, :focus-within") || element.remove(), SHOWN);
  };
  for (const left of ["mouseleave", "focusout"]) element.addEventListener(left, wait);
  element.addEventListener("keydown", (event) => event.key === "Escape" && element.remove());
  wait();
  document.getElementById("toasts").replaceChildren(element);
  announce(text);
  return () => element.remove();
}

const SLOW = 3000;

/** Says so when something takes long. `say` is given the words, and returns what takes them away. */
export async function patiently(work, say = (text) => toast(text, null, { stays: true })) {
  let unsay = () => {};
  const timer = setTimeout(() => (unsay = say(words.common.slow)), SLOW);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    unsay();
  }
}
