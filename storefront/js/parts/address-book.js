// The address book at the account page.

import { call, rows } from "../api.js";
import { h, refill } from "../dom.js";
import { explain, words } from "../words.js";
import { address } from "./address.js";
import { addressFields, addressOf } from "./address-form.js";
import { ask, dialog } from "./dialog.js";
import { form } from "./forms.js";
import { patiently, toast } from "./notice.js";

const BOOK = "/api/users/me/addresses/";
const w = words.account;

export async function addressBook(signal) {
  const place = h("div", {});
  const draw = async () =>
    refill(place, content(await rows((method, path) => call(method, path, { signal }), `${BOOK}?page_size=100`), draw));
  await draw();
  return place;
}

function content(book, draw) {
  return [
    book.length
      ? h(
          "ul",
          { class: "addresses" },
          book.map((each) => card(each, draw)),
        )
      : h("p", { class: "quietly" }, w.noAddresses),
    h("p", { class: "row" }, h("button", { type: "button", class: "button quiet", onclick: () => edit({}, draw) }, w.addAddress)),
  ];
}

function card(each, draw) {
  const button = (text, act) =>
    h("button", { type: "button", class: "link", onclick: act, "aria-label": `${text}: ${each.line1}` }, text);
  const patch = () => changed(() => call("PATCH", `${BOOK}${each.id}/`, { json: { is_default: true } }), draw);
  return h(
    "li",
    { class: "address-card", "data-row": each.id },
    each.is_default && h("span", { class: "tag" }, w.isDefault),
    address(each),
    h(
      "p",
      { class: "row" },
      button(words.common.edit, () => edit(each, draw)),
      !each.is_default && button(w.makeDefault, patch),
      button(words.common.remove, () => remove(each, draw)),
    ),
  );
}

function edit(each, draw) {
  const act = async (values) => {
    const [method, path] = each.id ? ["PATCH", `${BOOK}${each.id}/`] : ["POST", BOOK];
    await call(method, path, { json: addressOf(values) });
    window_.close();
    await draw();
    toast(words.common.saved);
  };
  const window_ = dialog(each.id ? w.editAddress : w.addAddress, form({ label: words.common.save, act }, addressFields(each)));
}

async function remove(each, draw) {
  if (await ask(w.removeAddress(each.line1), words.common.remove)) await changed(() => call("DELETE", `${BOOK}${each.id}/`), draw);
}

async function changed(act, draw) {
  try {
    await patiently(act());
    await draw();
  } catch (failure) {
    toast(explain(failure));
  }
}
