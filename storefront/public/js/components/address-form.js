// The fields of an address, in the address book and at the checkout.

import { countries } from "../countries.js";
import { messages } from "../messages.js";
import { field } from "./forms.js";

const t = messages.address;

/** @type {[keyof AddressFields, string, Record<string, unknown>][]} name, autocomplete, options */
const FIELDS = [
  ["name", "name", { required: true, maxlength: 100 }],
  ["line1", "address-line1", { required: true, maxlength: 200 }],
  ["line2", "address-line2", { maxlength: 200 }],
  ["postal_code", "postal-code", { maxlength: 20 }],
  ["city", "address-level2", { required: true, maxlength: 100 }],
  ["region", "address-level1", { maxlength: 100 }],
  ["country", "country", { required: true, choices: [["", t.chooseCountry], ...countries()] }],
  ["phone", "tel", { maxlength: 40, type: "tel" }],
];

/** @param {Partial<AddressFields>} values */
export const addressFields = (values = {}) =>
  FIELDS.map(([name, autocomplete, options]) =>
    field(name, t[name], {
      autocomplete: `shipping ${autocomplete}`,
      value: values[name] ?? "",
      dir: "auto",
      ...options,
    }),
  );

/** @param {FormValues} values */
export const addressOf = (values) =>
  FIELDS.reduce(
    (fields, [name]) => ({ ...fields, [name]: values[name].trim() }),
    /** @type {AddressFields} */ ({}),
  );
