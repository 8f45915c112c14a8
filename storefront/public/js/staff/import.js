// Import of products from a file.

import { requestAsUser } from "../api.js";
import { alertBox } from "../components/alerts.js";
import { form } from "../components/forms.js";
import { h, replaceChildren } from "../dom.js";
import { messages } from "../messages.js";
import { staffPage, table } from "./layout.js";

const TIMEOUT_MS = 70_000;
const t = messages.staff;

export async function page() {
  const result = h("div", { class: "slot", tabindex: "-1" });
  const accept = ".csv,.json,text/csv,application/json";
  const input = h("input", { type: "file", id: "file", accept });
  const submit = async () => {
    replaceChildren(result);
    const [file] = input.files ?? [];
    replaceChildren(result, file ? await upload(file) : alertBox("warning", t.noFile));
    result.focus();
  };
  const field = h("div", { class: "field" }, h("label", { for: "file" }, t.file), input);
  const panel = h("div", { class: "panel" }, form({ label: t.upload, submit }, field));
  const lead = h("p", { class: "lead" }, t.importText);
  return staffPage(t.importTitle, h("div", { class: "form-page" }, lead, result, panel));
}

/** @param {File} file @returns {Promise<Child>} */
async function upload(file) {
  const type = file.name.toLowerCase().endsWith(".json") ? "application/json" : "text/csv";
  const options = { body: file, headers: { "Content-Type": type }, timeout: TIMEOUT_MS };
  /** @type {ApiResponse<ImportResult>} */
  const { data } = await requestAsUser("POST", "/api/products/import/", options);
  if (!data.error_count) return alertBox("success", t.imported(data));
  const rows = data.errors.map(({ row, line, field, message }) => [
    row,
    line ?? messages.common.none,
    field,
    message,
  ]);
  const isTruncated = data.error_count > rows.length;
  return [
    alertBox(
      "error",
      t.notImported(data.error_count),
      isTruncated ? t.firstErrors(rows.length) : "",
    ),
    table(t.error, [[t.row, "number"], [t.line, "number"], [t.field], [t.error]], rows),
  ];
}
