// Pages without content: not found, sign-in required, no permission, service unavailable.

import { button, h, svg } from "../dom.js";
import { ApiError } from "../http.js";
import { errorText, messages } from "../messages.js";
import * as session from "../session.js";

const t = messages.unavailable;

/** @param {string} title @param {string} text @param {Child[]} actions */
export function emptyState(title, text, ...actions) {
  return h(
    "div",
    { class: "empty-state" },
    svg("M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8", { class: "empty-state-icon" }),
    h("p", { class: "empty-state-title" }, title),
    h("p", {}, text),
    h("p", { class: "row" }, actions),
  );
}

/** @param {string} title @param {string} text @param {Child[]} actions @returns {PageView} */
const statusPage = (title, text, ...actions) => ({
  title,
  body: h(
    "div",
    { class: "status-page" },
    h("h1", { tabindex: "-1" }, title),
    h("p", { class: "lead" }, text),
    h("p", { class: "row" }, actions),
  ),
});

/** @param {string} href @param {string} text */
export const link = (href, text, kind = "button") => h("a", { href, class: kind }, text);

const homeLink = (kind = "button") => link("/", messages.notFound.home, kind);

export const notFound = () =>
  statusPage(messages.notFound.title, messages.notFound.text, homeLink());

export const staffOnly = () =>
  statusPage(messages.staff.staffOnly, messages.staff.staffOnlyText, homeLink());

/** Returns to the current address after signing in. */
export function signInRequired(
  title = messages.account.signIn,
  text = messages.account.signInText,
) {
  if (session.state() === "unknown") return sessionUnknown();
  const next = encodeURIComponent(location.pathname + location.search);
  const { signIn, register } = messages.account;
  return statusPage(
    title,
    text,
    link(`/sign-in?next=${next}`, signIn),
    link(`/register?next=${next}`, register, "button secondary"),
  );
}

const sessionUnknown = () => ({
  ...statusPage(
    t.session,
    t.sessionText,
    button(messages.common.retry, () => location.reload()),
    homeLink("button secondary"),
    retrying(),
  ),
  isTemporary: true,
});

/** @param {unknown} error @param {Action} reload @returns {PageView} */
export function errorPage(error, reload) {
  const retry = button(messages.common.retry, reload);
  if (!(error instanceof ApiError)) {
    console.error(error);
    return statusPage(t.failed, t.failedText, retry);
  }
  if (error.status === 404) return notFound();
  if (error.status === 401) return signInRequired();
  const { request_id: id } = error.problem;
  const reference = id && h("span", { class: "muted" }, t.reference(id));
  if (!error.isRetryable) return statusPage(t.failed, errorText(error), homeLink(), reference);
  const page = statusPage(t.title, unavailableText(error), retry, reference, retrying());
  return { ...page, isTemporary: true };
}

const retrying = () => h("span", { class: "muted" }, t.retrying);

/** What does not work at the moment, and what still works. @param {ApiError} error */
export function unavailableText(error) {
  if (!navigator.onLine) return t.offline;
  return t.services[error.service.replace(/s$/, "")] ?? t.shop;
}
