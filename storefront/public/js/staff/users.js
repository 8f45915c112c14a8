// User accounts: role, and whether they can sign in.

import { pick, queryString, requestAsUser } from "../api.js";
import { runAction } from "../components/alerts.js";
import { confirmDialog } from "../components/dialog.js";
import { pager } from "../components/pager.js";
import { emptyState } from "../components/status-pages.js";
import { date } from "../dates.js";
import { button, h } from "../dom.js";
import { messages } from "../messages.js";
import { staffPage, table, textCell, toolbar } from "./layout.js";

const t = messages.staff;
const { all, actions, saved } = messages.common;

/** @type {Parameters<typeof table>[1]} */
const COLUMNS = [[messages.account.email], [t.name], [t.registered, "nowrap"], [t.role], [actions]];

/** @param {PageContext} context */
export async function page(context) {
  const current = pick(context.query, ["search", "role", "cursor"]);
  const path = `/api/users/${queryString(current)}`;
  /** @type {ApiResponse<ListPage<User>>} */
  const { data } = await requestAsUser("GET", path, { signal: context.signal });
  const rows = data.results.map((user) => row(user, context.reload));
  return staffPage(
    t.users,
    toolbar(context, t.userSearch, [
      { name: "role", label: t.role, options: [["", all], ...Object.entries(t.roles)] },
    ]),
    rows.length ? table(t.users, COLUMNS, rows) : emptyState(t.empty, t.emptyText),
    pager(t.users, data),
  );
}

/** @param {User} user @param {Action} reload */
const row = (user, reload) => [
  textCell(user.is_closed ? t.closedUser : user.email),
  textCell(user.name),
  date(user.created_at),
  h(
    "span",
    { class: `tag ${user.is_active ? "" : "tag-cancelled"}` },
    t.roles[user.role] ?? user.role,
  ),
  !user.is_closed && userActions(user, reload),
];

/** @param {User} user @param {Action} reload */
function userActions({ id, email, role, is_active }, reload) {
  const action = (/** @type {string} */ text, /** @type {unknown} */ json, question = "") => {
    const change = async () => {
      if (question && !(await confirmDialog(question, text))) return;
      await runAction(() => requestAsUser("PATCH", `/api/users/${id}/`, { json }), saved);
      await reload();
    };
    return button(text, change, { class: "link", "aria-label": `${text}: ${email}` });
  };
  return h(
    "span",
    { class: "actions", "data-row": id },
    role === "staff"
      ? action(t.makeCustomer, { role: "customer" }, t.confirmCustomer(email))
      : action(t.makeStaff, { role: "staff" }, t.confirmStaff(email)),
    is_active
      ? action(t.deactivate, { is_active: false }, t.confirmDeactivate(email))
      : action(t.activate, { is_active: true }),
  );
}
