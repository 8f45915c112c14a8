// The address book on the account page.

import { fetchAll, requestAsUser } from "../api.js";
import { button, h, patchChildren } from "../dom.js";
import { messages } from "../messages.js";
import { address } from "./address.js";
import { addressFields, addressOf } from "./address-form.js";
import { runAction, toast } from "./alerts.js";
import { confirmDialog, dialog } from "./dialog.js";
import { form } from "./forms.js";

const PATH = "/api/users/me/addresses/";
const t = messages.account;

/** @param {AbortSignal} signal */
export async function addressBook(signal) {
  const container = h("div", {});
  const render = async () => {
    /** @type {SavedAddress[]} */
    const addresses = await fetchAll(`${PATH}?page_size=100`, { signal });
    patchChildren(container, content(addresses, render));
  };
  await render();
  return container;
}

/** @param {SavedAddress[]} addresses @param {Action} render */
function content(addresses, render) {
  const cards = addresses.map((each) => card(each, render));
  const add = button(t.addAddress, () => edit(null, render), { class: "button secondary" });
  return [
    cards.length
      ? h("ul", { class: "addresses" }, cards)
      : h("p", { class: "muted" }, t.noAddresses),
    h("p", { class: "row" }, add),
  ];
}

/** @param {SavedAddress} saved @param {Action} render */
function card(saved, render) {
  const action = (/** @type {string} */ text, /** @type {() => unknown} */ onclick) =>
    button(text, onclick, { class: "link", "aria-label": `${text}: ${saved.line1}` });
  const change = async (/** @type {string} */ method, /** @type {unknown} */ json) => {
    await requestAsUser(method, `${PATH}${saved.id}/`, { json });
    await render();
  };
  const makeDefault = () =>
    runAction(() => change("PATCH", { is_default: true }), messages.common.saved);
  const remove = async () => {
    if (await confirmDialog(t.removeAddress(saved.line1), messages.common.remove))
      await runAction(() => change("DELETE", undefined), messages.common.saved);
  };
  return h(
    "li",
    { class: "address-card", "data-row": saved.id },
    saved.is_default && h("span", { class: "tag" }, t.isDefault),
    address(saved),
    h(
      "p",
      { class: "row" },
      action(messages.common.edit, () => edit(saved, render)),
      !saved.is_default && action(t.makeDefault, makeDefault),
      action(messages.common.remove, remove),
    ),
  );
}

/** @param {SavedAddress | null} saved @param {Action} render */
function edit(saved, render) {
  const submit = async (/** @type {FormValues} */ values) => {
    const json = addressOf(values);
    if (saved) await requestAsUser("PATCH", `${PATH}${saved.id}/`, { json });
    else await requestAsUser("POST", PATH, { json });
    element.close();
    await render();
    toast(messages.common.saved);
  };
  const fields = addressFields(saved ?? {});
  const element = dialog(
    saved ? t.editAddress : t.addAddress,
    form({ label: messages.common.save, submit }, fields),
  );
}
