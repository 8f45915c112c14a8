import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import {
  document,
  history,
  json,
  location,
  respondWith,
  savedInOtherTab,
  sent,
  setAddress,
  stored,
  tokenResponse,
} from "./browser.js";

const router = await import("../public/js/router.js");
const { find } = await import("../public/js/routes.js");
const { localPath } = await import("../public/js/pages/sign-in.js");
const session = await import("../public/js/session.js");

const ID = "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22";

before(async () => {
  setAddress("/nowhere");
  await router.start();
});

beforeEach(() => {
  stored.clear();
  savedInOtherTab(null);
  respondWith();
});

after(() => savedInOtherTab(null));

/** @param {string} role */
async function signIn(role) {
  respondWith(json(200, tokenResponse("user-1", role)));
  await session.signIn("ada@example.com", "a password");
}

test("find matches paths with and without the trailing slash, and ids only", () => {
  assert.equal(find(`/products/${ID}`)?.id, ID);
  assert.equal(find("/basket/")?.route, find("/basket")?.route);
  for (const path of ["/products/7", "/products/", "/basket/x", "/Basket", "/docs/"])
    assert.equal(find(path), null, path);
});

test("an unknown path shows the page for not found", async () => {
  await router.navigate("/products/7");
  assert.equal(document.title, "Page not found · Shop");
  assert.deepEqual(sent, []);
});

test("the guard asks a signed-out user to sign in, and returns to the page", async () => {
  await router.navigate("/orders?cursor=x");
  assert.equal(document.title, "Sign in · Shop");
  const main = JSON.stringify(document.getElementById("main"), (_key, value) =>
    value instanceof Map ? Object.fromEntries(value) : value,
  );
  assert.ok(main.includes("/sign-in?next=%2Forders%3Fcursor%3Dx"));
  assert.deepEqual(sent, []);
});

test("the guard shows an outage when the user service does not respond", async () => {
  stored.set("shop.signedIn", "true");
  respondWith(json(503, {}));
  await router.navigate("/orders");
  assert.equal(document.title, "Sign-in is not available at the moment · Shop");
});

test("the guard keeps customers out of staff pages", async () => {
  await signIn("customer");
  sent.length = 0;
  await router.navigate("/staff/users");
  assert.equal(document.title, "This page is for staff · Shop");
  assert.deepEqual(sent, []);
});

test("the guard lets staff in", async () => {
  await signIn("staff");
  await router.navigate("/staff/import");
  assert.equal(document.title, "Import products · Staff · Shop");
});

test("navigate pushes the address, and replaces it on request", async (context) => {
  const push = context.mock.method(history, "pushState");
  const replace = context.mock.method(history, "replaceState");
  await router.navigate("/nowhere");
  assert.equal(push.mock.callCount(), 1);
  assert.equal(location.pathname, "/nowhere");
  const before = replace.mock.calls.length;
  await router.navigate("/elsewhere", { replace: true });
  assert.equal(push.mock.callCount(), 1);
  assert.ok(replace.mock.calls.length > before);
  assert.equal(location.pathname, "/elsewhere");
});

test("a page that was left while it was loading is not rendered", async () => {
  const left = router.navigate("/basket");
  await router.navigate("/nowhere");
  await left;
  assert.equal(document.title, "Page not found · Shop");
});

/**
 * @param {string} href
 * @param {Record<string, unknown>} event
 * @param {Record<string, unknown>} link
 */
function click(href, event = {}, link = {}) {
  const url = new URL(href, location.href).href;
  const element = { href: url, target: "", hasAttribute: () => false, getAttribute: () => href };
  const target = { closest: () => ({ ...element, ...link }) };
  const click = Object.assign(new Event("click", { cancelable: true }), { button: 0, ...event });
  Object.defineProperty(click, "target", { value: target });
  if (event.isHandled) click.preventDefault();
  document.dispatchEvent(click);
  return click.defaultPrevented;
}

test("a click on a link to a page is handled by the router", () => {
  assert.equal(click("/register?next=%2F"), true);
  assert.equal(location.pathname + location.search, "/register?next=%2F");
});

for (const [name, ...args] of /** @type {[string, string, {}?, {}?][]} */ ([
  ["with Ctrl", "/basket", { ctrlKey: true }],
  ["with Shift", "/basket", { shiftKey: true }],
  ["with the middle button", "/basket", { button: 1 }],
  ["for a new window", "/basket", {}, { target: "_blank" }],
  ["for a download", "/basket", {}, { hasAttribute: () => true }],
  ["to another site", "https://example.com/basket"],
  ["to the API documentation", "/docs/"],
  ["to a part of the page", "#main"],
])) {
  test(`a click ${name} is left to the browser`, () => {
    const before = location.pathname;
    assert.equal(click(...args), false);
    assert.equal(location.pathname, before);
  });
}

test("a click that another listener has handled is left alone", () => {
  const before = location.pathname;
  click("/basket", { isHandled: true });
  assert.equal(location.pathname, before);
});

test("sign-in returns to addresses of this shop only", () => {
  assert.equal(localPath("/orders?cursor=x"), "/orders?cursor=x");
  for (const address of [
    null,
    "",
    "orders",
    "https://example.com/",
    "//example.com/orders",
    "/\\example.com",
  ])
    assert.equal(localPath(address), "/", String(address));
});
