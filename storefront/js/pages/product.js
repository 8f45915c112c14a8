// One product, and how many of it.

import * as basket from "../basket.js";
import { call, query as asQuery } from "../api.js";
import { fill, foreign, h } from "../dom.js";
import { send } from "../http.js";
import { money } from "../money.js";
import { card } from "../parts/card.js";
import { notice, toast } from "../parts/notice.js";
import { picture } from "../parts/picture.js";
import { quantity } from "../parts/quantity.js";
import { link } from "../parts/states.js";
import * as session from "../session.js";
import { badge, stockOf } from "../stock.js";
import { words } from "../words.js";

const RELATED = 4;

export async function page({ id, signal }) {
  const product = await productOf(id, signal);
  const slot = h("span", { class: "stock-slot" });
  const editing = h("p", { class: "row" });
  const buy = product.is_active ? buying(product) : null;
  const related = h("div", { class: product.category ? "related" : "slot" });
  const body = h(
    "article",
    { class: "product" },
    picture(product.image_url, { eager: true, alt: product.name }),
    h(
      "div",
      { class: "product-text" },
      product.category &&
        foreign("a", product.category, { href: `/?category=${encodeURIComponent(product.category)}`, class: "crumb" }),
      foreign("h1", product.name, { tabindex: "-1" }),
      h("p", { class: "product-price" }, h("span", { class: "price" }, money(product.price, product.currency)), slot),
      buy?.element ?? notice("info", words.product.gone),
      product.description &&
        h(
          "section",
          {},
          h("h2", { class: "product-about" }, words.product.about),
          foreign("p", product.description, { class: "product-description" }),
        ),
      h("p", { class: "quietly" }, words.product.sku, " ", foreign("span", product.sku)),
      editing,
    ),
  );
  const ready = () =>
    Promise.all([showStock(slot, buy, id, signal), product.category && showRelated(related, product, signal), showEditing(editing, id)]);
  return { title: product.name.slice(0, 120), body: h("div", {}, body, related), ready };
}

/** Staff may see what is archived. */
async function productOf(id, signal) {
  const path = `/api/products/${id}/`;
  try {
    return (await send("GET", path, { signal })).data;
  } catch (failure) {
    if (failure.status !== 404 || !(await session.known()) || !session.isStaff()) throw failure;
    return (await call("GET", path, { signal })).data;
  }
}

async function showEditing(place, id) {
  if ((await session.known()) && session.isStaff()) fill(place, link(`/desk/products/${id}`, words.product.edit, "button quiet"));
}

/** Others of its category; none of them is no loss. */
async function showRelated(place, { id, category }, signal) {
  try {
    const { data } = await send("GET", `/api/products/${asQuery({ category, page_size: RELATED + 1 })}`, { signal, patience: 6000 });
    const others = data.results.filter((each) => each.id !== id).slice(0, RELATED);
    const cards = others.map((each) => card(each));
    fill(place, cards.length > 0 && [h("h2", {}, words.product.related), h("ul", { class: "grid" }, cards)]);
  } catch {
    fill(place);
  }
}

function buying(product) {
  const units = quantity(1, words.product.quantity);
  const button = h("button", { type: "button", class: "button wide buy" }, words.product.add);
  button.addEventListener("click", () => {
    const name = product.name.slice(0, 80);
    if (basket.add(product, units.value())) toast(words.product.added(name), link("/basket", words.product.toBasket, "toast-link"));
    else toast(words.product.full, link("/basket", words.product.toBasket, "toast-link"));
  });
  const limit = (available) => {
    if (available) return units.limit(available);
    button.disabled = true;
    button.textContent = words.product.soldOut;
  };
  return { element: h("div", { class: "buying" }, units.element, button), limit };
}

async function showStock(slot, buy, id, signal) {
  const stock = await stockOf([id], signal).catch(() => undefined);
  if (stock === undefined) return;
  fill(slot, badge(stock, id));
  if (stock) buy?.limit(stock.get(id) ?? 0);
  if (stock === null)
    slot
      .closest(".product-text")
      .querySelector(".product-price")
      .after(notice("info", words.stock.unknownTitle, words.stock.unknownText));
}
