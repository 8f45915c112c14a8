// Products by id, for pages that know ids only.

import { requestAsUser } from "./api.js";
import { ApiError, request } from "./http.js";

const MAX_IDS = 100;

/**
 * The products that are for sale, by id; null while the product service is unavailable.
 * @param {string[]} ids
 * @param {AbortSignal} signal
 */
export const fetchProducts = (ids, signal) =>
  lookUp(ids, (path) => request("GET", path, { signal, timeout: 8000 }));

/** The same with archived products, for staff. @type {typeof fetchProducts} */
export const fetchAllProducts = (ids, signal) =>
  lookUp(ids, (path) =>
    requestAsUser("GET", `${path}&include_archived=true`, { signal, timeout: 6000 }),
  );

/**
 * @param {string[]} ids
 * @param {(path: string) => Promise<ApiResponse<ListPage<Product>>>} get
 * @returns {Promise<Map<string, Product> | null>}
 */
async function lookUp(ids, get) {
  if (!ids.length) return new Map();
  try {
    const { data } = await get(`/api/products/?ids=${ids.slice(0, MAX_IDS).join(",")}`);
    return new Map(data.results.map((product) => [product.id, product]));
  } catch (error) {
    if (error instanceof ApiError && error.isRetryable) return null;
    throw error;
  }
}
