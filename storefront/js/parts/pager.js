// To the next page and back. The address has the cursor, so that pages can be reloaded, bookmarked and gone back to.

import { cursorOf } from "../api.js";
import { h } from "../dom.js";
import { words } from "../words.js";

export function pager(list, data) {
  if (!data.next && !data.previous) return null;
  const step = (address, text, rel) =>
    address
      ? h("a", { href: at(cursorOf(address)), class: "button quiet", rel }, text)
      : h("span", { class: "button quiet", "aria-disabled": "true" }, text);
  return h(
    "nav",
    { class: "pager", "aria-label": words.common.pagesOf(list) },
    step(data.previous, words.common.previous, "prev"),
    step(data.next, words.common.next, "next"),
  );
}

function at(cursor) {
  const query = new URLSearchParams(location.search);
  query.set("cursor", cursor);
  return `${location.pathname}?${query}`;
}
