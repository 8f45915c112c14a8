// One product, and how many of it.

import * as basket from "../basket.js";
import { call } from "../api.js";
import { fill, foreign, h } from "../dom.js";
import { send } from "../http.js";
import { money } from "../money.js";
import { notice, toast } from "../parts/notice.js";
import { picture } from "../parts/picture.js";
import { quantity } from "../parts/quantity.js";
import { link } from "../parts/states.js";
import * as session from "../session.js";
import { badge, stockOf } from "../stock.js";
import { words } from "../words.js";

export async function page({ id, signal }) {
  const ask = session.isStaff() ? call : send; // staff may see what is archived
  const { data: product } = await ask("GET", `/api/products/${id}/`, { signal });
  const slot = h("span", { class: "stock-slot" });
  const body = h(
    "article",
    { class: "product" },
    picture(product.image_url, { eager: true }),
    h(
      "div",
      { class: "product-text" },
      product.category &&
        foreign("a", product.category, { href: `/?category=${encodeURIComponent(product.category)}`, class: "crumb" }),
      foreign("h1", product.name, { tabindex: "-1" }),
      h("p", { class: "product-price" }, h("span", { class: "price" }, money(product.price, product.currency)), slot),
      product.is_active ? buying(product) : notice("info", words.product.gone),
      product.description &&
        h(
          "section",
          {},
          h("h2", { class: "product-about" }, words.product.about),
          foreign("p", product.description, { class: "product-description" }),
        ),
      h("p", { class: "quietly" }, words.product.sku, " ", foreign("span", product.sku)),
      session.isStaff() && link(`/desk/products/${id}`, words.product.edit, "button quiet"),
    ),
  );
  return { title: product.name.slice(0, 120), body, ready: () => showStock(slot, id, signal) };
}

function buying(product) {
  const units = quantity(1, words.product.quantity);
  const button = h("button", { type: "button", class: "button wide" }, words.product.add);
  button.addEventListener("click", () => {
    const name = product.name.slice(0, 80);
    if (basket.add(product, units.value())) toast(words.product.added(name), link("/basket", words.product.toBasket, "toast-link"));
    else toast(words.product.full, link("/basket", words.product.toBasket, "toast-link"));
  });
  return h("div", { class: "buying" }, units.element, button);
}

async function showStock(slot, id, signal) {
  const stock = await stockOf([id], signal).catch(() => undefined);
  if (stock === undefined) return;
  fill(slot, badge(stock, id));
  if (stock === null)
    slot
      .closest(".product-text")
      .querySelector(".product-price")
      .after(notice("info", words.stock.unknownTitle, words.stock.unknownText));
}
