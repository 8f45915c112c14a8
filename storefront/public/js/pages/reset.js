// Password reset: requests an e-mail, or sets a new password with the token in the e-mail's link.
// The token is behind a #, so that no server logs it.

import { alertBox } from "../components/alerts.js";
import { emailField, form, passwordField } from "../components/forms.js";
import { link } from "../components/status-pages.js";
import { h, replaceChildren } from "../dom.js";
import { request } from "../http.js";
import { messages } from "../messages.js";

const t = messages.account;

export async function page() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const title = token ? t.setPassword : t.reset;
  const container = h("div", { class: "slot" });
  replaceChildren(container, token ? setForm(token, container) : mailForm(container));
  const heading = h("h1", { tabindex: "-1" }, title);
  return { title, body: h("div", { class: "narrow" }, heading, container) };
}

/** @param {Element} container */
function mailForm(container) {
  const submit = async (/** @type {FormValues} */ { email }) => {
    const json = { email: email.trim() };
    await request("POST", "/api/users/password-reset/", { json });
    replaceChildren(container, alertBox("success", t.mailSent, t.mailSentText));
  };
  return [
    h("p", { class: "lead" }, t.resetText),
    form({ label: t.sendMail, submit, kind: "button wide" }, emailField()),
  ];
}

/** @param {string} token @param {Element} container */
function setForm(token, container) {
  const submit = async (/** @type {FormValues} */ { password }) => {
    await request("POST", "/api/users/password-reset/confirm/", { json: { token, password } });
    history.replaceState(history.state, "", "/reset");
    replaceChildren(container, alertBox("success", t.passwordSet, "", link("/sign-in", t.signIn)));
  };
  return form(
    { label: t.setPassword, submit, kind: "button wide" },
    passwordField("password", t.newPassword, true),
  );
}
