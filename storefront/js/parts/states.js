// Pages for when there is no page: nothing there, not signed in, not allowed, out of order.

import { h, svg } from "../dom.js";
import { Failure } from "../http.js";
import * as session from "../session.js";
import { explain, words } from "../words.js";

export function empty(title, text, ...actions) {
  return h(
    "div",
    { class: "empty" },
    svg("M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8", { class: "empty-sign" }),
    h("p", { class: "empty-title" }, title),
    h("p", {}, text),
    h("p", { class: "row" }, actions),
  );
}

const whole = (title, text, ...actions) => ({
  title,
  body: h(
    "div",
    { class: "message" },
    h("h1", { tabindex: "-1" }, title),
    h("p", { class: "lead" }, text),
    h("p", { class: "row" }, actions),
  ),
});

export const link = (address, text, kind = "button") => h("a", { href: address, class: kind }, text);

export const notFound = () => whole(words.notFound.title, words.notFound.text, link("/", words.notFound.home));

/** Without a text of its own: for a page that only says what it is. */
export function signInFirst({ signIn: title, signInText: text } = words.account) {
  if (session.state() === "unsure") return unsure();
  const next = encodeURIComponent(location.pathname + location.search);
  const { signIn, register } = words.account;
  return whole(title, text, link(`/sign-in?next=${next}`, signIn), link(`/register?next=${next}`, register, "button quiet"));
}

const unsure = () => ({
  ...whole(
    words.trouble.unsureTitle,
    words.trouble.unsure,
    again(() => location.reload()),
    link("/", words.notFound.home, "button quiet"),
    keepTrying(),
  ),
  isTemporary: true,
});

export const forStaffOnly = () => whole(words.desk.forStaff, words.desk.forStaffText, link("/", words.notFound.home));

const again = (retry) => h("button", { type: "button", class: "button", onclick: retry }, words.common.again);

/** What a page says that could not be made. */
export function troubled(error, retry) {
  if (!(error instanceof Failure)) {
    console.error(error);
    return whole(words.trouble.oops, words.trouble.oopsText, again(retry));
  }
  if (error.status === 404) return notFound();
  if (error.status === 401) return signInFirst();
  const { request_id: id } = error.problem;
  const number = id && h("span", { class: "quietly" }, words.trouble.reference(id));
  if (!error.temporary) return whole(words.trouble.oops, explain(error), link("/", words.notFound.home), number);
  return { ...whole(words.trouble.title, reason(error), again(retry), number, keepTrying()), isTemporary: true };
}

const keepTrying = () => h("span", { class: "quietly" }, words.trouble.keepTrying);

/** Which part of the shop does not answer, and what still works. */
export function reason(failure) {
  if (!navigator.onLine) return words.trouble.offline;
  return words.trouble.services[failure.service] ?? words.trouble.services[""];
}
