// The catalogue: what is sold, searched, narrowed down and sorted. All of it is in the address.

import { Failure, query as asQuery } from "../api.js";
import { fill, foreign, h } from "../dom.js";
import { send } from "../http.js";
import { card } from "../parts/card.js";
import { notice } from "../parts/notice.js";
import { pager } from "../parts/pager.js";
import { empty, link } from "../parts/states.js";
import * as session from "../session.js";
import { badge, stockOf } from "../stock.js";
import { words } from "../words.js";
import { filters } from "../parts/filters.js";

const PAGE = 24;
const FIRST_SCREEN = 4;
const PARAMETERS = ["search", "category", "min_price", "max_price", "ordering", "cursor"];

export async function page({ query, signal, navigate }) {
  const wanted = Object.fromEntries(PARAMETERS.map((name) => [name, query.get(name) ?? ""]));
  const [{ data }, categories] = await Promise.all([
    send("GET", `/api/products/${asQuery({ ...wanted, page_size: PAGE })}`, { signal }),
    categoriesOf(signal),
  ]);
  const chosen = categories?.find((each) => each.slug === wanted.category || each.name === wanted.category);
  const title = wanted.search ? words.catalogue.results(wanted.search) : (chosen?.name ?? words.catalogue.title);
  const isFront = !PARAMETERS.some((name) => wanted[name]);
  const warning = h("div", { class: "slot" });
  const slots = new Map(data.results.map((product) => [product.id, h("span", { class: "stock-slot" })]));
  const body = h(
    "div",
    { class: "catalogue" },
    filters(categories, wanted, navigate),
    h(
      "section",
      { class: "results" },
      h(
        "div",
        { class: "results-head" },
        h("div", {}, foreign("h1", title, { tabindex: "-1" }), isFront && h("p", { class: "results-lead" }, words.catalogue.lead)),
        sorting(wanted, navigate),
      ),
      warning,
      list(data, wanted, slots),
      pager(words.catalogue.list, data),
    ),
  );
  const ready = () => showStock(slots, warning, signal);
  const found = data.results.length ? words.catalogue.found(data.results.length, data.next !== null) : words.catalogue.empty;
  return { title, body, ready, news: `${title}. ${found}` };
}

async function categoriesOf(signal) {
  try {
    return (await send("GET", "/api/products/categories/", { signal, patience: 6000 })).data.results;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function list(data, wanted, slots) {
  if (data.results.length)
    return h(
      "ul",
      { class: "grid" },
      data.results.map((product, place) => card(product, slots.get(product.id), { eager: place < FIRST_SCREEN })),
    );
  const isNarrow = PARAMETERS.some((name) => wanted[name] && name !== "ordering");
  if (isNarrow) return empty(words.catalogue.empty, words.catalogue.emptyText, link("/", words.catalogue.clear, "button quiet"));
  return empty(
    words.catalogue.emptyShop,
    words.catalogue.emptyShopText,
    session.isStaff() && link("/desk/products/new", words.desk.newProduct),
  );
}

async function showStock(slots, warning, signal) {
  const stock = await stockOf([...slots.keys()], signal).catch(() => undefined);
  if (stock === undefined) return; // the page was left
  for (const [id, slot] of slots) fill(slot, badge(stock, id));
  if (stock === null) fill(warning, notice("info", words.stock.unknownTitle, words.stock.unknownText));
}

function sorting(wanted, navigate) {
  const { best, newest, cheapest, dearest, byName } = words.catalogue;
  const choices = [
    ["", wanted.search ? best : newest],
    ["price", cheapest],
    ["-price", dearest],
    ["name", byName],
  ];
  if (wanted.search) choices.push(["-created_at", newest]);
  const select = h(
    "select",
    { name: "ordering", "aria-label": words.catalogue.sort, class: "sorting" },
    choices.map(([value, text]) => h("option", { value, selected: value === wanted.ordering }, text)),
  );
  select.addEventListener("change", async () => {
    await navigate(`/${asQuery({ ...wanted, cursor: "", ordering: select.value })}`);
    document.querySelector(".sorting")?.focus();
  });
  return select;
}
