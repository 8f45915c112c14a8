// An order before it is placed: the address, the lines, the button with the price on it.

import * as basket from "../basket.js";
import { call } from "../api.js";
import { h, newId } from "../dom.js";
import { money } from "../money.js";
import { words } from "../words.js";
import { address } from "./address.js";
import { addressFields, addressOf } from "./address-form.js";
import { form, values } from "./forms.js";
import { lineList, total } from "./lines.js";
import { notice, toast } from "./notice.js";

const NEW = "new";

/** `before` is what was chosen before, if it was: {address_id} or {shipping_address}, and keep. Returns the element, and what is chosen in it. */
export function draft({ lines, products, stock }, book, before, order, redraw) {
  const choice = whereTo(book, before);
  const sum = total(lines);
  let isOther = false;
  const changed = () => {
    isOther = true;
    return redraw();
  };
  const place = async (given) => {
    if (isOther) return toast(words.checkout.changed); // pressed while another quantity was still in the making
    if (products) basket.confirmPrices(products);
    return order({ items: items(lines), expected_total: sum, ...(await choice.body(given)) });
  };
  const canOrder = lines.every((line) => !line.isGone);
  const label = words.checkout.place(money(sum, lines[0].currency));
  const element = form({ label, act: place, kind: "button wide" }, choice.element);
  element.querySelector("[type=submit]").disabled = !canOrder;
  const review = h(
    "section",
    {},
    h("h2", {}, words.checkout.yourOrder),
    !products && notice("info", words.basket.unconfirmed),
    stock === null && notice("info", words.stock.unknownTitle, words.checkout.stockUnknown),
    lineList(lines, { changed }),
    h("p", { class: "total" }, h("span", {}, words.basket.total), h("strong", { class: "price" }, money(sum, lines[0].currency))),
  );
  const sending = h(
    "section",
    { class: "panel side-wide" },
    h("h2", {}, words.checkout.whereTo),
    book === null && notice("info", words.checkout.noBook),
    element,
  );
  const now = () => {
    const given = values(element);
    return { ...chosen(given), keep: given.keep };
  };
  return { element: h("div", { class: "with-side" }, review, sending), chosen: now };
}

const items = (lines) => lines.map((line) => ({ product_id: line.id, quantity: line.quantity }));

const chosen = (given) =>
  given.address && given.address !== NEW ? { address_id: given.address } : { shipping_address: addressOf(given) };

/** An address of the book, or a new one. */
function whereTo(book, before) {
  const known = book ?? [];
  const fields = h(
    "fieldset",
    { class: "fields" },
    h("legend", { class: "hidden" }, words.checkout.newAddress),
    addressFields(before?.shipping_address),
    book !== null && keeper(before?.keep),
  );
  const choose = (id) => (fields.hidden = fields.disabled = id !== NEW);
  const usual = before?.shipping_address
    ? null
    : (known.find((each) => each.id === before?.address_id) ?? known.find((each) => each.is_default) ?? known[0]);
  const first = usual?.id ?? NEW;
  choose(first);
  const option = (id, content) => radio(id, id === first, content, () => choose(id));
  const options =
    known.length > 0 &&
    h(
      "fieldset",
      { class: "options" },
      h("legend", { class: "hidden" }, words.checkout.whereTo),
      known.map((each) => option(each.id, address(each))),
      option(NEW, words.checkout.newAddress),
    );
  return {
    element: h("div", {}, options, fields),
    body: async (given) => (given.keep && !known.some((each) => each.id === given.address) ? kept(given) : chosen(given)),
  };
}

function radio(value, checked, content, chosen) {
  const id = newId("address");
  return h(
    "div",
    { class: "option" },
    h("input", { type: "radio", name: "address", id, value, checked, onchange: chosen }),
    h("label", { for: id }, content),
  );
}

function keeper(checked) {
  const id = newId("keep");
  return h(
    "div",
    { class: "field field-check" },
    h("input", { type: "checkbox", name: "keep", id, checked }),
    h("label", { for: id }, words.checkout.keep),
  );
}

/** One that shall be kept is kept first: when it is refused, its faults are beside the fields, and nothing was ordered. */
async function kept(given) {
  const { data } = await call("POST", "/api/users/me/addresses/", { json: addressOf(given) });
  return { address_id: data.id };
}
