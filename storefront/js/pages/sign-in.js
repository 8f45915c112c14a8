// Signing in.

import { h } from "../dom.js";
import { field, form } from "../parts/forms.js";
import * as session from "../session.js";
import { words } from "../words.js";

const w = words.account;

export async function page({ query, navigate }) {
  const next = ours(query.get("next"));
  const act = async ({ email, password }) => {
    await session.signIn(email.trim(), password);
    await navigate(next, { replace: true });
  };
  const body = h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: "-1" }, w.signIn),
    form(
      { label: w.signIn, act, kind: "button wide" },
      field("email", w.email, { type: "email", required: true, autocomplete: "username", maxlength: 254 }),
      field("password", w.password, { type: "password", required: true, autocomplete: "current-password", maxlength: 1000 }),
    ),
    h("p", {}, h("a", { href: "/reset" }, w.forgot)),
    h("p", {}, w.noAccount, " ", h("a", { href: `/register?next=${encodeURIComponent(next)}` }, w.register)),
  );
  return { title: w.signIn, body };
}

/** Where to go afterwards: an address of this shop, whatever the link says. */
export function ours(address) {
  const target = new URL(address || "/", location.origin);
  return target.origin === location.origin && address?.startsWith("/") ? target.pathname + target.search : "/";
}
