import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import {
  json,
  lockRequests,
  lost,
  respondWith,
  savedInOtherTab,
  sent,
  stored,
  tokenResponse,
} from "./browser.js";

const session = await import("../public/js/session.js");
const { requestAsUser } = await import("../public/js/api.js");

// A second instance of the modules: another tab with the same storage, cookie and locks.
const otherTab = await import(`../public/js/session.js?${"other-tab"}`);

const REFRESH = "/api/users/session/refresh/";
const paths = () => sent.map(({ method, path }) => `${method} ${path}`);

beforeEach(() => {
  stored.clear();
  savedInOtherTab(null);
  lockRequests.length = 0;
});

/** @param {string} role */
async function signIn(role = "customer", lifetime = 900) {
  respondWith(json(200, tokenResponse("user-1", role, lifetime)));
  await session.signIn("ada@example.com", "a password");
  sent.length = 0;
}

test("sign-in takes the user and the role from the token, and stores no token", async () => {
  await signIn("staff");
  assert.equal(session.state(), "signed-in");
  assert.equal(session.userId(), "user-1");
  assert.equal(session.isStaff(), true);
  assert.deepEqual([...stored], [["shop.signedIn", "true"]]);
});

test("a signed-out user gets no token, and no request is sent", async () => {
  respondWith();
  await assert.rejects(session.token(), { status: 401, code: "not_authenticated" });
  assert.deepEqual(sent, []);
});

test("concurrent requests share one refresh", async () => {
  stored.set("shop.signedIn", "true");
  respondWith(json(200, tokenResponse("user-1")));
  const tokens = await Promise.all([session.token(), session.token(), session.resolve()]);
  assert.equal(tokens[0], tokens[1]);
  assert.deepEqual(paths(), [`POST ${REFRESH}`]);
});

test("two tabs refresh one after the other, so that a refresh token is used once", async () => {
  stored.set("shop.signedIn", "true");
  let active = 0;
  const slow = async () => {
    active += 1;
    assert.equal(active, 1);
    await new Promise((resolve) => setTimeout(resolve));
    active -= 1;
    return new Response(JSON.stringify(tokenResponse("user-1")));
  };
  respondWith(slow, slow);
  await Promise.all([session.token(), otherTab.token()]);
  assert.deepEqual(lockRequests, ["shop.session", "shop.session"]);
  assert.deepEqual(paths(), [`POST ${REFRESH}`, `POST ${REFRESH}`]);
});

test("a rejected refresh signs out; an outage of the user service does not", async () => {
  stored.set("shop.signedIn", "true");
  respondWith(lost, json(503, { code: "service_unavailable" }), json(401, {}));
  for (const expected of ["unknown", "unknown", "signed-out"]) {
    assert.equal(await session.resolve(), false);
    assert.equal(session.state(), expected);
  }
});

test("sign-out in another tab signs out this tab", async () => {
  await signIn();
  let calls = 0;
  session.onChange(() => (calls += 1));
  stored.delete("shop.signedIn");
  savedInOtherTab("shop.signedIn");
  assert.equal(session.state(), "signed-out");
  assert.equal(session.userId(), null);
  assert.equal(calls, 1);
});

test("a failed sign-out keeps the session", async () => {
  await signIn();
  respondWith(lost);
  await assert.rejects(session.signOut(), { status: 0 });
  assert.equal(session.state(), "signed-in");
});

test("a token close to its expiry is refreshed before it is used", async () => {
  await signIn("customer", 10);
  const fresh = tokenResponse("user-1");
  respondWith(json(200, fresh), json(200, {}));
  await requestAsUser("GET", "/api/users/me/");
  assert.deepEqual(paths(), [`POST ${REFRESH}`, "GET /api/users/me/"]);
  assert.equal(sent[1].headers.Authorization, `Bearer ${fresh.access}`);
});

test("a token is refreshed five minutes before its expiry", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  await signIn("customer", 900);
  respondWith(json(200, tokenResponse("user-1")));
  mock.timers.tick(599_000);
  assert.deepEqual(paths(), []);
  mock.timers.tick(2_000);
  await session.resolve();
  assert.deepEqual(paths(), [`POST ${REFRESH}`]);
  mock.timers.reset();
});

test("a request with a rejected token is repeated once with a new token", async () => {
  await signIn();
  const fresh = tokenResponse("user-1");
  respondWith(json(401, {}), json(200, fresh), json(200, { id: "user-1" }));
  const { data } = await requestAsUser("GET", "/api/users/me/");
  assert.deepEqual(data, { id: "user-1" });
  assert.deepEqual(paths(), ["GET /api/users/me/", `POST ${REFRESH}`, "GET /api/users/me/"]);
  assert.equal(sent[2].headers.Authorization, `Bearer ${fresh.access}`);
});

test("a second rejection is final", async () => {
  await signIn();
  respondWith(json(401, {}), json(200, tokenResponse("user-1")), json(401, {}));
  await assert.rejects(requestAsUser("GET", "/api/users/me/"), { status: 401 });
  assert.equal(sent.length, 3);
});
