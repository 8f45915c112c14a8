// A product among others: picture, name, price, and room for how many there are.

import { foreign, h } from "../dom.js";
import { money } from "../money.js";
import { picture } from "./picture.js";

export function card(product, slot = null, { eager = false } = {}) {
  return h(
    "li",
    { class: "card" },
    picture(product.image_url, { eager }),
    h(
      "div",
      { class: "card-text" },
      foreign("a", product.name, { href: `/products/${product.id}`, class: "card-name" }),
      product.category && foreign("p", product.category.split("/").at(-1), { class: "card-category" }),
      h("p", { class: "card-foot" }, h("span", { class: "price" }, money(product.price, product.currency)), slot),
    ),
  );
}
