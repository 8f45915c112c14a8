// The catalogue. Search, filters, sorting and paging are in the address.

import { pick, queryString } from "../api.js";
import { alertBox } from "../components/alerts.js";
import { card, cardGrid } from "../components/card.js";
import { filters } from "../components/filters.js";
import { pager } from "../components/pager.js";
import { emptyState, link } from "../components/status-pages.js";
import { h, replaceChildren, userText } from "../dom.js";
import { ApiError, request } from "../http.js";
import { messages } from "../messages.js";
import * as session from "../session.js";
import { badge, fetchStock } from "../stock.js";

const PAGE_SIZE = 24;
const EAGER_PICTURES = 4; // in the first window
const PARAMETERS = ["search", "category", "min_price", "max_price", "ordering", "cursor"];
const t = messages.catalogue;

/** @typedef {Map<string, Element>} Slots the places for the stock, by product id */

/** @param {PageContext} context @returns {Promise<PageView>} */
export async function page({ query, signal, navigate }) {
  const current = pick(query, PARAMETERS);
  const [data, categories] = await Promise.all([
    fetchProductPage(current, signal),
    fetchCategories(signal),
  ]);
  const category = categories?.find((each) => [each.slug, each.name].includes(current.category));
  const title = current.search ? t.results(current.search) : (category?.name ?? t.title);
  const warning = h("div", { class: "slot" });
  /** @type {Slots} */
  const slots = new Map(data.results.map(({ id }) => [id, h("span", { class: "stock-slot" })]));
  const body = h(
    "div",
    { class: "catalogue" },
    filters(categories, current, navigate),
    h(
      "section",
      { class: "results" },
      heading(title, current, navigate),
      warning,
      data.results.length ? grid(data.results, slots) : nothingFound(current),
      pager(t.list, data),
    ),
  );
  const { length } = data.results;
  const found = length ? t.found(length, data.next !== null) : t.empty;
  const ready = () => showStock(slots, warning, signal);
  return { title, body, ready, announcement: `${title}. ${found}` };
}

/** @param {Record<string, string>} current @param {AbortSignal} signal */
async function fetchProductPage(current, signal) {
  const path = `/api/products/${queryString({ ...current, page_size: PAGE_SIZE })}`;
  /** @type {ApiResponse<ListPage<Product>>} */
  const { data } = await request("GET", path, { signal });
  return data;
}

/** @param {AbortSignal} signal */
async function fetchCategories(signal) {
  const path = "/api/products/categories/";
  try {
    /** @type {ApiResponse<{results: Category[]}>} */
    const { data } = await request("GET", path, { signal, timeout: 6000 });
    return data.results;
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

/** @param {string} title @param {Record<string, string>} current @param {Navigate} navigate */
function heading(title, current, navigate) {
  const isUnfiltered = PARAMETERS.every((name) => !current[name]);
  const lead = isUnfiltered && h("p", { class: "results-lead" }, t.lead);
  return h(
    "div",
    { class: "results-head" },
    h("div", {}, userText("h1", title, { tabindex: "-1" }), lead),
    sortSelect(current, navigate),
  );
}

/** @param {Product[]} products @param {Slots} slots */
const grid = (products, slots) =>
  cardGrid(products, (product, index) =>
    card(product, slots.get(product.id), { eager: index < EAGER_PICTURES }),
  );

/** @param {Record<string, string>} current */
function nothingFound(current) {
  const isFiltered = PARAMETERS.some((name) => current[name] && name !== "ordering");
  if (isFiltered) return emptyState(t.empty, t.emptyText, link("/", t.clear, "button secondary"));
  const newProduct = link("/staff/products/new", messages.staff.newProduct);
  return emptyState(t.emptyShop, t.emptyShopText, session.isStaff() && newProduct);
}

/** @param {Slots} slots @param {Element} warning @param {AbortSignal} signal */
async function showStock(slots, warning, signal) {
  const stock = await fetchStock([...slots.keys()], signal).catch(() => undefined);
  if (stock === undefined) return; // the user has left the page
  for (const [id, slot] of slots) replaceChildren(slot, badge(stock, id));
  const { unavailable, unavailableText } = messages.stock;
  if (!stock) replaceChildren(warning, alertBox("info", unavailable, unavailableText));
}

/** @param {Record<string, string>} current @param {Navigate} navigate */
function sortSelect(current, navigate) {
  const choices = [
    ["", current.search ? t.relevance : t.newest],
    ["price", t.priceUp],
    ["-price", t.priceDown],
    ["name", t.byName],
    ...(current.search ? [["-created_at", t.newest]] : []),
  ];
  const select = h(
    "select",
    { name: "ordering", "aria-label": t.sort, class: "select" },
    choices.map(([value, text]) =>
      h("option", { value, selected: value === current.ordering }, text),
    ),
  );
  select.addEventListener("change", async () => {
    await navigate(`/${queryString({ ...current, cursor: "", ordering: select.value })}`);
    const rendered = /** @type {HTMLElement | null} */ (document.querySelector("[name=ordering]"));
    rendered?.focus();
  });
  return select;
}
