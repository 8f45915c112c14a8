// The lines of the basket as they are now: prices, stock, and what is different from what the visitor saw.

import * as basket from "../basket.js";
import { foreign, h } from "../dom.js";
import { Failure, send } from "../http.js";
import { money, sum, times } from "../money.js";
import { badge, stockOf } from "../stock.js";
import { words } from "../words.js";
import { toast } from "./notice.js";
import { picture } from "./picture.js";
import { quantity } from "./quantity.js";

/** {lines, products, stock}: products and stock by id, null where they cannot be asked for. */
export async function current(signal) {
  const ids = basket.lines().map((line) => line.id);
  const [products, stock] = await Promise.all([productsOf(ids, signal), stockOf(ids, signal)]);
  return again({ products, stock });
}

/** The basket of now with what was found out before. */
export const again = ({ products, stock }) => ({
  lines: basket.lines().map((line) => compared(line, products, stock)),
  products,
  stock,
});

/** null when the catalogue cannot be asked. */
export async function productsOf(ids, signal) {
  if (!ids.length) return new Map();
  try {
    const { data } = await send("GET", `/api/products/?page_size=100&ids=${ids.join(",")}`, { signal, patience: 8000 });
    return new Map(data.results.map((product) => [product.id, product]));
  } catch (error) {
    if (error instanceof Failure && error.temporary) return null;
    throw error;
  }
}

function compared(line, products, stock) {
  const product = products?.get(line.id);
  const available = stock === null ? null : (stock.get(line.id) ?? 0);
  return {
    ...line,
    ...(product && { name: product.name, price: product.price, image: product.image_url, currency: product.currency }),
    was: product && product.price !== line.price ? line.price : null,
    isGone: products !== null && !product,
    available,
    isShort: available !== null && available < line.quantity,
  };
}

export const total = (lines) => sum(lines.filter((line) => !line.isGone).map((line) => times(line.price, line.quantity)));

/** `changed` is called once the basket is another one. `without` leaves the controls away. */
export function lineList(lines, { stock = undefined, changed = null } = {}) {
  return h(
    "ul",
    { class: "lines" },
    lines.map((line) => lineOf(line, stock, changed)),
  );
}

function lineOf(line, stock, changed) {
  const units =
    changed && !line.isGone && quantity(line.quantity, words.common.quantityOf(line.name), (value) => update(line, value, changed));
  return h(
    "li",
    { class: `line ${line.isGone ? "line-gone" : ""}`, "data-row": line.id },
    picture(line.image),
    h(
      "div",
      { class: "line-text" },
      foreign("a", line.name, { href: `/products/${line.id}`, class: "line-name" }),
      h(
        "p",
        { class: "quietly line-facts" },
        h("span", {}, `${money(line.price, line.currency)} ${words.basket.each}`),
        stock !== undefined && !line.isGone && badge(stock, line.id),
      ),
      remarks(line, changed),
    ),
    h(
      "div",
      { class: "line-end" },
      h("span", { class: "price" }, line.isGone ? words.common.none : money(times(line.price, line.quantity), line.currency)),
      units ? units.element : h("span", { class: "quietly" }, `× ${line.quantity}`),
      changed && remover(line, changed),
    ),
  );
}

function remarks(line, changed) {
  const said = [];
  if (line.isGone) said.push(h("p", { class: "remark" }, words.basket.gone));
  if (line.was) said.push(h("p", { class: "remark" }, words.basket.priceWas(money(line.was, line.currency))));
  if (line.isShort && !line.isGone)
    said.push(
      h(
        "p",
        { class: "remark" },
        line.remark ?? words.basket.short(line.available),
        changed && line.available > 0 && taker(line, changed),
      ),
    );
  return said;
}

const taker = (line, changed) =>
  h(
    "button",
    { type: "button", class: "link", onclick: () => update(line, line.available, changed) },
    words.basket.take(line.available),
  );

function remover(line, changed) {
  const remove = () => {
    basket.remove(line.id);
    toast(words.basket.removed(line.name.slice(0, 80)));
    changed();
  };
  return h(
    "button",
    { type: "button", class: "link", "aria-label": `${words.common.remove} ${line.name.slice(0, 80)}`, onclick: remove },
    words.common.remove,
  );
}

function update(line, value, changed) {
  basket.setQuantity(line.id, value);
  changed();
}
