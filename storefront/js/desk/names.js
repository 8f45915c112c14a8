// What things are called, for lists that know their ids only.

import { call, query } from "../api.js";

const AT_ONCE = 100;

/** Products by id, archived ones included; null when the catalogue cannot be asked. */
export async function productsOf(ids, signal) {
  if (!ids.length) return new Map();
  const path = `/api/products/${query({ ids: ids.slice(0, AT_ONCE).join(","), include_archived: true })}`;
  try {
    const { data } = await call("GET", path, { signal, patience: 6000 });
    return new Map(data.results.map((product) => [product.id, product]));
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}
