// Staff: who has an account, and what they may do.

import { call, query as asQuery } from "../api.js";
import { foreign, h } from "../dom.js";
import { date } from "../money.js";
import { ask } from "../parts/dialog.js";
import { patiently, toast } from "../parts/notice.js";
import { pager } from "../parts/pager.js";
import { empty } from "../parts/states.js";
import { explain, words } from "../words.js";
import { frame, searchBar, table } from "./frame.js";

const w = words.desk;

export async function page({ query, signal, navigate, reload }) {
  const names = ["search", "role", "cursor"];
  const { data } = await call("GET", `/api/users/${asQuery(Object.fromEntries(names.map((name) => [name, query.get(name)])))}`, {
    signal,
  });
  const filter = [["role", w.role, [["", words.common.all], ...Object.entries(w.roles)]]];
  const columns = [[words.account.email], [w.name], [w.since, "unbroken"], [w.role], [words.common.actions]];
  return frame(
    w.users,
    searchBar(w.userSearch, { query, navigate }, filter),
    data.results.length ? table(w.users, columns, data.results.map((user) => row(user, reload))) : empty(w.empty, w.emptyText),
    pager(w.users, data),
  );
}

const row = (user, reload) => [
  foreign("span", user.is_closed ? w.closedUser : user.email),
  foreign("span", user.name || words.common.none),
  date(user.created_at),
  h("span", { class: `tag ${user.is_active ? "" : "tag-cancelled"}` }, w.roles[user.role] ?? user.role),
  user.is_closed ? null : actions(user, reload),
];

function actions(user, reload) {
  const button = (text, json, question = "") =>
    h(
      "button",
      { type: "button", class: "link", "aria-label": `${text}: ${user.email}`, onclick: () => change(user, json, text, question, reload) },
      text,
    );
  return h(
    "span",
    { class: "acts", "data-row": user.id },
    user.role === "staff"
      ? button(w.makeCustomer, { role: "customer" }, w.makeCustomerSure(user.email))
      : button(w.makeStaff, { role: "staff" }, w.makeStaffSure(user.email)),
    user.is_active
      ? button(w.deactivate, { is_active: false }, w.deactivateSure(user.email))
      : button(w.activate, { is_active: true }),
  );
}

async function change(user, json, verb, question, reload) {
  if (question && !(await ask(question, verb))) return;
  try {
    await patiently(call("PATCH", `/api/users/${user.id}/`, { json }));
    toast(words.common.saved);
  } catch (failure) {
    toast(explain(failure));
  }
  await reload();
}
