// Staff: many products at once, from a file.

import { call } from "../api.js";
import { fill, h } from "../dom.js";
import { form } from "../parts/forms.js";
import { notice } from "../parts/notice.js";
import { words } from "../words.js";
import { frame, table } from "./frame.js";

const w = words.desk;
const PATIENCE = 70_000;

export async function page() {
  const said = h("div", { class: "slot", tabindex: "-1" });
  const file = h("input", { type: "file", id: "file", accept: ".csv,.json,text/csv,application/json", class: "file" });
  const act = async () => {
    fill(said);
    fill(said, ...(file.files[0] ? await bring(file.files[0]) : [notice("warn", w.noFile)]));
    said.focus();
  };
  const element = form({ label: w.upload, act }, h("div", { class: "field" }, h("label", { for: "file" }, w.file), file));
  return frame(
    w.importTitle,
    h("div", { class: "form-page" }, h("p", { class: "lead" }, w.importText), said, h("div", { class: "panel" }, element)),
  );
}

async function bring(file) {
  const type = file.name.toLowerCase().endsWith(".json") ? "application/json" : "text/csv";
  const { data } = await call("POST", "/api/products/import/", {
    body: file,
    headers: { "Content-Type": type },
    patience: PATIENCE,
  });
  if (!data.error_count) return [notice("good", w.imported(data))];
  const columns = [[w.row, "number"], [w.line, "number"], [w.field], [w.problem]];
  const rows = data.errors.map((error) => [String(error.row), String(error.line ?? words.common.none), error.field, error.message]);
  return [
    notice("bad", w.notImported(data.error_count), data.error_count > rows.length ? w.firstErrors(rows.length) : ""),
    table(w.problem, columns, rows),
  ];
}
