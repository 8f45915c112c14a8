// Requests with the access token of the signed-in user, and helpers for list URLs.

import { ApiError, request } from "./http.js";
import * as session from "./session.js";

/**
 * Replaces an expired token and repeats the request once: a service does nothing for a 401.
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {RequestOptions} options
 * @returns {Promise<ApiResponse<T>>}
 */
export async function requestAsUser(method, path, options = {}) {
  const token = await session.token();
  try {
    return await request(method, path, withToken(options, token));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    session.invalidate(token);
    return request(method, path, withToken(options, await session.token()));
  }
}

/** @param {RequestOptions} options @param {string} token */
const withToken = (options, token) => ({
  ...options,
  headers: { ...options.headers, Authorization: `Bearer ${token}` },
});

/**
 * Blank values are left out.
 * @param {Record<string, string | number | boolean | null | undefined>} values
 */
export function queryString(values) {
  const present = Object.entries(values).filter(([, value]) => value !== "" && value != null);
  return present.length
    ? `?${new URLSearchParams(present.map(([name, value]) => [name, String(value)]))}`
    : "";
}

/** @param {URLSearchParams} query @param {string[]} names */
export const pick = (query, names) =>
  Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]));

/**
 * All rows of a list that is known to be short.
 * @template Row
 * @param {string} path
 * @param {RequestOptions} options
 * @returns {Promise<Row[]>}
 */
export async function fetchAll(path, options, maxPages = 5) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {string | null} */
  let address = path;
  for (let page = 0; address && page < maxPages; page += 1) {
    /** @type {ListPage<Row>} */
    const data = (await requestAsUser("GET", address, options)).data;
    rows.push(...data.results);
    const next = data.next ? new URL(data.next, location.href) : null;
    address = next ? next.pathname + next.search : null;
  }
  return rows;
}

/** `crypto.randomUUID` exists on https and localhost only. */
export function newIdempotencyKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
