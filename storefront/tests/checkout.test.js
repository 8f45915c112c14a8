import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import {
  dispatch,
  json,
  lockRequests,
  lost,
  respondWith,
  runTimers,
  savedInOtherTab,
  sent,
  stored,
  tokenResponse,
} from "./browser.js";

const basket = await import("../public/js/basket.js");
const checkout = await import("../public/js/checkout.js");
const session = await import("../public/js/session.js");

const BODY = {
  items: [{ product_id: "a", quantity: 2 }],
  expected_total: "20.00",
  address_id: "x",
};
const PLACED = json(201, { id: "order-1" });
const UNAVAILABLE = json(503, { code: "service_unavailable", service: "product" });

/** @type {[string, number][]} */
let retries = [];
const onRetry = (
  /** @type {import("../public/js/http.js").ApiError} */ error,
  /** @type {number} */ tries,
) => void retries.push([error.code, tries]);

const orders = () => sent.filter(({ path }) => path === "/api/orders/");
const keys = () => new Set(orders().map(({ headers }) => headers["Idempotency-Key"]));
const inBasket = () => basket.lines().map((line) => line.quantity);

/** @param {CheckoutAttempt} attempt */
const place = (attempt) => runTimers(mock.timers, checkout.place(attempt, onRetry));

beforeEach(async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_800_000_000_000 });
  retries = [];
  stored.clear();
  savedInOtherTab(null);
  respondWith(json(200, tokenResponse("user-1", "customer", 1e6)));
  await session.signIn("ada@example.com", "a password");
  const line = { id: "a", name: "A", price: "10.00", currency: "USD", image: null, quantity: 3 };
  stored.set("shop.basket", JSON.stringify([line]));
  savedInOtherTab("shop.basket");
});
afterEach(() => mock.timers.reset());

test("an attempt is stored before it is sent, and deleted after the order is placed", async () => {
  const attempt = checkout.begin(BODY);
  assert.deepEqual(checkout.getPending(), attempt);
  respondWith(PLACED);
  assert.deepEqual(await place(attempt), { id: "order-1" });
  assert.equal(checkout.getPending(), null);
  assert.deepEqual(orders()[0].body, BODY);
  assert.deepEqual(inBasket(), [1]);
  assert.deepEqual(retries, []);
});

test("a lost response is retried with the same key and the same body", async () => {
  const attempt = checkout.begin(BODY);
  respondWith(lost, lost, PLACED);
  await place(attempt);
  assert.deepEqual(retries, [
    ["no_response", 1],
    ["no_response", 2],
  ]);
  assert.deepEqual([...keys()], [attempt.key]);
  assert.deepEqual(
    orders().map(({ body }) => body),
    [BODY, BODY, BODY],
  );
  assert.deepEqual(inBasket(), [1]);
});

test("a response that is no JSON is retried", async () => {
  respondWith(() => new Response("<html>Sign in to the network</html>"), PLACED);
  await place(checkout.begin(BODY));
  assert.deepEqual(retries, [["no_response", 1]]);
});

test("each attempt has a key of its own", () =>
  assert.notEqual(checkout.begin(BODY).key, checkout.begin(BODY).key));

test("the backoff doubles up to 8 seconds", async () => {
  const start = Date.now();
  /** @type {number[]} */
  const times = [];
  const failing = () => {
    times.push(Math.round((Date.now() - start) / 1000));
    return UNAVAILABLE(sent[0]);
  };
  respondWith(failing, failing, failing, failing, failing, failing, PLACED);
  await place(checkout.begin(BODY));
  const pauses = times.map((time, index) => time - (times[index - 1] ?? 0));
  assert.deepEqual(pauses, [0, 1, 2, 4, 8, 8]);
});

