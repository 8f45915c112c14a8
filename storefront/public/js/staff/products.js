// The catalogue for staff, optionally with archived products.

import { pick, queryString, requestAsUser } from "../api.js";
import { toast } from "../components/alerts.js";
import { pager } from "../components/pager.js";
import { emptyState, link } from "../components/status-pages.js";
import { button, h, userText } from "../dom.js";
import { ApiError } from "../http.js";
import { errorText, messages } from "../messages.js";
import { money } from "../money.js";
import * as session from "../session.js";
import { staffPage, table, textCell, toolbar } from "./layout.js";

const t = messages.staff;

/** @type {Parameters<typeof table>[1]} */
const COLUMNS = [[t.name], [t.sku], [t.category], [t.price, "number"], [t.stock]];

/** @type {import("./layout.js").Filter} */
const ARCHIVED = {
  name: "include_archived",
  label: t.archived,
  options: [
    ["", t.active],
    ["true", t.withArchived],
  ],
};

/** @param {PageContext} context */
export async function page(context) {
  const current = pick(context.query, ["search", "cursor", "include_archived"]);
  const path = `/api/products/${queryString(current)}`;
  /** @type {ApiResponse<ListPage<Product>>} */
  const { data } = await requestAsUser("GET", path, { signal: context.signal });
  return staffPage(
    t.products,
    h(
      "p",
      { class: "row" },
      link("/staff/products/new", t.newProduct),
      link("/staff/import", t.importLink, "button secondary"),
      button(t.exportLink, download, { class: "button secondary" }),
    ),
    toolbar(context, messages.common.search, [ARCHIVED]),
    data.results.length
      ? table(t.products, COLUMNS, data.results.map(row))
      : emptyState(t.empty, t.emptyText),
    pager(messages.catalogue.list, data),
  );
}

/** @param {Product} product */
const row = (product) => [
  userText("a", product.name, { href: `/staff/products/${product.id}`, class: "clamp" }),
  textCell(product.sku),
  textCell(product.category),
  money(product.price, product.currency),
  product.is_active ? stockLink(product) : h("span", { class: "tag" }, t.archived),
];

/** @param {Product} product */
function stockLink({ id, name }) {
  const label = `${messages.common.view} ${t.stock}: ${name.slice(0, 80)}`;
  return h("a", { href: `/staff/stock/${id}`, "aria-label": label }, messages.common.view);
}

/** A link cannot send the access token. */
async function download() {
  try {
    const headers = { Authorization: `Bearer ${await session.token()}` };
    const path = "/api/products/export/";
    const response = await fetch(path, { headers });
    if (!response.ok) throw new ApiError({ status: response.status, path });
    const href = URL.createObjectURL(await response.blob());
    h("a", { href, download: "products.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  } catch (error) {
    toast(errorText(error));
  }
}
