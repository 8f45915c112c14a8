// The user's account: profile, addresses, password, sign-out, closing.

import { requestAsUser } from "../api.js";
import { addressBook } from "../components/address-book.js";
import { runAction, toast } from "../components/alerts.js";
import { dialog } from "../components/dialog.js";
import { emailField, field, form, passwordField } from "../components/forms.js";
import { button, h } from "../dom.js";
import { messages } from "../messages.js";
import * as session from "../session.js";

const t = messages.account;

/** @param {PageContext} context */
export async function page({ signal, navigate }) {
  /** @type {ApiResponse<User>} */
  const { data: user } = await requestAsUser("GET", "/api/users/me/", { signal });
  const signOutButton = button(t.signOut, () => signOut(navigate), { class: "button secondary" });
  const closeButton = button(t.close, () => close(navigate), { class: "button danger" });
  const body = h(
    "div",
    { class: "account" },
    h("h1", { tabindex: "-1" }, t.title),
    panel(t.profile, profileForm(user)),
    panel(t.addresses, await addressBook(signal)),
    panel(t.changePassword, changePasswordForm(user)),
    panel(t.session, h("p", { class: "row" }, signOutButton)),
    panel(t.close, h("p", {}, t.closeText), h("p", { class: "row" }, closeButton)),
  );
  return { title: t.title, body };
}

/** @param {string} title @param {Child[]} content */
const panel = (title, ...content) => h("section", { class: "panel" }, h("h2", {}, title), content);

/** @param {User} user */
function profileForm(user) {
  let { email } = user;
  const submit = async (
    /** @type {FormValues} */ values,
    /** @type {HTMLFormElement} */ element,
  ) => {
    const isChanged = values.email.trim() !== email;
    const { current_password } = values;
    const json = {
      name: values.name.trim(),
      ...(isChanged && { email: values.email.trim(), current_password }),
    };
    /** @type {ApiResponse<User>} */
    const { data } = await requestAsUser("PATCH", "/api/users/me/", { json });
    email = data.email;
    for (const input of element.querySelectorAll("input"))
      if (input.type === "password") input.value = "";
    toast(messages.common.saved);
  };
  return form(
    { label: messages.common.save, submit },
    field("name", t.name, { value: user.name, autocomplete: "name", maxlength: 100, dir: "auto" }),
    emailField("email", email),
    field("current_password", t.currentPassword, {
      type: "password",
      autocomplete: "current-password",
      hint: t.emailChange,
      maxlength: 1000,
    }),
  );
}

/** @param {User} user */
function changePasswordForm(user) {
  const submit = async (
    /** @type {FormValues} */ values,
    /** @type {HTMLFormElement} */ element,
  ) => {
    const { current_password, new_password } = values;
    const json = { current_password, new_password };
    await requestAsUser("POST", "/api/users/me/password/", { json });
    element.reset();
    toast(t.passwordChanged);
  };
  const username = h("input", {
    name: "username",
    value: user.email,
    autocomplete: "username", // for password managers
    hidden: true,
    readonly: true,
  });
  return form(
    { label: t.changePassword, submit },
    username,
    passwordField("current_password", t.currentPassword),
    passwordField("new_password", t.newPassword, true),
  );
}

/** @param {Navigate} navigate */
const signOut = (navigate) =>
  runAction(async () => {
    await session.signOut();
    await navigate("/");
  }, t.signedOut);

/** @param {Navigate} navigate */
function close(navigate) {
  const submit = async (/** @type {FormValues} */ { current_password }) => {
    await requestAsUser("DELETE", "/api/users/me/", { json: { current_password } });
    element.close();
    await session.signOut().catch(() => {});
    await navigate("/");
    toast(t.closed);
  };
  const password = passwordField("current_password", t.currentPassword);
  const content = form({ label: t.close, submit, kind: "button danger" }, password);
  const element = dialog(t.close, h("p", {}, t.confirmClose), content);
}
