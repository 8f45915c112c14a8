// A product in a list: picture, name, price, and a slot for its stock.

import { h, userText } from "../dom.js";
import { money } from "../money.js";
import { picture } from "./picture.js";

/** @param {Product} product @param {Child} slot */
export function card(product, slot = null, { eager = false } = {}) {
  const price = h("span", { class: "price" }, money(product.price, product.currency));
  const category = product.category.split("/").at(-1);
  return h(
    "li",
    { class: "card" },
    picture(product.image_url, { eager }),
    h(
      "div",
      { class: "card-text" },
      userText("a", product.name, { href: `/products/${product.id}`, class: "card-name" }),
      category && userText("p", category, { class: "card-category" }),
      h("p", { class: "card-foot" }, price, slot),
    ),
  );
}

/** @param {Product[]} products @param {(product: Product, index: number) => Element} render */
export const cardGrid = (products, render = (product) => card(product)) =>
  h("ul", { class: "grid" }, products.map(render));
