// The stock of one product: receive, adjust, low stock threshold, movements.

import { newIdempotencyKey, queryString, requestAsUser } from "../api.js";
import { toast } from "../components/alerts.js";
import { field, form } from "../components/forms.js";
import { pager } from "../components/pager.js";
import { dateTime } from "../dates.js";
import { h, userText } from "../dom.js";
import { ApiError } from "../http.js";
import { messages } from "../messages.js";
import { fetchAllProducts } from "../product-lookup.js";
import { staffPage, table, textCell } from "./layout.js";

const t = messages.staff;
const MAX_UNITS = 1e9;

/** @type {Parameters<typeof table>[1]} */
const MOVEMENT_COLUMNS = [
  [t.time, "nowrap"],
  [t.kind],
  [t.change, "number"],
  [t.availableAfter, "number"],
  [t.reservedAfter, "number"],
  [t.note],
];

/** @param {PageContext} context */
export async function page({ id, query, signal, reload }) {
  const [item, products] = await Promise.all([
    fetchStockItem(id, signal),
    fetchAllProducts([id], signal),
  ]);
  const name = products ? (products.get(id)?.name ?? t.unknownProduct) : t.nameUnavailable;
  return staffPage(
    t.stock,
    userText("p", name, { class: "staff-product-name" }),
    item ? stats(item) : h("p", { class: "muted" }, t.noStock),
    h(
      "div",
      { class: "stock-forms" },
      receiveForm(id, reload),
      item && adjustForm(id, reload),
      item && thresholdForm(item, reload),
    ),
    item && (await movements(id, query, signal)),
  );
}

/** null for a product that was never received. @param {string} id @param {AbortSignal} signal */
async function fetchStockItem(id, signal) {
  try {
    /** @type {ApiResponse<StockItem>} */
    const { data } = await requestAsUser("GET", `/api/inventory/${id}/`, { signal });
    return data;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** @param {StockItem} item */
function stats({ quantity, reserved, low_stock_threshold }) {
  const stat = (/** @type {string} */ title, /** @type {number} */ value) =>
    h("div", { class: "stat" }, h("dt", {}, title), h("dd", {}, value));
  return h(
    "dl",
    { class: "stats" },
    stat(t.available, quantity),
    stat(t.reserved, reserved),
    stat(t.threshold, low_stock_threshold),
  );
}

/** @param {string} title @param {Child} content */
const panel = (title, content) => h("section", { class: "panel" }, h("h2", {}, title), content);

/** @param {string} name @param {string} label @param {Record<string, number>} limits */
const unitsField = (name, label, limits) =>
  field(name, label, { type: "number", inputmode: "numeric", step: 1, required: true, ...limits });

/**
 * Posts with one Idempotency-Key until it succeeds: a second click after a lost response does not
 * change the stock twice.
 * @param {string} path
 * @param {Action} reload
 */
function idempotentPost(path, reload) {
  let key = newIdempotencyKey();
  return async (/** @type {unknown} */ json, /** @type {string} */ done) => {
    await requestAsUser("POST", path, { json, headers: { "Idempotency-Key": key } });
    key = newIdempotencyKey();
    toast(done);
    await reload();
  };
}

/** @param {string} id @param {Action} reload */
function receiveForm(id, reload) {
  const post = idempotentPost("/api/inventory/", reload);
  const submit = (/** @type {FormValues} */ { quantity, note }) =>
    post(
      { product_id: id, quantity: Number(quantity), note: note.trim() },
      t.received(Number(quantity)),
    );
  return panel(
    t.receive,
    form(
      { label: t.receive, submit },
      unitsField("quantity", t.units, { min: 1, max: MAX_UNITS }),
      field("note", t.note, { maxlength: 500, dir: "auto" }),
    ),
  );
}

/** @param {string} id @param {Action} reload */
function adjustForm(id, reload) {
  const post = idempotentPost(`/api/inventory/${id}/adjustments/`, reload);
  const submit = (/** @type {FormValues} */ { delta, reason }) =>
    post({ delta: Number(delta), reason: reason.trim() }, t.adjusted);
  return panel(
    t.adjust,
    form(
      { label: t.adjust, submit, kind: "button secondary" },
      unitsField("delta", t.delta, { min: -MAX_UNITS, max: MAX_UNITS }),
      field("reason", t.reason, { required: true, maxlength: 500, dir: "auto" }),
    ),
  );
}

/** @param {StockItem} item @param {Action} reload */
function thresholdForm({ product_id, low_stock_threshold: value }, reload) {
  const submit = async (/** @type {FormValues} */ values) => {
    const json = { low_stock_threshold: Number(values.low_stock_threshold) };
    await requestAsUser("PATCH", `/api/inventory/${product_id}/`, { json });
    toast(messages.common.saved);
    await reload();
  };
  return panel(
    t.threshold,
    form(
      { label: messages.common.save, submit, kind: "button secondary" },
      unitsField("low_stock_threshold", t.units, { min: 0, max: MAX_UNITS, value }),
    ),
  );
}

/** @param {string} id @param {URLSearchParams} query @param {AbortSignal} signal */
async function movements(id, query, signal) {
  const filter = queryString({ cursor: query.get("cursor") });
  const path = `/api/inventory/${id}/movements/${filter}`;
  /** @type {ApiResponse<ListPage<StockMovement>>} */
  const { data } = await requestAsUser("GET", path, { signal });
  const rows = data.results.map((row) => [
    dateTime(row.created_at),
    t.kinds[row.kind] ?? row.kind,
    signed(row.delta - row.reserved_delta), // of the available units: `delta` includes the reserved
    row.quantity_after,
    row.reserved_after,
    noteCell(row),
  ]);
  const content = table(t.ledger, MOVEMENT_COLUMNS, rows);
  return h("section", {}, h("h2", {}, t.ledger), content, pager(t.ledger, data));
}

/** @param {number} change */
const signed = (change) => (change > 0 ? `+${change}` : String(change));

/** @param {StockMovement} movement */
const noteCell = ({ note, reference }) =>
  note || !reference ? textCell(note) : h("a", { href: `/orders/${reference}` }, t.order);
