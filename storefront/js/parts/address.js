// An address as it stands on a parcel.

import { countryName } from "../countries.js";
import { foreign, h } from "../dom.js";

export function address(parts) {
  const town = [[parts.postal_code, parts.city].filter(Boolean).join(" "), parts.region].filter(Boolean).join(", ");
  const rows = [parts.name, parts.line1, parts.line2, town, parts.country && countryName(parts.country), parts.phone];
  return h(
    "address",
    { class: "address" },
    rows.filter(Boolean).map((row) => foreign("span", row)),
  );
}
