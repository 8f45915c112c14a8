// The basket, with the prices and stock of now.

import { h, letGo, refill } from "../dom.js";
import { money } from "../money.js";
import { again, current, lineList, total } from "../parts/lines.js";
import { notice } from "../parts/notice.js";
import { empty, link } from "../parts/states.js";
import { words } from "../words.js";

export async function page({ signal }) {
  const place = h("div", { class: "slot" });
  let latest = 0;
  let known = null;
  const draw = async () => {
    const mine = (latest += 1);
    known = await current(signal);
    await letGo();
    if (mine === latest) refill(place, content(known, redraw)); // or else the basket has changed again meanwhile
  };
  const redraw = async () => {
    latest += 1;
    await letGo();
    refill(place, content(again(known), redraw));
    await draw().catch(() => {});
  };
  await draw();
  return { title: words.basket.title, body: h("div", {}, h("h1", { tabindex: "-1" }, words.basket.title), place) };
}

function content({ lines, products, stock }, changed) {
  if (!lines.length) return empty(words.basket.empty, words.basket.emptyText, link("/", words.basket.look));
  const isShort = lines.some((line) => line.isShort && !line.isGone);
  return [
    !products && notice("info", words.basket.unconfirmed),
    stock === null && notice("info", words.stock.unknownTitle, words.stock.unknownText),
    h("div", { class: "with-side" }, lineList(lines, { stock, changed }), summary(lines, isShort)),
  ];
}

function summary(lines, isShort) {
  const canOrder = !isShort && lines.every((line) => !line.isGone);
  const go = canOrder
    ? link("/checkout", words.basket.checkout, "button wide")
    : h("span", { class: "button wide", "aria-disabled": "true" }, words.basket.checkout);
  return h(
    "aside",
    { class: "side panel", "aria-label": words.basket.total },
    h(
      "p",
      { class: "total" },
      h("span", {}, words.basket.total),
      h("strong", { class: "price" }, money(total(lines), lines[0].currency)),
    ),
    go,
    h("p", { class: "hint" }, isShort ? words.basket.tooMany : words.basket.note),
  );
}
