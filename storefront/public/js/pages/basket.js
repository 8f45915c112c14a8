// The basket with live prices and stock.

import { alertBox } from "../components/alerts.js";
import { fetchCart, lineList, merge, total, totalRow } from "../components/cart-lines.js";
import { emptyState, link } from "../components/status-pages.js";
import { afterPointerUp, h, patchChildren } from "../dom.js";
import { messages } from "../messages.js";

const t = messages.basket;

/** @param {PageContext} context */
export async function page({ signal }) {
  const container = h("div", { class: "slot" });
  let latest = 0;
  let cart = await fetchCart(signal);
  const render = () => patchChildren(container, content(cart, onChange));
  const onChange = async () => {
    const version = (latest += 1);
    await afterPointerUp();
    cart = merge(cart);
    render();
    const fetched = await fetchCart(signal).catch(() => null);
    await afterPointerUp();
    if (!fetched || version !== latest) return; // the basket has changed again
    cart = fetched;
    render();
  };
  render();
  const title = h("h1", { tabindex: "-1" }, t.title);
  return { title: t.title, body: h("div", {}, title, container) };
}

/** @param {Cart} cart @param {() => unknown} onChange */
function content({ lines, products, stock }, onChange) {
  if (!lines.length) return emptyState(t.empty, t.emptyText, link("/", t.browse));
  return [
    !products && alertBox("info", t.pricesUnavailable),
    !stock && alertBox("info", messages.stock.unavailable, messages.stock.unavailableText),
    h("div", { class: "with-side" }, lineList(lines, onChange, stock), summary(lines)),
  ];
}

/** @param {CartLine[]} lines */
function summary(lines) {
  const isInsufficient = lines.some((line) => line.isInsufficient && !line.isUnavailable);
  const canOrder = !isInsufficient && lines.every((line) => !line.isUnavailable);
  return h(
    "aside",
    { class: "side panel", "aria-label": t.total },
    totalRow(t.total, total(lines), lines[0].currency),
    canOrder
      ? link("/checkout", t.checkout, "button wide")
      : h("span", { class: "button wide", "aria-disabled": "true" }, t.checkout),
    h("p", { class: "hint" }, isInsufficient ? t.insufficientTotal : t.note),
  );
}
