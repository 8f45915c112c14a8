// A postal address, as on a parcel.

import { countryName } from "../countries.js";
import { h, userText } from "../dom.js";

/** @param {AddressFields} fields */
export function address({ name, line1, line2, postal_code, city, region, country, phone }) {
  const town = [[postal_code, city].filter(Boolean).join(" "), region].filter(Boolean).join(", ");
  const rows = [name, line1, line2, town, country && countryName(country), phone];
  return h(
    "address",
    { class: "address" },
    rows.filter(Boolean).map((row) => userText("span", row)),
  );
}
