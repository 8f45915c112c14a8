// An order before it is placed: the lines, the shipping address, and the button with the total.

import { requestAsUser } from "../api.js";
import * as basket from "../basket.js";
import { h, newId } from "../dom.js";
import { messages } from "../messages.js";
import { money } from "../money.js";
import { address } from "./address.js";
import { addressFields, addressOf } from "./address-form.js";
import { alertBox, toast } from "./alerts.js";
import { lineList, total, totalRow } from "./cart-lines.js";
import { checkbox, form, values } from "./forms.js";

const NEW = "new";
const t = messages.checkout;

/** @typedef {ShippingChoice & {saveAddress?: boolean}} Choice the address that was chosen before */

/**
 * Returns the element, and a function that reads the chosen address from it.
 * @param {Cart} cart
 * @param {SavedAddress[] | null} addresses
 * @param {Choice | undefined} before
 * @param {(order: OrderRequest) => Promise<unknown>} placeOrder
 * @param {() => unknown} onChange
 */
export function checkoutForm({ lines, products, stock }, addresses, before, placeOrder, onChange) {
  const amount = total(lines);
  const { currency } = lines[0];
  let isOutdated = false;
  const change = () => {
    isOutdated = true;
    return onChange();
  };
  const submit = async (/** @type {FormValues} */ input) => {
    if (isOutdated) return toast(t.changed); // clicked while a changed quantity was loading
    if (products) basket.confirmPrices(products);
    const items = lines.map((line) => ({ product_id: line.id, quantity: line.quantity }));
    const shipping = input.saveAddress && isNew(input) ? await save(input) : chosen(input);
    return placeOrder({ items, expected_total: amount, ...shipping });
  };
  const label = t.place(money(amount, currency));
  const element = form({ label, submit, kind: "button wide" }, addressChoice(addresses, before));
  const button = element.querySelector("[type=submit]");
  button?.toggleAttribute(
    "disabled",
    lines.some((line) => line.isUnavailable),
  );
  const review = h(
    "section",
    {},
    h("h2", {}, t.yourOrder),
    !products && alertBox("info", messages.basket.pricesUnavailable),
    !stock && alertBox("info", messages.stock.unavailable, t.stockUnavailable),
    lineList(lines, change),
    totalRow(messages.basket.total, amount, currency),
  );
  const shipping = h(
    "section",
    { class: "panel side-wide" },
    h("h2", {}, t.shipTo),
    !addresses && alertBox("info", t.noAddressBook),
    element,
  );
  return {
    element: h("div", { class: "with-side" }, review, shipping),
    read: () => {
      const input = values(element);
      return { ...chosen(input), saveAddress: Boolean(input.saveAddress) };
    },
  };
}

/** @param {FormValues} input */
const isNew = (input) => !input.address || input.address === NEW;

/** @param {FormValues} input @returns {ShippingChoice} */
const chosen = (input) =>
  isNew(input) ? { shipping_address: addressOf(input) } : { address_id: input.address };

/**
 * Saves first: an error is shown beside the fields, and nothing is ordered.
 * @param {FormValues} input
 */
async function save(input) {
  /** @type {ApiResponse<SavedAddress>} */
  const { data } = await requestAsUser("POST", "/api/users/me/addresses/", {
    json: addressOf(input),
  });
  return { address_id: data.id };
}

/**
 * A saved address, or the fields of a new one.
 * @param {SavedAddress[] | null} addresses
 * @param {Choice} [before]
 */
function addressChoice(addresses, before) {
  const saved = addresses ?? [];
  const fields = h(
    "fieldset",
    { class: "fields" },
    h("legend", { class: "hidden" }, t.newAddress),
    addressFields(before?.shipping_address),
    addresses && checkbox("saveAddress", t.saveAddress, before?.saveAddress),
  );
  const preselected = before?.shipping_address ? null : preselect(saved, before?.address_id);
  const select = (/** @type {string} */ id) => {
    fields.hidden = id !== NEW;
    fields.disabled = id !== NEW;
  };
  const initial = preselected?.id ?? NEW;
  select(initial);
  const option = (/** @type {string} */ id, /** @type {Child} */ content) =>
    radio(id, id === initial, content, () => select(id));
  const options =
    saved.length > 0 &&
    h(
      "fieldset",
      { class: "options" },
      h("legend", { class: "hidden" }, t.shipTo),
      saved.map((each) => option(each.id, address(each))),
      option(NEW, t.newAddress),
    );
  return [options, fields];
}

/** @param {SavedAddress[]} saved @param {string} [id] */
const preselect = (saved, id) =>
  saved.find((each) => each.id === id) ?? saved.find((each) => each.is_default) ?? saved[0];

/**
 * @param {string} value
 * @param {boolean} checked
 * @param {Child} content
 * @param {() => void} onchange
 */
function radio(value, checked, content, onchange) {
  const id = newId("address");
  return h(
    "div",
    { class: "option" },
    h("input", { type: "radio", name: "address", id, value, checked, onchange }),
    h("label", { for: id }, content),
  );
}
