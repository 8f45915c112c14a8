// One order: what, where to, and what happened to it. Staff can move it on from here.

import { Failure, call } from "../api.js";
import { fill, foreign, h } from "../dom.js";
import { money, when } from "../money.js";
import { address } from "../parts/address.js";
import { ask } from "../parts/dialog.js";
import { productsOf } from "../parts/lines.js";
import { notice, patiently, toast } from "../parts/notice.js";
import { picture } from "../parts/picture.js";
import * as session from "../session.js";
import { explain, words } from "../words.js";
import { status } from "./orders.js";

const w = words.orders;

export async function page({ id, query, signal, reload }) {
  const { data: order } = await call("GET", `/api/orders/${id}/`, { signal });
  const timeline = h("div", { class: "slot" });
  const body = h(
    "div",
    { class: "medium" },
    query.get("placed") && order.status === "confirmed" && notice("good", w.thanks, w.thanksText),
    h("div", { class: "heading" }, h("h1", { tabindex: "-1", class: "order-title" }, w.order(order.number)), status(order.status)),
    h("p", { class: "quietly" }, `${w.placed} ${when(order.created_at)}`),
    h(
      "div",
      { class: "with-side" },
      h("section", { class: "panel" }, h("h2", {}, w.items), lines(order)),
      h(
        "div",
        { class: "side" },
        h(
          "section",
          { class: "panel" },
          h("h2", {}, w.address),
          order.shipping_address ? address(order.shipping_address) : h("p", { class: "quietly" }, w.noAddress),
        ),
        h("section", { class: "panel" }, h("h2", {}, w.timeline), timeline),
      ),
    ),
    await actions(order, reload),
  );
  return { title: w.order(order.number), body, ready: () => Promise.all([showTimeline(timeline, id, signal), showPictures(order, body, signal)]) };
}

function lines(order) {
  const row = (item) =>
    h(
      "li",
      { class: "line" },
      h("span", { class: "picture", "data-picture": item.product_id }),
      h(
        "div",
        { class: "line-text" },
        foreign("a", item.name, { href: `/products/${item.product_id}`, class: "line-name" }),
        h("p", { class: "quietly" }, `${item.quantity} × ${money(item.unit_price, order.currency)}`),
      ),
      h("span", { class: "price" }, money(item.line_total, order.currency)),
    );
  return [
    h("ul", { class: "lines" }, order.items.map(row)),
    h("p", { class: "total" }, h("span", {}, w.total), h("strong", { class: "price" }, money(order.total, order.currency))),
  ];
}

/** Of what is still sold; the order itself has no pictures. */
async function showPictures(order, body, signal) {
  const ids = [...new Set(order.items.map((item) => item.product_id))];
  const products = await productsOf(ids, signal).catch(() => null);
  if (signal.aborted) return;
  for (const frame of body.querySelectorAll("[data-picture]"))
    frame.replaceWith(picture(products?.get(frame.dataset.picture)?.image_url));
}

async function showTimeline(place, id, signal) {
  try {
    const { data } = await call("GET", `/api/orders/${id}/events/?page_size=50`, { signal });
    fill(place, h("ol", { class: "timeline" }, data.results.map(event)));
  } catch (error) {
    if (error instanceof Failure) fill(place, h("p", { class: "quietly" }, w.noTimeline));
  }
}

function event(each) {
  const by = each.actor_role === "staff" ? ` ${w.byStaff}` : "";
  return h(
    "li",
    {},
    h("strong", {}, w.events[each.type] ?? each.type),
    by,
    h("br"),
    h("time", { datetime: each.created_at, class: "quietly" }, when(each.created_at)),
  );
}

async function actions(order, reload) {
  const act = (...change) => move(...change, reload);
  const cancel =
    order.status === "confirmed" &&
    h("button", { type: "button", class: "button quiet", onclick: () => cancelIt(order, act) }, w.cancel);
  const desk = session.isStaff() ? await import("../desk/order-actions.js") : null;
  return [h("p", { class: "row" }, desk?.moves(order, act), cancel), desk && (await desk.notes(order.id))];
}

async function cancelIt(order, act) {
  if (await ask(w.cancelSure, w.cancel, w.keepIt)) await act(order, "cancel", w.cancelled);
}

async function move(order, verb, done, reload) {
  try {
    await patiently(call("POST", `/api/orders/${order.id}/${verb}/`));
    toast(done);
  } catch (failure) {
    toast(explain(failure));
  }
  await reload();
}
