// Staff: a product, new or there already. Two who change it at once are shown what differs.

import { call } from "../api.js";
import { fill, foreign, h } from "../dom.js";
import { ask } from "../parts/dialog.js";
import { field, form } from "../parts/forms.js";
import { notice, patiently, toast } from "../parts/notice.js";
import { link } from "../parts/states.js";
import { explain, words } from "../words.js";
import { frame, table } from "./frame.js";

const w = words.desk;
const FIELDS = [
  ["name", w.name],
  ["sku", w.sku],
  ["price", w.price],
  ["category", w.category],
  ["image_url", w.imageUrl],
  ["description", w.description],
];

export async function page({ id, signal, navigate, reload }) {
  if (!id) return frame(w.newProduct, h("div", { class: "form-page panel" }, productForm({}, w.newProduct, create(navigate))));
  const { data, headers } = await call("GET", `/api/products/${id}/`, { signal });
  return frame(w.editProduct, editor(data, headers.get("ETag"), reload));
}

function productForm(product, label, act) {
  const text = (name, title, options) => field(name, title, { value: product[name] ?? "", dir: "auto", ...options });
  const description = text("description", w.description, { rows: 6, maxlength: 10_000 });
  const element = form(
    { label, act },
    text("name", w.name, { required: true, maxlength: 200 }),
    text("sku", w.sku, { required: true, maxlength: 64 }),
    text("price", w.price, { required: true, inputmode: "decimal", pattern: "[0-9]{1,10}([.][0-9]{1,2})?", maxlength: 13 }),
    text("category", w.category, { maxlength: 100, hint: w.categoryHint }),
    text("image_url", w.imageUrl, { type: "url", maxlength: 2000 }),
    description,
  );
  element.elements.description.value = product.description ?? ""; // a text area has no such attribute
  return element;
}

const facts = (values) =>
  Object.fromEntries(FIELDS.map(([name]) => [name, name === "description" ? values[name] : values[name].trim()]));

const create = (navigate) => async (values) => {
  const { data } = await call("POST", "/api/products/", { json: facts(values) });
  await navigate(`/desk/products/${data.id}`, { replace: true });
  toast(w.created);
};

function editor(product, version, reload) {
  const said = h("div", { class: "slot", tabindex: "-1" });
  const place = h("div", {});
  const path = `/api/products/${product.id}/`;
  const save = async (values, against) => {
    await patiently(call("PATCH", path, { json: facts(values), headers: { "If-Match": against } }));
    toast(words.common.saved);
    await reload();
  };
  const act = async (values) => {
    try {
      await save(values, version);
    } catch (failure) {
      if (failure.status !== 412) throw failure;
      await showConflict(said, path, facts(values), save, reload);
    }
  };
  fill(place, productForm(product, words.common.save, act));
  return h(
    "div",
    { class: "form-page" },
    !product.is_active && notice("info", w.archived, words.product.gone),
    said,
    h("div", { class: "panel" }, place),
    h(
      "p",
      { class: "row" },
      link(`/desk/stock/${product.id}`, w.stock, "button quiet"),
      product.is_active ? archiver(product, path, reload) : restorer(path, reload),
    ),
  );
}

async function showConflict(said, path, mine, save, reload) {
  const { data: theirs, headers } = await call("GET", path);
  const different = FIELDS.filter(([name]) => mine[name] !== theirs[name]);
  const rows = different.map(([name, title]) => [
    title,
    foreign("span", mine[name].slice(0, 300)),
    foreign("span", theirs[name].slice(0, 300)),
  ]);
  const overwrite = h(
    "button",
    { type: "button", class: "button", onclick: () => save(mine, headers.get("ETag")).catch((failure) => toast(explain(failure))) },
    w.overwrite,
  );
  const take = h("button", { type: "button", class: "button quiet", onclick: reload }, w.takeTheirs);
  fill(
    said,
    notice("warn", w.conflict, w.conflictText, overwrite, take),
    table(`${w.mine}, ${w.theirs}`, [[w.field], [w.mine], [w.theirs]], rows),
  );
  said.focus();
}

function archiver(product, path, reload) {
  const archive = async () => {
    if (!(await ask(w.archiveSure(product.name.slice(0, 80)), w.archive))) return;
    await change(() => call("DELETE", path), w.archivedDone, reload);
  };
  return h("button", { type: "button", class: "button danger", onclick: archive }, w.archive);
}

const restorer = (path, reload) =>
  h(
    "button",
    {
      type: "button",
      class: "button quiet",
      onclick: () => change(() => call("PATCH", path, { json: { is_active: true } }), words.common.saved, reload),
    },
    w.restore,
  );

async function change(act, done, reload) {
  try {
    await patiently(act());
    toast(done);
  } catch (failure) {
    toast(explain(failure));
  }
  await reload();
}
