// One order: items, shipping address, history. Staff see the actions for its next status.

import { requestAsUser } from "../api.js";
import { address } from "../components/address.js";
import { alertBox, runAction } from "../components/alerts.js";
import { totalRow } from "../components/cart-lines.js";
import { confirmDialog } from "../components/dialog.js";
import { picture } from "../components/picture.js";
import { dateTime } from "../dates.js";
import { button, h, replaceChildren, userText } from "../dom.js";
import { ApiError } from "../http.js";
import { messages } from "../messages.js";
import { money } from "../money.js";
import { fetchProducts } from "../product-lookup.js";
import * as session from "../session.js";
import { statusTag } from "./orders.js";

const t = messages.orders;

/** @param {PageContext} context @returns {Promise<PageView>} */
export async function page({ id, query, signal, reload }) {
  /** @type {ApiResponse<Order>} */
  const { data: order } = await requestAsUser("GET", `/api/orders/${id}/`, { signal });
  const isNew = query.get("placed") && order.status === "confirmed";
  const title = t.order(order.number);
  const history = h("div", { class: "slot" });
  const to = order.shipping_address;
  const body = h(
    "div",
    { class: "medium" },
    isNew && alertBox("success", t.thanks, t.thanksText),
    h(
      "div",
      { class: "heading" },
      h("h1", { tabindex: "-1", class: "order-title" }, title),
      statusTag(order.status),
    ),
    h("p", { class: "muted" }, `${t.placed} ${dateTime(order.created_at)}`),
    h(
      "div",
      { class: "with-side" },
      panel(t.items, itemList(order)),
      h(
        "div",
        { class: "side" },
        panel(t.shipsTo, to ? address(to) : h("p", { class: "muted" }, t.noAddress)),
        panel(t.history, history),
      ),
    ),
    await actions(order, reload),
  );
  const ready = () =>
    Promise.all([showHistory(history, id, signal), showPictures(order, body, signal)]);
  return { title, body, ready };
}

/** @param {string} title @param {Child} content */
const panel = (title, content) => h("section", { class: "panel" }, h("h2", {}, title), content);

/** @param {Order} order */
function itemList({ items, total, currency }) {
  const row = (/** @type {OrderItem} */ item) =>
    h(
      "li",
      { class: "line" },
      h("span", { class: "picture", "data-picture": item.product_id }),
      h(
        "div",
        { class: "line-text" },
        userText("a", item.name, { href: `/products/${item.product_id}`, class: "line-name" }),
        h("p", { class: "muted" }, `${item.quantity} × ${money(item.unit_price, currency)}`),
      ),
      h("span", { class: "price" }, money(item.line_total, currency)),
    );
  return [h("ul", { class: "lines" }, items.map(row)), totalRow(t.total, total, currency)];
}

/**
 * An order stores no pictures.
 * @param {Order} order
 * @param {Element} body
 * @param {AbortSignal} signal
 */
async function showPictures(order, body, signal) {
  const ids = [...new Set(order.items.map((item) => item.product_id))];
  const products = await fetchProducts(ids, signal).catch(() => null);
  if (signal.aborted) return;
  for (const frame of body.querySelectorAll("[data-picture]")) {
    const product = products?.get(frame.getAttribute("data-picture") ?? "");
    frame.replaceWith(picture(product?.image_url));
  }
}

/** @param {Element} container @param {string} id @param {AbortSignal} signal */
async function showHistory(container, id, signal) {
  const path = `/api/orders/${id}/events/?page_size=50`;
  try {
    /** @type {ApiResponse<ListPage<OrderEvent>>} */
    const { data } = await requestAsUser("GET", path, { signal });
    replaceChildren(container, h("ol", { class: "timeline" }, data.results.map(eventItem)));
  } catch (error) {
    if (error instanceof ApiError)
      replaceChildren(container, h("p", { class: "muted" }, t.noHistory));
  }
}

/** @param {OrderEvent} event */
const eventItem = ({ type, actor_role, created_at }) =>
  h(
    "li",
    {},
    h("strong", {}, t.events[type] ?? type),
    actor_role === "staff" && ` ${t.byStaff}`,
    h("br"),
    h("time", { datetime: created_at, class: "muted" }, dateTime(created_at)),
  );

/** @param {Order} order @param {Action} reload */
async function actions(order, reload) {
  const change = async (/** @type {string} */ verb, /** @type {string} */ done) => {
    await runAction(() => requestAsUser("POST", `/api/orders/${order.id}/${verb}/`), done);
    await reload();
  };
  const cancel = async () => {
    if (await confirmDialog(t.confirmCancel, t.cancel, t.keep)) await change("cancel", t.cancelled);
  };
  const staff = session.isStaff() ? await import("../staff/order-actions.js") : null;
  return [
    h(
      "p",
      { class: "row" },
      staff?.statusButton(order, change),
      order.status === "confirmed" && button(t.cancel, cancel, { class: "button secondary" }),
    ),
    staff && (await staff.notes(order.id)),
  ];
}
