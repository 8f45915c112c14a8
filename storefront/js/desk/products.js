// Staff: the catalogue, archived products included if wanted.

import { call, query as asQuery } from "../api.js";
import { foreign, h } from "../dom.js";
import { money } from "../money.js";
import { toast } from "../parts/notice.js";
import { pager } from "../parts/pager.js";
import { empty, link } from "../parts/states.js";
import * as session from "../session.js";
import { explain, words } from "../words.js";
import { frame, searchBar, table } from "./frame.js";

const w = words.desk;

export async function page({ query, signal, navigate }) {
  const names = ["search", "cursor", "include_archived"];
  const wanted = Object.fromEntries(names.map((name) => [name, query.get(name)]));
  const { data } = await call("GET", `/api/products/${asQuery(wanted)}`, { signal });
  const archived = [
    [
      "include_archived",
      w.archived,
      [
        ["", w.active],
        ["true", w.withArchived],
      ],
    ],
  ];
  const columns = [[w.name], [w.sku], [w.category], [w.price, "number"], [w.stock]];
  return frame(
    w.products,
    h(
      "p",
      { class: "row" },
      link("/desk/products/new", w.newProduct),
      link("/desk/import", w.importLink, "button quiet"),
      h("button", { type: "button", class: "button quiet", onclick: download }, w.exportLink),
    ),
    searchBar(w.search, { query, navigate }, archived),
    data.results.length ? table(w.products, columns, data.results.map(row)) : empty(w.empty, w.emptyText),
    pager(words.catalogue.list, data),
  );
}

const row = (product) => [
  foreign("a", product.name, { href: `/desk/products/${product.id}`, class: "clamp" }),
  foreign("span", product.sku),
  foreign("span", product.category || words.common.none),
  money(product.price, product.currency),
  product.is_active
    ? h("a", { href: `/desk/stock/${product.id}`, "aria-label": `${words.common.show} ${w.stock}: ${product.name.slice(0, 80)}` }, words.common.show)
    : h("span", { class: "tag" }, w.archived),
];

/** A plain link cannot bring the token along. */
async function download() {
  try {
    const response = await fetch("/api/products/export/", { headers: { Authorization: `Bearer ${await session.token()}` } });
    if (!response.ok) throw new Error(String(response.status));
    const address = URL.createObjectURL(await response.blob());
    h("a", { href: address, download: "products.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  } catch (error) {
    toast(explain(error));
  }
}
