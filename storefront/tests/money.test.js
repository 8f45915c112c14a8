import assert from "node:assert/strict";
import { test } from "node:test";

import { money, sum, times } from "../public/js/money.js";

test("times and sum keep the decimals of the currency", () => {
  assert.equal(times("500", 3), "1500");
  assert.equal(times("19.99", 3), "59.97");
  assert.equal(times("0.125", 7), "0.875");
  assert.equal(sum(["500", "20"]), "520");
  assert.equal(sum(["0.10", "0.20"]), "0.30");
  assert.equal(sum(["1.005", "2.005"]), "3.010");
  assert.equal(sum(["1", "0.50"]), "1.50");
});

test("sums are exact where floats are not", () => {
  assert.equal(sum(Array(1000).fill("0.10")), "100.00");
  assert.equal(times("9999999999.99", 10_000), "99999999999900.00");
});

test("amounts below one keep the leading zero", () => {
  assert.equal(times("0.01", 1), "0.01");
  assert.equal(times("0.001", 2), "0.002");
  assert.equal(times("0.00", 5), "0.00");
});

test("the sum of nothing is zero", () => assert.equal(sum([]), "0"));

test("money shows currencies with 0, 2 and 3 decimals", () => {
  assert.equal(money("1500", "JPY"), "¥1,500");
  assert.equal(money("1500.00", "JPY"), "¥1,500");
  assert.equal(money("19.99", "USD"), "$19.99");
  assert.equal(money("1.125", "KWD").replace(/\s/, " "), "KWD 1.125");
});

test("money formats large amounts without rounding", () =>
  assert.equal(money("99999999999999.99", "USD"), "$99,999,999,999,999.99"));

test("money falls back to dollars for a basket line without a currency", () =>
  assert.equal(money("1.00", ""), "$1.00"));
