// What the visitor means to buy, kept in the browser with the price that was seen, so that another one later can be pointed out.

import { load, save, watch } from "./storage.js";

export const MOST_LINES = 100;
export const MOST_UNITS = 10_000;

const listeners = new Set();

/** [{id, name, price, currency, image, quantity}] */
export const lines = () => load("basket", []);
export const count = () => lines().reduce((total, line) => total + line.quantity, 0);
export const onChange = (listener) => listeners.add(listener);

/** Whether there was room for it. */
export function add(product, quantity) {
  const all = lines();
  const line = all.find((each) => each.id === product.id);
  if (!line && all.length >= MOST_LINES) return false;
  if (line) Object.assign(line, seen(product), { quantity: within(line.quantity + quantity) });
  else all.push({ ...seen(product), quantity: within(quantity) });
  store(all);
  return true;
}

export function setQuantity(id, quantity) {
  store(lines().map((line) => (line.id === id ? { ...line, quantity: within(quantity) } : line)));
}

export const remove = (id) => store(lines().filter((line) => line.id !== id));

/** The visitor has been shown these prices. */
export function confirmPrices(products) {
  store(lines().map((line) => (products.has(line.id) ? { ...line, ...seen(products.get(line.id)) } : line)));
}

/** What was ordered is not to be bought again; what was added meanwhile stays. */
export function take(items) {
  const ordered = new Map(items.map((item) => [item.product_id, item.quantity]));
  const rest = lines().map((line) => ({ ...line, quantity: line.quantity - (ordered.get(line.id) ?? 0) }));
  store(rest.filter((line) => line.quantity > 0));
}

const seen = ({ id, name, price, currency, image_url: image }) => ({ id, name, price, currency, image });
const within = (quantity) => Math.min(Math.max(Math.trunc(quantity) || 1, 1), MOST_UNITS);

function store(all) {
  save("basket", all);
  tell();
}

const tell = () => listeners.forEach((listener) => listener());
watch("basket", tell);
