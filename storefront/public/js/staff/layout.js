// What all pages for staff share: tabs, search with filters, tables.

import { h, userText } from "../dom.js";
import { messages } from "../messages.js";

const t = messages.staff;
const TABS = [
  ["/staff/products", t.products],
  ["/staff/stock", t.stock],
  ["/staff/orders", t.orders],
  ["/staff/users", t.users],
];

/** @param {string} title @param {Child[]} content @returns {PageView} */
export const staffPage = (title, ...content) => ({
  title: `${title} · ${t.title}`,
  body: h("div", { class: "staff" }, tabs(), h("h1", { tabindex: "-1" }, title), content),
});

/** Adds the tabs to an error page. @param {PageView} page @returns {PageView} */
export const inStaffLayout = (page) => ({
  ...page,
  title: `${page.title} · ${t.title}`,
  body: h("div", { class: "staff" }, tabs(), page.body),
});

function tabs() {
  const path = location.pathname === "/staff" ? "/staff/products" : location.pathname;
  const links = TABS.map(([href, text]) =>
    h("a", { href, "aria-current": path.startsWith(href) && "page" }, text),
  );
  return h("nav", { class: "tabs", "aria-label": t.title }, links);
}

/** @typedef {{name: string, label: string, options: [string, string][]}} Filter */

/**
 * A search field and filters; their values are in the address.
 * @param {PageContext} context
 * @param {string | null} label of the search field, null for none
 * @param {Filter[]} filters
 */
export function toolbar({ query, navigate }, label, filters = []) {
  const selects = filters.map((filter) => filterSelect(filter, query.get(filter.name) ?? ""));
  const form = h(
    "form",
    { role: "search", class: "toolbar" },
    label && searchInput(label, query.get("search") ?? ""),
    selects,
    label && h("button", { type: "submit", class: "button secondary" }, messages.common.search),
  );
  const submit = () => {
    const fields = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
    navigate(`${location.pathname}?${new URLSearchParams(fields.filter(([, value]) => value))}`);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const select of selects) select.addEventListener("change", submit);
  return form;
}

/** @param {string} label @param {string} value */
const searchInput = (label, value) =>
  h("input", {
    type: "search",
    name: "search",
    value,
    "aria-label": label,
    placeholder: label,
    maxlength: 200,
    dir: "auto",
  });

/** @param {Filter} filter @param {string} selected */
const filterSelect = ({ name, label, options }, selected) =>
  h(
    "select",
    { name, "aria-label": label, class: "select" },
    options.map(([value, text]) => h("option", { value, selected: value === selected }, text)),
  );

/**
 * A narrow window shows each row as a card.
 * @param {string} caption
 * @param {[title: string, kind?: "number" | "nowrap"][]} columns
 * @param {Child[][]} rows
 */
export function table(caption, columns, rows) {
  const head = columns.map(([title, kind]) => h("th", { scope: "col", class: kind }, title));
  const cell = (/** @type {Child} */ content, /** @type {number} */ index) => {
    const [title, kind] = columns[index];
    return h("td", { class: kind, "data-title": title }, content);
  };
  return h(
    "table",
    { class: "table" },
    h("caption", { class: "hidden" }, caption),
    h("thead", {}, h("tr", {}, head)),
    h(
      "tbody",
      {},
      rows.map((row) => h("tr", {}, row.map(cell))),
    ),
  );
}

/** @param {string | null | undefined} text */
export const textCell = (text) => userText("span", text || messages.common.none);
