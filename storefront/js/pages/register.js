// Opening an account, and being signed in with it at once.

import { h } from "../dom.js";
import { send } from "../http.js";
import { field, form } from "../parts/forms.js";
import * as session from "../session.js";
import { words } from "../words.js";
import { ours } from "./sign-in.js";

const w = words.account;

export async function page({ query, navigate }) {
  const next = ours(query.get("next"));
  const act = async ({ name, email, password }) => {
    await send("POST", "/api/users/", { json: { name: name.trim(), email: email.trim(), password } });
    await session.signIn(email.trim(), password);
    await navigate(next, { replace: true });
  };
  const body = h(
    "div",
    { class: "narrow" },
    h("h1", { tabindex: "-1" }, w.register),
    h("p", { class: "lead" }, w.registerText),
    form(
      { label: w.register, act, kind: "button wide" },
      field("name", w.name, { autocomplete: "name", maxlength: 100, dir: "auto" }),
      field("email", w.email, { type: "email", required: true, autocomplete: "username", maxlength: 254 }),
      field("password", w.password, {
        type: "password",
        required: true,
        autocomplete: "new-password",
        minlength: 8,
        maxlength: 128,
        hint: w.passwordHint,
      }),
    ),
    h("p", {}, w.haveAccount, " ", h("a", { href: `/sign-in?next=${encodeURIComponent(next)}` }, w.signIn)),
  );
  return { title: w.register, body };
}
