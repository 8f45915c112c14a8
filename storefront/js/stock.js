// How much there is of what is shown.

import { send } from "./http.js";
import { h } from "./dom.js";
import { words } from "./words.js";

const AT_ONCE = 100;
const FEW = 5;

/** Units by product id; null when inventory cannot be asked. A product that was never received is missing: there is none. */
export async function stockOf(ids, signal) {
  if (!ids.length) return new Map();
  try {
    const path = `/api/inventory/?page_size=${AT_ONCE}&product_ids=${ids.slice(0, AT_ONCE).join(",")}`;
    const { data } = await send("GET", path, { signal, patience: 6000 });
    return new Map(data.results.map((row) => [row.product_id, row.quantity]));
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

export function badge(stock, id) {
  const [kind, text] = level(stock, id);
  return h("span", { class: `stock stock-${kind}`, "data-stock": kind }, text);
}

function level(stock, id) {
  if (stock === null) return ["unknown", words.stock.unknown];
  const quantity = stock.get(id) ?? 0;
  if (quantity === 0) return ["none", words.stock.none];
  return quantity <= FEW ? ["few", words.stock.few(quantity)] : ["some", words.stock.some];
}
