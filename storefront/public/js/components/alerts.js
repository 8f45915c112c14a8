// Messages: in the page (alert box), or for some seconds at the bottom of the window (toast).

import { announce, byId, h, svg } from "../dom.js";
import { errorText, messages } from "../messages.js";

const TOAST_MS = 6000;
const SLOW_AFTER_MS = 3000;
const ICONS = {
  success: "M5 12.5l4.5 4.5L19 7.5",
  info: "M12 11v6M12 7.2v.1",
  warning: "M12 7v6M12 16.8v.1",
  error: "M12 7v6M12 16.8v.1",
};

/**
 * @param {keyof typeof ICONS} kind
 * @param {string} title
 * @param {string} text
 * @param {Child[]} actions
 */
export function alertBox(kind, title, text = "", ...actions) {
  return h(
    "div",
    { class: `alert alert-${kind}`, role: /error|warning/.test(kind) ? "alert" : "status" },
    svg(ICONS[kind]),
    h(
      "div",
      { class: "alert-text" },
      h("p", { class: "alert-title" }, title),
      text && h("p", {}, text),
      actions.length > 0 && h("p", { class: "row" }, actions),
    ),
  );
}

/**
 * Stays while it has the pointer or the focus. Returns a function that removes it.
 * @param {string} text
 * @param {Child} link
 */
export function toast(text, link = null, { stays = false } = {}) {
  const close = h(
    "button",
    {
      class: "toast-close",
      type: "button",
      "aria-label": messages.common.close,
      onclick: () => element.remove(),
    },
    svg("M6 6l12 12M18 6L6 18"),
  );
  const element = h("div", { class: "toast" }, h("p", { dir: "auto" }, text), link, close);
  const hide = () => element.matches(":hover, :focus-within") || element.remove();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const startTimer = () => {
    clearTimeout(timer);
    if (!stays) timer = setTimeout(hide, TOAST_MS);
  };
  for (const event of ["mouseleave", "focusout"]) element.addEventListener(event, startTimer);
  element.addEventListener("keydown", (event) => event.key === "Escape" && element.remove());
  startTimer();
  byId("toasts").replaceChildren(element);
  announce(text);
  return () => element.remove();
}

/**
 * Shows a message while `work` takes long. `show` returns a function that removes the message.
 * @template T
 * @param {Promise<T>} work
 * @param {(text: string) => () => void} show
 */
export async function withSlowNotice(work, show = (text) => toast(text, null, { stays: true })) {
  let remove = () => {};
  const timer = setTimeout(() => (remove = show(messages.common.slow)), SLOW_AFTER_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    remove();
  }
}

/**
 * Runs an action of a button: a toast shows its result or its error.
 * @param {Action} action
 * @param {string} done
 */
export async function runAction(action, done) {
  try {
    await withSlowNotice(action());
    toast(done);
    return true;
  } catch (error) {
    toast(errorText(error));
    return false;
  }
}
