import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { savedInOtherTab, stored } from "./browser.js";

const basket = await import("../public/js/basket.js");

/** @param {string} id @param {Partial<Product>} values @returns {Product} */
const product = (id, values = {}) => ({
  id,
  sku: id,
  name: `Product ${id}`,
  description: "",
  price: "10.00",
  currency: "USD",
  category: "",
  image_url: null,
  is_active: true,
  ...values,
});

const quantities = () => basket.lines().map((line) => [line.id, line.quantity]);

beforeEach(() => basket.lines().forEach((line) => basket.remove(line.id)));

test("adding a product again adds up its quantity and takes the new price", () => {
  basket.add(product("a"), 2);
  basket.add(product("a", { price: "12.00" }), 3);
  assert.deepEqual(quantities(), [["a", 5]]);
  assert.equal(basket.lines()[0].price, "12.00");
  assert.equal(basket.count(), 5);
});

test("clamp returns an integer from 1 to the stock", () => {
  const cases = [
    [0, 1],
    [-5, 1],
    [NaN, 1],
    [2.9, 2],
    [4, 4],
    [5, 4],
    [Infinity, 4],
  ];
  for (const [quantity, expected] of cases) assert.equal(basket.clamp(quantity, 4), expected);
  assert.equal(basket.clamp(20_000), 10_000);
  assert.equal(basket.clamp(20_000, 50_000), 10_000);
});

test("a line never exceeds the maximum of the order service", () => {
  basket.add(product("a"), 9_999);
  basket.add(product("a"), 9_999);
  assert.deepEqual(quantities(), [["a", 10_000]]);
  basket.setQuantity("a", 0);
  assert.deepEqual(quantities(), [["a", 1]]);
});

test("a full basket rejects another product, and takes more of one it has", () => {
  for (let id = 0; id < 100; id += 1) assert.equal(basket.add(product(`p${id}`), 1), true);
  assert.equal(basket.add(product("one too many"), 1), false);
  assert.equal(basket.add(product("p0"), 1), true);
  assert.equal(basket.lines().length, 100);
  assert.equal(basket.count(), 101);
});

test("removeOrdered keeps what was added while the order was placed", () => {
  basket.add(product("a"), 5);
  basket.add(product("b"), 1);
  basket.add(product("c"), 1);
  basket.removeOrdered([
    { product_id: "a", quantity: 3 },
    { product_id: "b", quantity: 1 },
  ]);
  assert.deepEqual(quantities(), [
    ["a", 2],
    ["c", 1],
  ]);
});

test("confirmPrices changes the price and not the quantity", () => {
  basket.add(product("a"), 5);
  basket.add(product("b"), 1);
  basket.confirmPrices(new Map([["a", product("a", { price: "9.00" })]]));
  assert.deepEqual(
    basket.lines().map((line) => [line.id, line.price, line.quantity]),
    [
      ["a", "9.00", 5],
      ["b", "10.00", 1],
    ],
  );
});

test("listeners are called for a change in this tab and in another tab", () => {
  let calls = 0;
  basket.onChange(() => (calls += 1));
  basket.add(product("a"), 1);
  assert.equal(calls, 1);
  stored.set("shop.basket", "[]");
  savedInOtherTab("shop.basket");
  savedInOtherTab("shop.other");
  assert.equal(calls, 2);
  assert.deepEqual(basket.lines(), []);
});

test("the basket works in memory while localStorage is not available", (context) => {
  const fail = () => {
    throw new Error("QuotaExceededError");
  };
  context.mock.method(localStorage, "setItem", fail);
  context.mock.method(localStorage, "getItem", fail);
  basket.add(product("a"), 2);
  assert.deepEqual(quantities(), [["a", 2]]);
});
