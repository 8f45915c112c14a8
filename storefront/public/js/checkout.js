// Places an order exactly once.
//
// An attempt is a request with its Idempotency-Key. It is stored before the first send and deleted
// after a final response. It is repeated unchanged, so that a lost connection, a 503, a page reload
// or a second tab never place a second order.

import { newIdempotencyKey, requestAsUser } from "./api.js";
import * as basket from "./basket.js";
import { ApiError } from "./http.js";
import * as session from "./session.js";
import { changeListeners, load, save, watch, withLock } from "./storage.js";

const MAX_AGE_MS = 23 * 3600 * 1000; // the order service keeps a key for 24 hours
const RETRY_FOR_MS = 90_000;
const MAX_BACKOFF_SECONDS = 8;

const { onChange, notify } = changeListeners();
export { onChange };

/** The attempt of this user that has no final response yet. */
export function getPending() {
  const attempt = load("attempt", /** @type {CheckoutAttempt | null} */ (null));
  return attempt && [null, attempt.user].includes(session.userId()) ? attempt : null;
}

/** The service may have deleted the key, so that a repetition could place a second order. */
export const isTooOld = (/** @type {CheckoutAttempt} */ attempt) =>
  Date.now() - attempt.at > MAX_AGE_MS;

/** @param {OrderRequest} body */
export function begin(body) {
  const attempt = { key: newIdempotencyKey(), body, user: session.userId(), at: Date.now() };
  store(attempt);
  return attempt;
}

/**
 * Returns the order. Throws an ApiError: after one with an unknown outcome (`isUnknown`) the
 * attempt can be repeated; after any other, nothing was ordered.
 * @param {CheckoutAttempt} attempt
 * @param {(error: ApiError, tries: number) => void} onRetry
 */
export const place = (attempt, onRetry) => withLock("order", () => retry(attempt, onRetry));

/** @param {CheckoutAttempt} attempt @param {(error: ApiError, tries: number) => void} onRetry */
async function retry(attempt, onRetry) {
  const deadline = Date.now() + RETRY_FOR_MS;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attemptOnce(attempt);
    } catch (error) {
      if (!(error instanceof ApiError) || !isUnknown(error) || Date.now() > deadline) throw error;
      onRetry(error, tries);
      await backoff(error.retryAfter || Math.min(2 ** (tries - 1), MAX_BACKOFF_SECONDS));
    }
  }
}

/** @param {CheckoutAttempt} attempt */
async function attemptOnce(attempt) {
  const options = { json: attempt.body, headers: { "Idempotency-Key": attempt.key } };
  try {
    /** @type {ApiResponse<Order>} */
    const { data } = await requestAsUser("POST", "/api/orders/", options);
    if (discard(attempt)) basket.removeOrdered(attempt.body.items);
    return data;
  } catch (error) {
    // The service did not read a request with a rejected token: its user can repeat the attempt.
    if (error instanceof ApiError && !isUnknown(error) && error.status !== 401) discard(attempt);
    throw error;
  }
}

/** @param {ApiError} error */
export const isUnknown = (error) => error.isRetryable || error.code === "request_in_progress";

/** Returns false when another tab has already discarded it. @param {CheckoutAttempt} attempt */
export function discard(attempt) {
  const isStored =
    load("attempt", /** @type {CheckoutAttempt | null} */ (null))?.key === attempt.key;
  if (isStored) store(null);
  return isStored;
}

/** Ends early when the connection is back. @param {number} seconds @returns {Promise<void>} */
const backoff = (seconds) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    addEventListener("online", done);
  });

/** @param {CheckoutAttempt | null} attempt */
function store(attempt) {
  save("attempt", attempt);
  notify();
}

watch("attempt", notify);
