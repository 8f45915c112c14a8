// Sign-in.

import { emailField, form, passwordField } from "../components/forms.js";
import { h } from "../dom.js";
import { messages } from "../messages.js";
import * as session from "../session.js";

const t = messages.account;

/** @param {PageContext} context */
export async function page({ query, navigate }) {
  const next = localPath(query.get("next"));
  const submit = async (/** @type {FormValues} */ { email, password }) => {
    await session.signIn(email.trim(), password);
    await navigate(next, { replace: true });
  };
  const body = h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: "-1" }, t.signIn),
    form({ label: t.signIn, submit, kind: "button wide" }, emailField(), passwordField()),
    h("p", {}, h("a", { href: "/reset" }, t.forgotPassword)),
    h(
      "p",
      {},
      t.noAccount,
      " ",
      h("a", { href: `/register?next=${encodeURIComponent(next)}` }, t.register),
    ),
  );
  return { title: t.signIn, body };
}

/**
 * The address if it is in this shop, else "/": a link must not redirect to another site.
 * @param {string | null} address
 */
export function localPath(address) {
  if (!address?.startsWith("/")) return "/";
  const { origin, pathname, search } = new URL(address, location.origin);
  return origin === location.origin ? pathname + search : "/";
}
