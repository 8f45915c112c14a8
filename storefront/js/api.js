// What the services can be asked, by whoever is signed in.

import { Failure, send } from "./http.js";
import * as session from "./session.js";

export { Failure };

/** As somebody. A token that has come to its end is replaced, once; nothing was done for a request that had a bad one. */
export async function call(method, path, options = {}) {
  const token = await session.token();
  try {
    return await send(method, path, withToken(options, token));
  } catch (failure) {
    if (failure.status !== 401) throw failure;
    session.reject(token);
    return send(method, path, withToken(options, await session.token()));
  }
}

const withToken = (options, token) => ({ ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });

export const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

/** The cursor in the address of the next or the previous page. */
export const cursorOf = (address) => (address ? new URL(address, location.href).searchParams.get("cursor") : null);

/** All rows of a list that is known to be short. */
export async function rows(ask, path, most = 5) {
  let found = [];
  let address = path;
  for (let page = 0; address && page < most; page += 1) {
    const { data } = await ask("GET", address);
    found = found.concat(data.results);
    const next = data.next && new URL(data.next, location.href);
    address = next && next.pathname + next.search;
  }
  return found;
}

/** One for each act of a person that must not be carried out twice. (randomUUID is there on https and localhost only.) */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
