// The orders of all users.

import { pick, queryString, requestAsUser } from "../api.js";
import { pager } from "../components/pager.js";
import { emptyState } from "../components/status-pages.js";
import { dateTime } from "../dates.js";
import { h } from "../dom.js";
import { messages } from "../messages.js";
import { money } from "../money.js";
import { itemCount, statusTag } from "../pages/orders.js";
import { staffPage, table, toolbar } from "./layout.js";

const t = messages.staff;
const { list, number, placed, items, total, statuses } = messages.orders;
const { all, status } = messages.common;

/** @type {Parameters<typeof table>[1]} */
const COLUMNS = [
  [number, "nowrap"],
  [placed, "nowrap"],
  [items, "number"],
  [status],
  [total, "number"],
];

/** @param {PageContext} context */
export async function page(context) {
  const current = pick(context.query, ["search", "status", "cursor"]);
  const path = `/api/orders/${queryString(current)}`;
  /** @type {ApiResponse<ListPage<Order>>} */
  const { data } = await requestAsUser("GET", path, { signal: context.signal });
  return staffPage(
    t.orders,
    toolbar(context, t.orderSearch, [
      { name: "status", label: status, options: [["", all], ...Object.entries(statuses)] },
    ]),
    data.results.length
      ? table(t.orders, COLUMNS, data.results.map(row))
      : emptyState(t.empty, t.emptyText),
    pager(list, data),
  );
}

/** @param {Order} order */
const row = (order) => [
  h("a", { href: `/orders/${order.id}` }, order.number),
  dateTime(order.created_at),
  itemCount(order),
  statusTag(order.status),
  money(order.total, order.currency),
];
