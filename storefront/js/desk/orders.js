// Staff: everybody's orders.

import { call, query as asQuery } from "../api.js";
import { h } from "../dom.js";
import { money, when } from "../money.js";
import { pager } from "../parts/pager.js";
import { empty } from "../parts/states.js";
import { status } from "../pages/orders.js";
import { words } from "../words.js";
import { frame, searchBar, table } from "./frame.js";

const w = words.desk;

export async function page({ query, signal, navigate }) {
  const names = ["search", "status", "cursor"];
  const { data } = await call("GET", `/api/orders/${asQuery(Object.fromEntries(names.map((name) => [name, query.get(name)])))}`, {
    signal,
  });
  const filter = [["status", words.orders.status, [["", words.common.all], ...Object.entries(words.orders.status_)]]];
  const columns = [
    [words.orders.number, "unbroken"],
    [words.orders.placed, "unbroken"],
    [words.orders.items, "number"],
    [words.orders.status],
    [words.orders.total, "number"],
  ];
  return frame(
    w.orders,
    searchBar(w.orderSearch, { query, navigate }, filter),
    data.results.length ? table(w.orders, columns, data.results.map(row)) : empty(w.empty, w.emptyText),
    pager(words.orders.list, data),
  );
}

const row = (order) => [
  h("a", { href: `/orders/${order.id}` }, order.number),
  when(order.created_at),
  String(order.items.reduce((total, item) => total + item.quantity, 0)),
  status(order.status),
  money(order.total, order.currency),
];
