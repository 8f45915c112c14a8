// One product, with its stock and related products.

import { queryString, requestAsUser } from "../api.js";
import * as basket from "../basket.js";
import { alertBox, toast } from "../components/alerts.js";
import { cardGrid } from "../components/card.js";
import { picture } from "../components/picture.js";
import { quantity } from "../components/quantity.js";
import { link } from "../components/status-pages.js";
import { button, h, replaceChildren, userText } from "../dom.js";
import { ApiError, request } from "../http.js";
import { messages } from "../messages.js";
import { money } from "../money.js";
import * as session from "../session.js";
import { badge, fetchStock } from "../stock.js";

const RELATED = 4;
const t = messages.product;

/** @param {PageContext} context @returns {Promise<PageView>} */
export async function page({ id, signal }) {
  const product = await fetchProduct(id, signal);
  const { name, category, description, is_active } = product;
  const stockSlot = h("span", { class: "stock-slot" });
  const price = h("span", { class: "price" }, money(product.price, product.currency));
  const warning = h("div", { class: "slot" });
  const edit = h("p", { class: "row" });
  const buy = is_active ? addToBasket(product) : null;
  const related = h("div", { class: category ? "related" : "slot" });
  const article = h(
    "article",
    { class: "product" },
    picture(product.image_url, { eager: true, alt: name }),
    h(
      "div",
      { class: "product-text" },
      category && categoryLink(category),
      userText("h1", name, { tabindex: "-1" }),
      h("p", { class: "product-price" }, price, stockSlot),
      warning,
      buy?.element ?? alertBox("info", t.unavailable),
      description && descriptionSection(description),
      h("p", { class: "muted" }, t.sku, " ", userText("span", product.sku)),
      edit,
    ),
  );
  const ready = async () => {
    if (category) showRelated(related, product, signal);
    showEdit(edit, id);
    const stock = await fetchStock([id], signal).catch(() => undefined);
    if (stock === undefined) return; // the user has left the page
    replaceChildren(stockSlot, badge(stock, id));
    if (stock) buy?.setStock(stock.get(id) ?? 0);
    else replaceChildren(warning, stockUnavailable());
  };
  return { title: name.slice(0, 120), body: h("div", {}, article, related), ready };
}

/** Staff can see an archived product. @param {string} id @param {AbortSignal} signal */
async function fetchProduct(id, signal) {
  const path = `/api/products/${id}/`;
  /** @type {ApiResponse<Product>} */
  let response;
  try {
    response = await request("GET", path, { signal });
  } catch (error) {
    const isNotFound = error instanceof ApiError && error.status === 404;
    if (!isNotFound || !(await session.resolve()) || !session.isStaff()) throw error;
    response = await requestAsUser("GET", path, { signal });
  }
  return response.data;
}

/** @param {string} category */
const categoryLink = (category) =>
  userText("a", category, { href: `/${queryString({ category })}`, class: "breadcrumb" });

/** @param {string} description */
const descriptionSection = (description) =>
  h(
    "section",
    {},
    h("h2", { class: "product-about" }, t.description),
    userText("p", description, { class: "product-description" }),
  );

const stockUnavailable = () =>
  alertBox("info", messages.stock.unavailable, messages.stock.unavailableText);

/** @param {Element} container @param {string} id */
async function showEdit(container, id) {
  if ((await session.resolve()) && session.isStaff())
    replaceChildren(container, link(`/staff/products/${id}`, t.edit, "button secondary"));
}

/**
 * Nothing is shown if the request fails.
 * @param {Element} container
 * @param {Product} product
 * @param {AbortSignal} signal
 */
async function showRelated(container, { id, category }, signal) {
  const path = `/api/products/${queryString({ category, page_size: RELATED + 1 })}`;
  try {
    /** @type {ApiResponse<ListPage<Product>>} */
    const { data } = await request("GET", path, { signal, timeout: 6000 });
    const others = data.results.filter((each) => each.id !== id).slice(0, RELATED);
    if (others.length) replaceChildren(container, h("h2", {}, t.related), cardGrid(others));
  } catch {
    // The page is complete without them.
  }
}

/** @param {Product} product */
function addToBasket(product) {
  const input = quantity(1, t.quantity);
  const add = () => {
    const isAdded = basket.add(product, input.value());
    const text = isAdded ? t.added(product.name.slice(0, 80)) : t.basketFull;
    toast(text, link("/basket", t.goToBasket, "toast-link"));
  };
  const submit = button(t.add, add, { class: "button wide" });
  const setStock = (/** @type {number} */ available) => {
    if (available) return input.setMax(available);
    submit.disabled = true;
    submit.textContent = t.soldOut;
  };
  return { element: h("div", { class: "add-to-basket" }, input.element, submit), setStock };
}
