// The session of the signed-in user. The access token stays in this module; the refresh token is in
// a cookie that scripts cannot read.

import { ApiError, request } from "./http.js";
import { changeListeners, load, save, watch, withLock } from "./storage.js";

const SESSION = "/api/users/session/";
const HEADERS = { "X-Requested-With": "storefront" };
const REFRESH_MARGIN = 5 * 60; // seconds: a shorter outage of the user service goes unnoticed
const EXPIRY_MARGIN = 15; // seconds before its end after which a token is not used

/** @typedef {{token: string, expires: number, id: string, role: string}} Access */
/** @type {Access | null} */
let access = null;
/** @type {Promise<void> | null} */
let refreshing = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

const otherTabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("shop.session") : null;
const { onChange, notify } = changeListeners();
export { onChange };

/** "unknown": signed in at the last visit, and the user service is not available. */
export function state() {
  if (fresh()) return "signed-in";
  return load("signedIn", false) ? "unknown" : "signed-out";
}
export const isStaff = () => fresh()?.role === "staff";
export const userId = () => access?.id ?? null;

/** Continues the session of the last visit, if its cookie is valid. */
export async function resume() {
  if (load("signedIn", false)) await refresh().catch(() => {});
}

/** @param {string} email @param {string} password */
export async function signIn(email, password) {
  /** @type {ApiResponse<AccessToken>} */
  const { data } = await request("POST", SESSION, { json: { email, password } });
  setToken(data);
  otherTabs?.postMessage("signed-in");
}

export async function signOut() {
  await withLock("session", () =>
    request("DELETE", SESSION, { headers: HEADERS, keepalive: true }),
  );
  clear();
  otherTabs?.postMessage("signed-out");
}

/** A valid token. Throws ApiError: 401 when signed out, a retryable one when that is unknown. */
export async function token() {
  const current = fresh();
  if (current) return current.token;
  if (load("signedIn", false)) await refresh();
  if (!access) throw new ApiError({ status: 401, problem: { code: "not_authenticated" } });
  return access.token;
}

/** A service has rejected this token. @param {string} rejected */
export function invalidate(rejected) {
  if (access?.token === rejected) access = null;
}

/** Whether a user is signed in, after a refresh if that is unknown. */
export async function resolve() {
  if (state() === "unknown") await refresh().catch(() => {});
  return state() === "signed-in";
}

/** One at a time in all tabs: a refresh token can be used once. */
function refresh() {
  refreshing ??= withLock("session", doRefresh).finally(() => (refreshing = null));
  return refreshing;
}

async function doRefresh() {
  const options = { headers: HEADERS, keepalive: true };
  try {
    /** @type {ApiResponse<AccessToken>} */
    const { data } = await request("POST", `${SESSION}refresh/`, options);
    setToken(data);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) clear();
    throw error;
  }
}

/** @param {AccessToken} response */
function setToken({ access: token, expires_in: lifetime }) {
  const [before, claims] = [access, claimsOf(token)];
  access = { token, expires: now() + lifetime, id: claims.sub, role: claims.role };
  save("signedIn", true);
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), (lifetime - REFRESH_MARGIN) * 1000);
  if (before?.id !== access.id || before.role !== access.role) notify();
}

/** @param {string} token */
const claimsOf = (token) =>
  JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));

function clear() {
  access = null;
  save("signedIn", null);
  clearTimeout(timer);
  notify();
}

const now = () => performance.now() / 1000;

const fresh = () => (access && access.expires - EXPIRY_MARGIN > now() ? access : null);

otherTabs?.addEventListener("message", ({ data }) => {
  if (data === "signed-out") clear();
  else refresh().catch(() => {});
});
watch("signedIn", () => !load("signedIn", false) && access && clear());
