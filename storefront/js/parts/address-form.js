// The fields of an address, as the address book and an order have them.

import { countries } from "../countries.js";
import { words } from "../words.js";
import { field } from "./forms.js";

const LONGEST = { name: 100, line1: 200, line2: 200, city: 100, region: 100, postal_code: 20, phone: 40 };
const FILLED = {
  name: "name",
  line1: "address-line1",
  line2: "address-line2",
  city: "address-level2",
  region: "address-level1",
  postal_code: "postal-code",
  country: "country",
  phone: "tel",
};
const NEEDED = ["name", "line1", "city", "country"];
export const PARTS = ["name", "line1", "line2", "postal_code", "city", "region", "country", "phone"];

export function addressFields(address = {}) {
  return PARTS.map((name) => {
    const options = {
      required: NEEDED.includes(name),
      autocomplete: `shipping ${FILLED[name]}`,
      value: address[name] ?? "",
      dir: "auto",
    };
    if (name === "country")
      return field(name, words.address.country, { ...options, choices: [["", words.address.choose], ...countries()] });
    return field(name, words.address[name], { ...options, maxlength: LONGEST[name], type: name === "phone" ? "tel" : "text" });
  });
}

export const addressOf = (values) => Object.fromEntries(PARTS.map((name) => [name, values[name].trim()]));
