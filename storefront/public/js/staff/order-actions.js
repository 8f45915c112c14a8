// What staff can do with an order: change its status, add notes.

import { requestAsUser } from "../api.js";
import { field, form } from "../components/forms.js";
import { dateTime } from "../dates.js";
import { button, h, replaceChildren, userText } from "../dom.js";
import { messages } from "../messages.js";

const t = messages.staff;

/** @param {Order} order @param {(verb: string, done: string) => unknown} change */
export function statusButton({ status }, change) {
  if (status === "confirmed") return button(t.ship, () => change("ship", t.shipped));
  return status === "shipped" && button(t.deliver, () => change("deliver", t.delivered));
}

/** @param {string} orderId */
export async function notes(orderId) {
  const path = `/api/orders/${orderId}/notes/`;
  const list = h("div", { class: "slot" });
  const render = async () => {
    /** @type {ApiResponse<ListPage<OrderNote>>} */
    const { data } = await requestAsUser("GET", `${path}?page_size=50`);
    const items = data.results.map(noteItem);
    const empty = h("p", { class: "muted" }, t.noNotes);
    replaceChildren(list, items.length ? h("ul", { class: "stack" }, items) : empty);
  };
  const submit = async (
    /** @type {FormValues} */ { text },
    /** @type {HTMLFormElement} */ element,
  ) => {
    await requestAsUser("POST", path, { json: { text } });
    element.reset();
    await render();
  };
  await render();
  const options = { rows: 2, required: true, maxlength: 2000, dir: "auto" };
  return h(
    "section",
    { class: "panel" },
    h("h2", {}, t.notes),
    list,
    form(
      { label: t.addNote, submit, kind: "button secondary" },
      field("text", t.noteText, options),
    ),
  );
}

/** @param {OrderNote} note */
const noteItem = ({ text, created_at }) =>
  h(
    "li",
    { class: "note" },
    userText("p", text, { class: "prewrap" }),
    h("time", { datetime: created_at, class: "muted" }, dateTime(created_at)),
  );
