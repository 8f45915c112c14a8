// Who is signed in. The access token is in this module and nowhere else; the refresh token is in a cookie that no script can read.

import { Failure, send } from "./http.js";
import { load, save, watch } from "./storage.js";

const SESSION = "/api/users/session/";
const HEADERS = { "X-Requested-With": "storefront" };
const EARLY = 5 * 60; // seconds before the end at which a new token is fetched, so that an outage shorter than that goes unnoticed
const LAST = 15; // seconds before the end at which a token is not used any more

let access = null; // {token, expires, id, role}
let refreshing = null;
let timer = 0;
const listeners = new Set();
const otherTabs = "BroadcastChannel" in window ? new BroadcastChannel("shop.session") : null;

/** "in", "out", or "unsure": signed in before, but the user service cannot be asked at the moment. */
export const state = () => (isGood(access, LAST) ? "in" : load("signedIn", false) ? "unsure" : "out");
export const isStaff = () => state() === "in" && access.role === "staff";
export const userId = () => access?.id ?? null;

export const onChange = (listener) => listeners.add(listener);

/** At the start of a page: whoever was signed in still is, if the cookie is good. */
export async function resume() {
  if (load("signedIn", false)) await refresh().catch(() => {});
}

export async function signIn(email, password) {
  const { data } = await send("POST", SESSION, { json: { email, password } });
  accept(data);
  otherTabs?.postMessage("in");
}

export async function signOut() {
  await alone(() => send("DELETE", SESSION, { headers: HEADERS, keepalive: true }));
  forget();
  otherTabs?.postMessage("out");
}

/** A token that is good now. Raises Failure: 401 when nobody is signed in, a temporary one when that cannot be found out. */
export async function token() {
  if (!isGood(access, LAST)) {
    if (!load("signedIn", false)) throw new Failure({ status: 401, problem: { code: "not_authenticated" } });
    await refresh();
  }
  return access.token;
}

/** The services do not take this token any more. */
export function reject(refused) {
  if (access?.token === refused) access = null;
}

/** Whether somebody is signed in, as well as can be found out now. */
export async function known() {
  if (state() === "unsure") await refresh().catch(() => {});
  return state() === "in";
}

/** One at a time, in this tab and in all others: a refresh token can be spent once. */
export function refresh() {
  refreshing ??= alone(step).finally(() => (refreshing = null));
  return refreshing;
}

async function step() {
  try {
    const { data } = await send("POST", `${SESSION}refresh/`, { headers: HEADERS, keepalive: true });
    accept(data);
  } catch (failure) {
    if (failure.status === 401) forget();
    throw failure;
  }
}

/** Other tabs share the cookie. Where there are no locks (plain http), a few seconds of grace at the service have to do. */
const alone = (work) => (navigator.locks ? navigator.locks.request("shop.session", work) : work());

function accept(answer) {
  const before = `${access?.id} ${access?.role}`;
  const claims = JSON.parse(atob(answer.access.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  access = { token: answer.access, expires: now() + answer.expires_in, id: claims.sub, role: claims.role };
  save("signedIn", true);
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), (answer.expires_in - EARLY) * 1000);
  if (before !== `${access.id} ${access.role}`) tell();
}

function forget() {
  access = null;
  save("signedIn", null);
  clearTimeout(timer);
  tell();
}

const now = () => performance.now() / 1000;
const isGood = (held, margin) => held !== null && held.expires - margin > now();
const tell = () => listeners.forEach((listener) => listener());

otherTabs?.addEventListener("message", ({ data }) => {
  if (data === "out") forget();
  else refresh().catch(() => {});
});
watch("signedIn", () => !load("signedIn", false) && access && forget());
