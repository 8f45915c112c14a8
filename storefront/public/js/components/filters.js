// Categories and price range: beside the catalogue, or folded above it in a narrow window.

import { queryString } from "../api.js";
import { h, userText } from "../dom.js";
import { messages } from "../messages.js";

const WIDE = "(min-width: 56rem)";
const AMOUNT = "[0-9]{1,10}([.][0-9]{1,3})?";
const t = messages.catalogue;

/** @typedef {Record<string, string>} Filters the query of the catalogue page */

/** @param {Category[] | null} categories @param {Filters} current @param {Navigate} navigate */
export function filters(categories, current, navigate) {
  return h(
    "details",
    { class: "filters", open: matchMedia(WIDE).matches, "data-scrolls": true },
    h("summary", {}, t.filters),
    h(
      "div",
      { class: "filters-inner" },
      h("h2", {}, t.categories),
      categories ? tree(categories, current) : h("p", { class: "hint" }, t.noCategories),
      h("h2", {}, t.price),
      priceRange(current, navigate),
    ),
  );
}

/** @param {Category[]} categories @param {Filters} current */
function tree(categories, current) {
  const item = (
    /** @type {string} */ slug,
    /** @type {string} */ name,
    /** @type {Child} */ count,
  ) =>
    h(
      "li",
      { class: `depth-${Math.min(slug.split("/").length - 1, 4)}` },
      h(
        "a",
        {
          href: addressOf({ ...current, category: slug }),
          "aria-current": slug === current.category && "true",
        },
        userText("span", name),
        count,
      ),
    );
  const count = (/** @type {number} */ products) => h("span", { class: "count" }, products);
  return h(
    "ul",
    { class: "categories" },
    item("", t.allCategories, null),
    categories.map((each) => item(each.slug, each.name, count(each.product_count))),
  );
}

/** @param {Filters} current @param {Navigate} navigate */
function priceRange(current, navigate) {
  const input = (/** @type {string} */ name, /** @type {string} */ label) =>
    h("input", {
      name,
      value: current[name],
      inputmode: "decimal",
      pattern: AMOUNT,
      maxlength: 14,
      autocomplete: "off",
      "aria-label": `${t.price}: ${label}`,
      placeholder: label,
    });
  const inputs = [input("min_price", t.from), input("max_price", t.to)];
  const form = h(
    "form",
    { class: "price-range" },
    inputs[0],
    h("span", { "aria-hidden": "true" }, "–"),
    inputs[1],
    h("button", { type: "submit", class: "button secondary" }, t.apply),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const each of inputs) each.value = each.value.trim().replace(",", ".");
    const [min_price, max_price] = inputs.map((each) => each.value);
    if (form.reportValidity()) navigate(addressOf({ ...current, min_price, max_price }));
  });
  return form;
}

/** @param {Filters} filters */
const addressOf = (filters) => `/${queryString({ ...filters, cursor: "" })}`;
