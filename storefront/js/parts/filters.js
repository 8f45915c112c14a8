// Categories and price, beside the catalogue or folded away above it where there is no room.

import { query as asQuery } from "../api.js";
import { foreign, h } from "../dom.js";
import { words } from "../words.js";

const WIDE = "(min-width: 56rem)";
const AMOUNT = "[0-9]{1,10}([.][0-9]{1,2})?";

export function filters(categories, wanted, navigate) {
  const isOpen = matchMedia(WIDE).matches;
  return h(
    "details",
    { class: "filters", open: isOpen, "data-scrolls": true },
    h("summary", {}, words.catalogue.filters),
    h(
      "div",
      { class: "filters-in" },
      h("h2", {}, words.catalogue.categories),
      categories ? tree(categories, wanted) : h("p", { class: "hint" }, words.catalogue.noCategories),
      h("h2", {}, words.catalogue.price),
      prices(wanted, navigate),
    ),
  );
}

function tree(categories, wanted) {
  const item = (slug, name, depth, count) =>
    h(
      "li",
      { class: `depth-${Math.min(depth, 4)}` },
      h(
        "a",
        { href: address({ ...wanted, category: slug }), "aria-current": slug === wanted.category && "true" },
        foreign("span", name),
        count !== null && h("span", { class: "count" }, String(count)),
      ),
    );
  return h(
    "ul",
    { class: "categories" },
    item("", words.catalogue.everything, 0, null),
    categories.map((each) => item(each.slug, each.name, each.slug.split("/").length - 1, each.product_count)),
  );
}

function prices(wanted, navigate) {
  const input = (name, label) =>
    h("input", {
      name,
      value: wanted[name],
      inputmode: "decimal",
      pattern: AMOUNT,
      maxlength: 13,
      autocomplete: "off",
      "aria-label": `${words.catalogue.price}: ${label}`,
      placeholder: label,
    });
  const form = h(
    "form",
    { class: "price-range" },
    input("min_price", words.catalogue.from),
    h("span", { "aria-hidden": "true" }, "–"),
    input("max_price", words.catalogue.to),
    h("button", { type: "submit", class: "button quiet" }, words.catalogue.apply),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const name of ["min_price", "max_price"]) form[name].value = form[name].value.trim().replace(",", ".");
    const [min_price, max_price] = [form.min_price.value, form.max_price.value];
    if (form.reportValidity()) navigate(address({ ...wanted, min_price, max_price }));
  });
  return form;
}

const address = (wanted) => `/${asQuery({ ...wanted, cursor: "" })}`;
