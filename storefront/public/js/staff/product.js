// Creates or edits a product. Shows a concurrent change before overwriting it.

import { requestAsUser } from "../api.js";
import { alertBox, runAction, toast, withSlowNotice } from "../components/alerts.js";
import { confirmDialog } from "../components/dialog.js";
import { field, form } from "../components/forms.js";
import { link } from "../components/status-pages.js";
import { button, h, replaceChildren } from "../dom.js";
import { ApiError } from "../http.js";
import { messages } from "../messages.js";
import { staffPage, table, textCell } from "./layout.js";

const t = messages.staff;
const AMOUNT = "[0-9]{1,10}([.][0-9]{1,3})?";

/** @typedef {"name" | "sku" | "price" | "category" | "image_url" | "description"} FieldName */
/** @type {[FieldName, string, import("../components/forms.js").FieldOptions][]} */
const FIELDS = [
  ["name", t.name, { required: true, maxlength: 200 }],
  ["sku", t.sku, { required: true, maxlength: 64 }],
  ["price", t.price, { required: true, inputmode: "decimal", pattern: AMOUNT, maxlength: 14 }],
  ["category", t.category, { maxlength: 100, hint: t.categoryHint }],
  ["image_url", t.imageUrl, { type: "url", maxlength: 2000 }],
  ["description", t.description, { rows: 6, maxlength: 10_000 }],
];

/**
 * @typedef {{path: string, message: HTMLElement, reload: Action}} Editor
 *   `message` is the place for the conflict.
 */

/** @param {PageContext} context */
export async function page({ id, signal, navigate, reload }) {
  if (!id) {
    const create = productForm({}, t.newProduct, (values) => createProduct(values, navigate));
    return staffPage(t.newProduct, h("div", { class: "form-page panel" }, create));
  }
  const path = `/api/products/${id}/`;
  /** @type {ApiResponse<Product>} */
  const { data, headers } = await requestAsUser("GET", path, { signal });
  const message = h("div", { class: "slot", tabindex: "-1" });
  const editor = { path, message, reload };
  return staffPage(t.editProduct, editPanel(editor, data, headers.get("ETag") ?? ""));
}

/**
 * @param {Partial<Product>} product
 * @param {string} label
 * @param {(values: FormValues) => Promise<unknown>} submit
 */
const productForm = (product, label, submit) =>
  form(
    { label, submit },
    FIELDS.map(([name, title, options]) =>
      field(name, title, { value: product[name] ?? "", dir: "auto", ...options }),
    ),
  );

/** @param {FormValues} values */
const productOf = (values) =>
  Object.fromEntries(
    FIELDS.map(([name]) => [name, name === "description" ? values[name] : values[name].trim()]),
  );

/** @param {FormValues} values @param {Navigate} navigate */
async function createProduct(values, navigate) {
  const options = { json: productOf(values) };
  /** @type {ApiResponse<Product>} */
  const { data } = await requestAsUser("POST", "/api/products/", options);
  await navigate(`/staff/products/${data.id}`, { replace: true });
  toast(t.created);
}

/** @param {Editor} editor @param {Product} product @param {string} etag */
function editPanel(editor, product, etag) {
  const submit = async (/** @type {FormValues} */ values) => {
    try {
      await save(editor, productOf(values), etag);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      await showConflict(editor, productOf(values));
    }
  };
  const stock = link(`/staff/stock/${product.id}`, t.stock, "button secondary");
  return h(
    "div",
    { class: "form-page" },
    !product.is_active && alertBox("info", t.archived, messages.product.unavailable),
    editor.message,
    h("div", { class: "panel" }, productForm(product, messages.common.save, submit)),
    h(
      "p",
      { class: "row" },
      stock,
      product.is_active ? archiveButton(editor, product) : restoreButton(editor),
    ),
  );
}

/** @param {Editor} editor @param {FormValues} json @param {string} etag */
async function save({ path, reload }, json, etag) {
  const headers = { "If-Match": etag };
  await withSlowNotice(requestAsUser("PATCH", path, { json, headers }));
  toast(messages.common.saved);
  await reload();
}

/** @param {Editor} editor @param {FormValues} yours */
async function showConflict(editor, yours) {
  const { path, message, reload } = editor;
  /** @type {ApiResponse<Product>} */
  const { data: theirs, headers } = await requestAsUser("GET", path);
  const etag = headers.get("ETag") ?? "";
  const rows = FIELDS.filter(([name]) => yours[name] !== theirs[name]).map(([name, title]) => [
    title,
    textCell(yours[name].slice(0, 300)),
    textCell(theirs[name]?.slice(0, 300)),
  ]);
  const overwrite = () => runAction(() => save(editor, yours, etag), messages.common.saved);
  replaceChildren(
    message,
    alertBox(
      "warning",
      t.conflict,
      t.conflictText,
      button(t.overwrite, overwrite),
      button(t.discardMine, reload, { class: "button secondary" }),
    ),
    table(`${t.yours}, ${t.theirs}`, [[t.field], [t.yours], [t.theirs]], rows),
  );
  message.focus();
}

/** @param {Editor} editor @param {Product} product */
function archiveButton({ path, reload }, { name }) {
  const archive = async () => {
    if (!(await confirmDialog(t.confirmArchive(name.slice(0, 80)), t.archive))) return;
    await runAction(() => requestAsUser("DELETE", path), t.archivedDone);
    await reload();
  };
  return button(t.archive, archive, { class: "button danger" });
}

/** @param {Editor} editor */
function restoreButton({ path, reload }) {
  const restore = async () => {
    const json = { is_active: true };
    await runAction(() => requestAsUser("PATCH", path, { json }), messages.common.saved);
    await reload();
  };
  return button(t.restore, restore, { class: "button secondary" });
}
