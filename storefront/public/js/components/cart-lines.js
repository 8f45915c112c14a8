// The lines of the basket with live prices and stock, and what has changed since they were added.

import * as basket from "../basket.js";
import { button, h, userText } from "../dom.js";
import { messages } from "../messages.js";
import { money, sum, times } from "../money.js";
import { fetchProducts } from "../product-lookup.js";
import { badge, fetchStock } from "../stock.js";
import { toast } from "./alerts.js";
import { picture } from "./picture.js";
import { quantity } from "./quantity.js";

/** @param {AbortSignal} signal */
export async function fetchCart(signal) {
  const ids = basket.lines().map((line) => line.id);
  const [products, stock] = await Promise.all([
    fetchProducts(ids, signal),
    fetchStock(ids, signal),
  ]);
  return merge({ products, stock });
}

/**
 * The current basket with data that was loaded before.
 * @param {Omit<Cart, "lines">} live
 * @returns {Cart}
 */
export const merge = ({ products, stock }) => ({
  lines: basket.lines().map((line) => withLiveData(line, products, stock)),
  products,
  stock,
});

/**
 * @param {BasketLine} line
 * @param {Cart["products"]} products
 * @param {Cart["stock"]} stock
 * @returns {CartLine}
 */
function withLiveData(line, products, stock) {
  const product = products?.get(line.id);
  const available = stock ? (stock.get(line.id) ?? 0) : null;
  return {
    ...line,
    ...(product && basket.snapshot(product)),
    oldPrice: product && product.price !== line.price ? line.price : null,
    isUnavailable: products !== null && !product,
    available,
    isInsufficient: available !== null && available < line.quantity,
  };
}

/** @param {CartLine[]} lines */
export const total = (lines) =>
  sum(lines.filter((line) => !line.isUnavailable).map((line) => times(line.price, line.quantity)));

/** @param {string} text @param {string} amount @param {string} currency */
export const totalRow = (text, amount, currency) =>
  h(
    "p",
    { class: "total" },
    h("span", {}, text),
    h("strong", { class: "price" }, money(amount, currency)),
  );

/** @param {CartLine[]} lines @param {() => unknown} onChange @param {Cart["stock"]} [stock] */
export const lineList = (lines, onChange, stock) =>
  h(
    "ul",
    { class: "lines" },
    lines.map((line) => lineItem(line, onChange, stock)),
  );

/** @param {CartLine} line @param {() => unknown} onChange @param {Cart["stock"]} [stock] */
function lineItem(line, onChange, stock) {
  const update = (/** @type {number} */ value) => {
    basket.setQuantity(line.id, value);
    onChange();
  };
  const { isUnavailable } = line;
  const lineTotal = money(times(line.price, line.quantity), line.currency);
  const input = quantity(line.quantity, messages.common.quantityOf(line.name), update);
  return h(
    "li",
    { class: `line ${isUnavailable ? "line-unavailable" : ""}`, "data-row": line.id },
    picture(line.image),
    h(
      "div",
      { class: "line-text" },
      userText("a", line.name, { href: `/products/${line.id}`, class: "line-name" }),
      h(
        "p",
        { class: "muted line-details" },
        h("span", {}, `${money(line.price, line.currency)} ${messages.basket.each}`),
        stock !== undefined && !isUnavailable && badge(stock, line.id),
      ),
      lineMessages(line, update),
    ),
    h(
      "div",
      { class: "line-end" },
      h("span", { class: "price" }, isUnavailable ? messages.common.none : lineTotal),
      isUnavailable ? h("span", { class: "muted" }, `× ${line.quantity}`) : input.element,
      removeButton(line, onChange),
    ),
  );
}

/** @param {CartLine} line @param {(quantity: number) => void} update */
function lineMessages(line, update) {
  const t = messages.basket;
  const { available, oldPrice } = line;
  const message = (/** @type {Child[]} */ ...content) => h("p", { class: "line-message" }, content);
  return [
    line.isUnavailable && message(t.unavailable),
    oldPrice && message(t.oldPrice(money(oldPrice, line.currency))),
    line.isInsufficient &&
      !line.isUnavailable &&
      message(
        line.message ?? t.insufficient(available),
        available ? setToAvailableButton(available, update) : null,
      ),
  ];
}

/** @param {number} available @param {(quantity: number) => void} update */
const setToAvailableButton = (available, update) =>
  button(messages.basket.setQuantity(available), () => update(available), { class: "link" });

/** @param {CartLine} line @param {() => unknown} onChange */
function removeButton(line, onChange) {
  const name = line.name.slice(0, 80);
  const remove = () => {
    basket.remove(line.id);
    toast(messages.basket.removed(name));
    onChange();
  };
  const label = `${messages.common.remove} ${name}`;
  return button(messages.common.remove, remove, { class: "link", "aria-label": label });
}
