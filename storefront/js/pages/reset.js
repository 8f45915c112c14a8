// A forgotten password: asking for a mail, and setting a new one with what it says. The token is behind a #, and so in no log.

import { fill, h } from "../dom.js";
import { send } from "../http.js";
import { field, form } from "../parts/forms.js";
import { notice } from "../parts/notice.js";
import { link } from "../parts/states.js";
import { words } from "../words.js";

const w = words.account;

export async function page() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const title = token ? w.setPassword : w.reset;
  const place = h("div", { class: "slot" });
  fill(place, token ? setting(token, place) : asking(place));
  return { title, body: h("div", { class: "narrow" }, h("h1", { tabindex: "-1" }, title), place) };
}

function asking(place) {
  const act = async ({ email }) => {
    await send("POST", "/api/users/password-reset/", { json: { email: email.trim() } });
    fill(place, notice("good", w.mailSent, w.mailSentText));
  };
  return [
    h("p", { class: "lead" }, w.resetText),
    form(
      { label: w.sendMail, act, kind: "button wide" },
      field("email", w.email, { type: "email", required: true, autocomplete: "username", maxlength: 254 }),
    ),
  ];
}

function setting(token, place) {
  const act = async ({ password }) => {
    await send("POST", "/api/users/password-reset/confirm/", { json: { token, password } });
    history.replaceState(history.state, "", "/reset");
    fill(place, notice("good", w.passwordSet, "", link("/sign-in", w.signIn)));
  };
  return form(
    { label: w.setPassword, act, kind: "button wide" },
    field("password", w.newPassword, {
      type: "password",
      required: true,
      autocomplete: "new-password",
      minlength: 8,
      maxlength: 128,
      hint: w.passwordHint,
    }),
  );
}
