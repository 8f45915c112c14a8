// Placing an order so that it exists once, whatever happens on the way.
//
// An attempt is a request with its Idempotency-Key, kept in the browser from before the first send until the answer is definitive. It is
// repeated unchanged: after a lost connection, a 503 or a reload, and by several tabs if need be, it is one order or none.

import { call, newKey } from "./api.js";
import * as basket from "./basket.js";
import * as session from "./session.js";
import { load, save, watch } from "./storage.js";

const KEPT = 23 * 3600 * 1000; // milliseconds; the order service keeps a key for 24 hours
const PATIENCE = 90_000;
const LONGEST_PAUSE = 8;
const listeners = new Set();

export const onChange = (listener) => listeners.add(listener);

/** The attempt that has no definitive answer yet, of whoever is signed in. */
export function pending() {
  const attempt = load("attempt", null);
  if (!attempt || (session.userId() && attempt.user !== session.userId())) return null;
  return attempt;
}

/** After so long the key may be forgotten, and repeating it could order twice. */
export const isTooOld = (attempt) => Date.now() - attempt.at > KEPT;

export function begin(body) {
  const attempt = { key: newKey(), body, user: session.userId(), at: Date.now() };
  keep(attempt);
  return attempt;
}

/** Returns the order. Raises Failure: temporary when it is still unknown what became of it, otherwise nothing was ordered. */
export const place = (attempt, waiting) => alone(() => repeat(attempt, waiting));

async function repeat(attempt, waiting) {
  const giveUp = Date.now() + PATIENCE;
  for (let tries = 1; ; tries += 1) {
    try {
      return await once(attempt);
    } catch (failure) {
      if (!isUnknown(failure)) throw failure;
      if (Date.now() > giveUp) throw failure;
      waiting(failure, tries);
      await pause(failure.retryAfter || Math.min(2 ** (tries - 1), LONGEST_PAUSE));
    }
  }
}

async function once(attempt) {
  try {
    const headers = { "Idempotency-Key": attempt.key };
    const { data } = await call("POST", "/api/orders/", { json: attempt.body, headers });
    if (load("attempt", null)?.key === attempt.key) {
      keep(null);
      basket.take(attempt.body.items);
    }
    return data;
  } catch (failure) {
    // Without a good token nobody has looked at the request yet: the attempt waits for its owner.
    if (!isUnknown(failure) && failure.status !== 401) keep(null);
    throw failure;
  }
}

export const isUnknown = (failure) => failure.temporary || failure.code === "request_in_progress";

export const giveUp = () => keep(null);

/** The moment the connection is back is a better time to try than any other. */
const pause = (seconds) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    addEventListener("online", done);
  });

const alone = (work) => (navigator.locks ? navigator.locks.request("shop.order", work) : work());

function keep(attempt) {
  save("attempt", attempt);
  tell();
}

const tell = () => listeners.forEach((listener) => listener());
watch("attempt", tell);
