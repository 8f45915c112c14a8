// One's own account: profile, password, addresses, and the way out.

import { call } from "../api.js";
import { h } from "../dom.js";
import { addressBook } from "../parts/address-book.js";
import { dialog } from "../parts/dialog.js";
import { field, form } from "../parts/forms.js";
import { patiently, toast } from "../parts/notice.js";
import * as session from "../session.js";
import { explain, words } from "../words.js";

const w = words.account;

export async function page({ signal, navigate }) {
  const { data: me } = await call("GET", "/api/users/me/", { signal });
  const body = h(
    "div",
    { class: "account" },
    h("h1", { tabindex: "-1" }, w.title),
    panel(w.profile, profile(me)),
    panel(w.addresses, await addressBook(signal)),
    panel(w.changePassword, password(me)),
    panel(w.session, h("p", { class: "row" }, h("button", { type: "button", class: "button quiet", onclick: () => signOut(navigate) }, w.signOut))),
    panel(
      w.close,
      h("p", {}, w.closeText),
      h("p", { class: "row" }, h("button", { type: "button", class: "button danger", onclick: () => close(navigate) }, w.close)),
    ),
  );
  return { title: w.title, body };
}

const panel = (title, ...content) => h("section", { class: "panel" }, h("h2", {}, title), content);

function profile(me) {
  const act = async ({ name, email, current_password }, element) => {
    const json = { name: name.trim(), ...(email.trim() !== me.email && { email: email.trim(), current_password }) };
    me = (await call("PATCH", "/api/users/me/", { json })).data;
    element.elements.current_password.value = "";
    toast(words.common.saved);
  };
  return form(
    { label: words.common.save, act },
    field("name", w.name, { value: me.name, autocomplete: "name", maxlength: 100, dir: "auto" }),
    field("email", w.email, { value: me.email, type: "email", required: true, autocomplete: "email", maxlength: 254 }),
    field("current_password", w.currentPassword, {
      type: "password",
      autocomplete: "current-password",
      hint: w.emailChange,
      maxlength: 1000,
    }),
  );
}

function password(me) {
  const act = async (json, element) => {
    const { current_password, new_password } = json;
    await call("POST", "/api/users/me/password/", { json: { current_password, new_password } });
    element.reset();
    toast(w.passwordChanged);
  };
  return form(
    { label: w.changePassword, act },
    h("input", {
      type: "text",
      name: "username",
      value: me.email,
      autocomplete: "username",
      hidden: true,
      readonly: true,
      "aria-hidden": "true",
    }),
    field("current_password", w.currentPassword, {
      type: "password",
      required: true,
      autocomplete: "current-password",
      maxlength: 1000,
    }),
    field("new_password", w.newPassword, {
      type: "password",
      required: true,
      autocomplete: "new-password",
      minlength: 8,
      maxlength: 128,
      hint: w.passwordHint,
    }),
  );
}

async function signOut(navigate) {
  try {
    await patiently(session.signOut());
  } catch (failure) {
    toast(explain(failure));
    return;
  }
  await navigate("/");
  toast(w.signedOut);
}

function close(navigate) {
  const act = async ({ current_password }) => {
    await call("DELETE", "/api/users/me/", { json: { current_password } });
    element.close();
    await session.signOut().catch(() => {});
    await navigate("/");
    toast(w.closed);
  };
  const password = field("current_password", w.currentPassword, {
    type: "password",
    required: true,
    autocomplete: "current-password",
    maxlength: 1000,
  });
  const element = dialog(w.close, h("p", {}, w.closeSure), form({ label: w.close, act, kind: "button danger" }, password));
}
