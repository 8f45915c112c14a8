// Staff: what there is, what is low first.

import { call, query as asQuery } from "../api.js";
import { foreign, h } from "../dom.js";
import { notice } from "../parts/notice.js";
import { pager } from "../parts/pager.js";
import { empty } from "../parts/states.js";
import { words } from "../words.js";
import { frame, searchBar, table } from "./frame.js";
import { productsOf } from "./names.js";

const w = words.desk;

export async function page({ query, signal, navigate }) {
  const low = query.get("low_stock") ?? "";
  const asked = { low_stock: low === "all" ? "" : low || "true", cursor: query.get("cursor") };
  const { data } = await call("GET", `/api/inventory/${asQuery(asked)}`, { signal });
  const products = await productsOf(
    data.results.map((row) => row.product_id),
    signal,
  );
  const filter = [
    [
      "low_stock",
      w.stock,
      [
        ["", w.onlyLow],
        ["all", w.allStock],
      ],
    ],
  ];
  const columns = [[w.name], [w.sku], [w.quantity, "number"], [w.reserved, "number"], [w.threshold, "number"], [words.orders.status]];
  return frame(
    w.stock,
    searchBar("", { query, navigate }, filter),
    !products && notice("info", w.namesUnknown),
    data.results.length || data.next
      ? table(
          w.stock,
          columns,
          data.results.map((row) => cells(row, products?.get(row.product_id))),
        )
      : empty(...(low === "all" ? [w.empty, w.emptyStock] : [w.nothingLow, w.nothingLowText])),
    pager(w.stockList, data),
  );
}

const cells = (row, product) => [
  foreign("a", product?.name ?? row.product_id, { href: `/desk/stock/${row.product_id}`, class: "clamp" }),
  foreign("span", product?.sku ?? words.common.none),
  String(row.quantity),
  String(row.reserved),
  String(row.low_stock_threshold),
  row.is_low ? h("span", { class: "tag tag-low" }, w.low) : null,
];
