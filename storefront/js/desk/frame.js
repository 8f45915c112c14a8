// What the pages of the staff desk have in common: their menu, a search, and tables.

import { h } from "../dom.js";
import { words } from "../words.js";

const w = words.desk;
const PLACES = [
  ["/desk/products", w.products],
  ["/desk/stock", w.stock],
  ["/desk/orders", w.orders],
  ["/desk/users", w.users],
];

export const frame = (title, ...content) => ({
  title: `${title} · ${w.title}`,
  body: h("div", { class: "desk" }, tabs(), h("h1", { tabindex: "-1" }, title), content),
});

/** A page that could not be made leads on to the others all the same. */
export const framed = ({ title, body, ...others }) => ({ ...others, title: `${title} · ${w.title}`, body: h("div", { class: "desk" }, tabs(), body) });

function tabs() {
  const link = ([address, text]) => h("a", { href: address, "aria-current": isHere(address) && "page" }, text);
  return h("nav", { class: "tabs", "aria-label": w.title }, PLACES.map(link));
}

const isHere = (address) =>
  location.pathname.startsWith(address) || (location.pathname === "/desk" && address === "/desk/products");

/** A search and filters, all of them in the address. `choices` is [[name, label, [[value, text]]]]. */
export function searchBar(label, { query, navigate }, choices = [], ...more) {
  const input =
    label &&
    h("input", {
      type: "search",
      name: "search",
      value: query.get("search") ?? "",
      "aria-label": label,
      placeholder: label,
      maxlength: 200,
      dir: "auto",
    });
  const selects = choices.map(([name, text, options]) =>
    h(
      "select",
      { name, "aria-label": text, class: "sorting" },
      options.map(([value, shown]) => h("option", { value, selected: (query.get(name) ?? "") === value }, shown)),
    ),
  );
  const form = h(
    "form",
    { role: "search", class: "bar" },
    input,
    selects,
    label && h("button", { type: "submit", class: "button quiet" }, w.search),
    more,
  );
  const submit = () => {
    const wanted = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
    navigate(`${location.pathname}?${wanted}`);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const select of selects) select.addEventListener("change", submit);
  return form;
}

/** `columns` are [title, kind]; kind "number" is set to the right. Narrow screens show each row as a card. */
export function table(caption, columns, rows) {
  const head = h(
    "tr",
    {},
    columns.map(([title, kind]) => h("th", { scope: "col", class: kind }, title)),
  );
  const cell = (content, place) => h("td", { class: columns[place][1], "data-title": columns[place][0] }, content);
  return h(
    "table",
    { class: "table" },
    h("caption", { class: "hidden" }, caption),
    h("thead", {}, head),
    h(
      "tbody",
      {},
      rows.map((row) => h("tr", {}, row.map(cell))),
    ),
  );
}
