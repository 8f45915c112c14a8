// The user's orders, newest first.

import { queryString, requestAsUser } from "../api.js";
import { pager } from "../components/pager.js";
import { emptyState, link } from "../components/status-pages.js";
import { date } from "../dates.js";
import { h } from "../dom.js";
import { messages } from "../messages.js";
import { money } from "../money.js";
import * as session from "../session.js";

const t = messages.orders;

/** @param {PageContext} context */
export async function page({ query, signal }) {
  // The list of a staff user contains the orders of all users.
  const user_id = session.isStaff() ? session.userId() : "";
  const filter = queryString({ cursor: query.get("cursor"), page_size: 10, user_id });
  /** @type {ApiResponse<ListPage<Order>>} */
  const { data } = await requestAsUser("GET", `/api/orders/${filter}`, { signal });
  const list = data.results.length
    ? h("ul", { class: "stack" }, data.results.map(row))
    : emptyState(t.empty, t.emptyText, link("/", messages.basket.browse));
  const title = h("h1", { tabindex: "-1" }, t.title);
  const body = h("div", { class: "medium" }, title, list, pager(t.list, data));
  return { title: t.title, body };
}

/** @param {Order} order */
function row(order) {
  const items = messages.common.items(itemCount(order));
  return h(
    "li",
    { class: "panel order-row" },
    h(
      "div",
      {},
      h("a", { href: `/orders/${order.id}`, class: "order-number" }, order.number),
      h(
        "p",
        { class: "muted line-details" },
        h("span", {}, date(order.created_at)),
        h("span", {}, items),
      ),
    ),
    statusTag(order.status),
    h("span", { class: "price" }, money(order.total, order.currency)),
  );
}

/** @param {Order} order */
export const itemCount = (order) =>
  order.items.reduce((count, { quantity }) => count + quantity, 0);

/** @param {string} status */
export const statusTag = (status) =>
  h("span", { class: `tag tag-${status}`, "data-status": status }, t.statuses[status] ?? status);