for (const [status, code] of /** @type {[number, string][]} */ ([
  [409, "request_in_progress"],
  [429, "too_many_requests"],
  [503, "service_unavailable"],
])) {
  test(`${status} ${code} waits for Retry-After`, async () => {
    respondWith(json(status, { code }, { "Retry-After": "7" }), PLACED);
    const start = Date.now();
    await place(checkout.begin(BODY));
    assert.equal(Math.round((Date.now() - start) / 1000), 7);
    assert.deepEqual(retries, [[code, 1]]);
    assert.equal(keys().size, 1);
  });
}

test("the retry does not wait when the connection is back", async () => {
  respondWith(lost, PLACED);
  const placing = checkout.place(checkout.begin(BODY), () =>
    setImmediate(() => dispatch("online")),
  );
  assert.deepEqual(await placing, { id: "order-1" });
});

test("a 503 with an unknown outcome keeps the attempt and names the order", async () => {
  const attempt = checkout.begin(BODY);
  const unknown = json(503, { code: "service_unavailable", order_id: "order-9" });
  respondWith(...Array(50).fill(unknown));
  const start = Date.now();
  await assert.rejects(place(attempt), (/** @type {any} */ error) => {
    assert.equal(checkout.isUnknown(error), true);
    assert.equal(error.problem.order_id, "order-9");
    return true;
  });
  assert.ok(Date.now() - start > 90_000);
  assert.deepEqual(checkout.getPending(), attempt);
  assert.deepEqual(inBasket(), [3]);

  respondWith(PLACED);
  await place(attempt);
  assert.deepEqual([...keys()], [attempt.key]);
});

for (const [status, code] of /** @type {[number, string][]} */ ([
  [400, "invalid"],
  [409, "insufficient_stock"],
  [409, "price_changed"],
  [422, "product_not_found"],
  [422, "idempotency_key_reused"],
])) {
  test(`${status} ${code} is final: nothing was ordered, and the basket is unchanged`, async () => {
    respondWith(json(status, { code }));
    await assert.rejects(place(checkout.begin(BODY)), { status, code });
    assert.equal(orders().length, 1);
    assert.equal(checkout.getPending(), null);
    assert.deepEqual(inBasket(), [3]);
  });
}

test("an expired session keeps the attempt for its user", async () => {
  const attempt = checkout.begin(BODY);
  respondWith(json(401, {}), json(401, {}));
  await assert.rejects(place(attempt), { status: 401 });
  assert.equal(session.state(), "signed-out");
  assert.deepEqual(checkout.getPending(), attempt);
});

test("another user does not see the attempt", async () => {
  checkout.begin(BODY);
  respondWith(json(200, tokenResponse("user-2", "customer", 1e6)));
  await session.signIn("bob@example.com", "a password");
  assert.equal(checkout.getPending(), null);
});

test("an attempt is too old after 23 hours, before the service deletes its key", () => {
  const attempt = checkout.begin(BODY);
  assert.equal(checkout.isTooOld({ ...attempt, at: Date.now() - 22 * 3600_000 }), false);
  assert.equal(checkout.isTooOld({ ...attempt, at: Date.now() - 24 * 3600_000 }), true);
});

test("two tabs that place one attempt get one order, and the basket changes once", async () => {
  const attempt = checkout.begin(BODY);
  respondWith(PLACED, json(201, { id: "order-1" }, { "Idempotency-Replayed": "true" }));
  lockRequests.length = 0;
  const both = Promise.all([checkout.place(attempt, onRetry), checkout.place(attempt, onRetry)]);
  assert.deepEqual(await runTimers(mock.timers, both), [{ id: "order-1" }, { id: "order-1" }]);
  assert.deepEqual(lockRequests, ["shop.order", "shop.order"]);
  assert.equal(keys().size, 1);
  assert.deepEqual(inBasket(), [1]);
});

test("discard keeps an attempt that was begun later", () => {
  const first = checkout.begin(BODY);
  const second = checkout.begin(BODY);
  assert.equal(checkout.discard(first), false);
  assert.deepEqual(checkout.getPending(), second);
  assert.equal(checkout.discard(second), true);
});
