// Registration. The new user is signed in at once.

import { emailField, field, form, passwordField } from "../components/forms.js";
import { h } from "../dom.js";
import { request } from "../http.js";
import { messages } from "../messages.js";
import * as session from "../session.js";
import { localPath } from "./sign-in.js";

const t = messages.account;

/** @param {PageContext} context */
export async function page({ query, navigate }) {
  const next = localPath(query.get("next"));
  const submit = async (/** @type {FormValues} */ { name, email, password }) => {
    const json = { name: name.trim(), email: email.trim(), password };
    await request("POST", "/api/users/", { json });
    await session.signIn(json.email, password);
    await navigate(next, { replace: true });
  };
  const body = h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: "-1" }, t.register),
    h("p", { class: "lead" }, t.registerText),
    form(
      { label: t.register, submit, kind: "button wide" },
      field("name", t.name, { autocomplete: "name", maxlength: 100, dir: "auto" }),
      emailField(),
      passwordField("password", t.password, true),
    ),
    h(
      "p",
      {},
      t.haveAccount,
      " ",
      h("a", { href: `/sign-in?next=${encodeURIComponent(next)}` }, t.signIn),
    ),
  );
  return { title: t.register, body };
}
