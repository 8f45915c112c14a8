// The stock of all products; by default those with low stock.

import { queryString, requestAsUser } from "../api.js";
import { alertBox } from "../components/alerts.js";
import { pager } from "../components/pager.js";
import { emptyState } from "../components/status-pages.js";
import { h, userText } from "../dom.js";
import { messages } from "../messages.js";
import { fetchAllProducts } from "../product-lookup.js";
import { staffPage, table, textCell, toolbar } from "./layout.js";

const t = messages.staff;

/** @type {Parameters<typeof table>[1]} */
const COLUMNS = [
  [t.name],
  [t.sku],
  [t.available, "number"],
  [t.reserved, "number"],
  [t.threshold, "number"],
  [messages.common.status],
];

/** @type {import("./layout.js").Filter} */
const LOW_STOCK = {
  name: "low_stock",
  label: t.stock,
  options: [
    ["", t.onlyLow],
    ["all", t.allStock],
  ],
};

/** @param {PageContext} context */
export async function page(context) {
  const { query, signal } = context;
  const isAll = query.get("low_stock") === "all";
  const filter = { low_stock: isAll ? "" : "true", cursor: query.get("cursor") };
  const path = `/api/inventory/${queryString(filter)}`;
  /** @type {ApiResponse<ListPage<StockItem>>} */
  const { data } = await requestAsUser("GET", path, { signal });
  const ids = data.results.map((item) => item.product_id);
  const products = await fetchAllProducts(ids, signal);
  const rows = data.results.map((item) => row(item, products?.get(item.product_id)));
  return staffPage(
    t.stock,
    toolbar(context, null, [LOW_STOCK]),
    !products && alertBox("info", t.namesUnavailable),
    rows.length || data.next ? table(t.stock, COLUMNS, rows) : nothingFound(isAll),
    pager(t.stockList, data),
  );
}

/** @param {boolean} isAll */
const nothingFound = (isAll) =>
  isAll ? emptyState(t.empty, t.noStock) : emptyState(t.nothingLow, t.nothingLowText);

/** @param {StockItem} item @param {Product} [product] */
const row = ({ product_id, ...item }, product) => [
  userText("a", product?.name ?? product_id, {
    href: `/staff/stock/${product_id}`,
    class: "clamp",
  }),
  textCell(product?.sku),
  item.quantity,
  item.reserved,
  item.low_stock_threshold,
  item.is_low && h("span", { class: "tag tag-low" }, t.low),
];
