// What staff do with an order, and what they note about it.

import { call } from "../api.js";
import { fill, foreign, h } from "../dom.js";
import { when } from "../money.js";
import { field, form } from "../parts/forms.js";
import { words } from "../words.js";

const w = words.desk;

export function moves(order, move) {
  const button = (verb, text, done) =>
    h("button", { type: "button", class: "button", onclick: () => move(order, verb, done) }, text);
  if (order.status === "confirmed") return button("ship", w.ship, w.shipped);
  return order.status === "shipped" && button("deliver", w.deliver, w.delivered);
}

export async function notes(id) {
  const path = `/api/orders/${id}/notes/`;
  const list = h("div", { class: "slot" });
  const draw = async () => {
    const { data } = await call("GET", `${path}?page_size=50`);
    fill(list, data.results.length ? h("ul", { class: "stack" }, data.results.map(note)) : h("p", { class: "quietly" }, w.noNotes));
  };
  const act = async ({ text }, element) => {
    await call("POST", path, { json: { text } });
    element.reset();
    await draw();
  };
  await draw();
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, w.notes),
    list,
    form(
      { label: w.addNote, act, kind: "button quiet" },
      field("text", w.noteText, { rows: 2, required: true, maxlength: 2000, dir: "auto" }),
    ),
  );
}

const note = (each) =>
  h(
    "li",
    { class: "note" },
    foreign("p", each.text, { class: "prewrap" }),
    h("time", { datetime: each.created_at, class: "quietly" }, when(each.created_at)),
  );
