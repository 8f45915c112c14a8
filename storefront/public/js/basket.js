// The basket, stored in the browser. Each line keeps the price the visitor saw, to show a change.

import { changeListeners, load, save, watch } from "./storage.js";

const MAX_LINES = 100;
export const MAX_QUANTITY = 10_000;

const { onChange, notify } = changeListeners();
export { onChange };

/** @returns {BasketLine[]} */
export const lines = () => load("basket", []);
export const count = () => lines().reduce((total, line) => total + line.quantity, 0);

/** Returns false when the basket is full. @param {Product} product @param {number} quantity */
export function add(product, quantity) {
  const all = lines();
  const line = all.find((each) => each.id === product.id);
  if (!line && all.length >= MAX_LINES) return false;
  if (line) Object.assign(line, snapshot(product), { quantity: clamp(line.quantity + quantity) });
  else all.push({ ...snapshot(product), quantity: clamp(quantity) });
  store(all);
  return true;
}

/** @param {string} id @param {number} quantity */
export const setQuantity = (id, quantity) =>
  store(lines().map((line) => (line.id === id ? { ...line, quantity: clamp(quantity) } : line)));

/** @param {string} id */
export const remove = (id) => store(lines().filter((line) => line.id !== id));

/** Stores the prices that the visitor has just seen. @param {Map<string, Product>} products */
export function confirmPrices(products) {
  const confirmed = (/** @type {BasketLine} */ line) => {
    const product = products.get(line.id);
    return product ? { ...line, ...snapshot(product) } : line;
  };
  store(lines().map(confirmed));
}

/** Units that were added while the order was placed stay. @param {OrderRequest["items"]} items */
export function removeOrdered(items) {
  const ordered = new Map(items.map((item) => [item.product_id, item.quantity]));
  const rest = lines().map((line) => ({
    ...line,
    quantity: line.quantity - (ordered.get(line.id) ?? 0),
  }));
  store(rest.filter((line) => line.quantity > 0));
}

/** An integer from 1 to `max`. @param {number} quantity */
export const clamp = (quantity, max = MAX_QUANTITY) =>
  Math.min(Math.max(Math.trunc(quantity) || 1, 1), max, MAX_QUANTITY);

/** @param {Product} product */
export const snapshot = ({ id, name, price, currency, image_url: image }) => ({
  id,
  name,
  price,
  currency,
  image,
});

/** @param {BasketLine[]} all */
function store(all) {
  save("basket", all);
  notify();
}

watch("basket", notify);
