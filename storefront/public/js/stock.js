// Stock by product id, and how it is shown.

import { h } from "./dom.js";
import { request } from "./http.js";
import { messages } from "./messages.js";

const MAX_IDS = 100;
const FEW = 5;

/**
 * Units for sale by product id; null while the inventory service is unavailable. A product that
 * was never received has no entry.
 * @param {string[]} ids
 * @param {AbortSignal} signal
 * @returns {Promise<Map<string, number> | null>}
 */
export async function fetchStock(ids, signal) {
  if (!ids.length) return new Map();
  const list = ids.slice(0, MAX_IDS).join(",");
  const path = `/api/inventory/?page_size=${MAX_IDS}&product_ids=${list}`;
  try {
    /** @type {ApiResponse<ListPage<StockItem>>} */
    const { data } = await request("GET", path, { signal, timeout: 6000 });
    return new Map(data.results.map((row) => [row.product_id, row.quantity]));
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}

/** @param {Map<string, number> | null} stock @param {string} id */
export function badge(stock, id) {
  const [kind, text] = level(stock, id);
  return h("span", { class: `stock stock-${kind}`, "data-stock": kind }, text);
}

/** @param {Map<string, number> | null} stock @param {string} id */
function level(stock, id) {
  if (stock === null) return ["unknown", messages.stock.unknown];
  const quantity = stock.get(id) ?? 0;
  if (quantity === 0) return ["none", messages.stock.none];
  return quantity <= FEW ? ["few", messages.stock.few(quantity)] : ["some", messages.stock.some];
}
