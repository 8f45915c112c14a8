// One's own orders, newest first.

import { call, query as asQuery } from "../api.js";
import { h } from "../dom.js";
import { date, money } from "../money.js";
import { pager } from "../parts/pager.js";
import { empty, link } from "../parts/states.js";
import * as session from "../session.js";
import { words } from "../words.js";

const w = words.orders;

export async function page({ query, signal }) {
  const asked = { cursor: query.get("cursor"), page_size: 10, user_id: session.isStaff() ? session.userId() : "" };
  const { data } = await call("GET", `/api/orders/${asQuery(asked)}`, { signal });
  const list = data.results.length
    ? h("ul", { class: "stack" }, data.results.map(row))
    : empty(w.empty, w.emptyText, link("/", words.basket.look));
  return { title: w.title, body: h("div", { class: "medium" }, h("h1", { tabindex: "-1" }, w.title), list, pager(w.list, data)) };
}

function row(order) {
  const pieces = order.items.reduce((total, item) => total + item.quantity, 0);
  return h(
    "li",
    { class: "panel order-row" },
    h(
      "div",
      {},
      h("a", { href: `/orders/${order.id}`, class: "order-number" }, order.number),
      h("p", { class: "quietly line-facts" }, h("span", {}, date(order.created_at)), h("span", {}, w.pieces(pieces))),
    ),
    status(order.status),
    h("span", { class: "price" }, money(order.total, order.currency)),
  );
}

export const status = (value) => h("span", { class: `tag tag-${value}`, "data-status": value }, w.status_[value] ?? value);
