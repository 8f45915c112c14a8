// Staff: the stock of one product, what comes in and goes out, and its ledger.

import { Failure, call, newKey, query as asQuery } from "../api.js";
import { foreign, h } from "../dom.js";
import { when } from "../money.js";
import { field, form } from "../parts/forms.js";
import { toast } from "../parts/notice.js";
import { pager } from "../parts/pager.js";
import { words } from "../words.js";
import { frame, table } from "./frame.js";
import { productsOf } from "./names.js";

const w = words.desk;

export async function page({ id, query, signal, reload }) {
  const [stock, products] = await Promise.all([stockOf(id, signal), productsOf([id], signal)]);
  const name = products ? (products.get(id)?.name ?? w.unnamed) : w.nameUnknown;
  return frame(
    w.stock,
    foreign("p", name, { class: "desk-name" }),
    stock ? figures(stock) : h("p", { class: "quietly" }, w.noStock),
    h("div", { class: "tools" }, receiving(id, reload), stock && adjusting(id, reload), stock && threshold(id, stock, reload)),
    stock && (await ledger(id, query, signal)),
  );
}

async function stockOf(id, signal) {
  try {
    return (await call("GET", `/api/inventory/${id}/`, { signal })).data;
  } catch (error) {
    if (error instanceof Failure && error.status === 404) return null;
    throw error;
  }
}

function figures(stock) {
  const figure = (title, value) => h("div", { class: "figure" }, h("dt", {}, title), h("dd", {}, String(value)));
  return h(
    "dl",
    { class: "figures" },
    figure(w.quantity, stock.quantity),
    figure(w.reserved, stock.reserved),
    figure(w.threshold, stock.low_stock_threshold),
  );
}

const tool = (title, ...content) => h("section", { class: "panel" }, h("h2", {}, title), content);
const units = (name, label, options) =>
  field(name, label, { type: "number", inputmode: "numeric", step: 1, required: true, ...options });

/** The same key until it is done: whoever presses the button again after a lost answer does not receive twice. */
function once(path, done, reload) {
  let key = newKey();
  return async (json) => {
    await call("POST", path, { json, headers: { "Idempotency-Key": key } });
    key = newKey();
    toast(done(json));
    await reload();
  };
}

function receiving(id, reload) {
  const post = once("/api/inventory/", ({ quantity }) => w.received(quantity), reload);
  const act = ({ quantity, note }) => post({ product_id: id, quantity: Number(quantity), note: note.trim() });
  return tool(
    w.receiveTitle,
    form(
      { label: w.receive, act },
      units("quantity", w.units, { min: 1, max: 1e9 }),
      field("note", w.note, { maxlength: 500, dir: "auto" }),
    ),
  );
}

function adjusting(id, reload) {
  const post = once(`/api/inventory/${id}/adjustments/`, () => w.adjusted, reload);
  const act = ({ delta, reason }) => post({ delta: Number(delta), reason: reason.trim() });
  return tool(
    w.adjustTitle,
    form(
      { label: w.adjust, act, kind: "button quiet" },
      units("delta", w.delta, { min: -1e9, max: 1e9 }),
      field("reason", w.reason, { required: true, maxlength: 500, dir: "auto" }),
    ),
  );
}

function threshold(id, stock, reload) {
  const act = async (values) => {
    await call("PATCH", `/api/inventory/${id}/`, { json: { low_stock_threshold: Number(values.low_stock_threshold) } });
    toast(words.common.saved);
    await reload();
  };
  return tool(
    w.thresholdTitle,
    form(
      { label: words.common.save, act, kind: "button quiet" },
      units("low_stock_threshold", w.threshold, { min: 0, max: 1e9, value: stock.low_stock_threshold }),
    ),
  );
}

async function ledger(id, query, signal) {
  const { data } = await call("GET", `/api/inventory/${id}/movements/${asQuery({ cursor: query.get("cursor") })}`, { signal });
  const columns = [[w.at, "unbroken"], [w.kind], [w.change, "number"], [w.after, "number"], [w.reservedAfter, "number"], [w.note]];
  const rows = data.results.map((row) => [
    when(row.created_at),
    w.kinds[row.kind] ?? row.kind,
    signed(row.delta - row.reserved_delta), // of what is for sale; `delta` counts what is reserved as well
    String(row.quantity_after),
    String(row.reserved_after),
    note(row),
  ]);
  return h("section", {}, h("h2", {}, w.ledger), table(w.ledgerOf, columns, rows), pager(w.ledger, data));
}

const signed = (change) => (change > 0 ? `+${change}` : String(change));

const note = (row) =>
  row.note || !row.reference
    ? foreign("span", row.note || words.common.none)
    : h("a", { href: `/orders/${row.reference}` }, w.itsOrder);
