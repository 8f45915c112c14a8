// Links to the previous and the next page of a list. The cursor is in the address of the page.

import { h } from "../dom.js";
import { messages } from "../messages.js";

/** @param {string} list @param {ListPage<unknown>} data */
export function pager(list, { previous, next }) {
  if (!next && !previous) return null;
  return h(
    "nav",
    { class: "pager", "aria-label": messages.common.pagesOf(list) },
    link(previous, messages.common.previous, "prev"),
    link(next, messages.common.next, "next"),
  );
}

/** @param {string | null} address @param {string} text @param {string} rel */
function link(address, text, rel) {
  if (!address) return h("span", { class: "button secondary", "aria-disabled": "true" }, text);
  const query = new URLSearchParams(location.search);
  query.set("cursor", new URL(address, location.href).searchParams.get("cursor") ?? "");
  return h("a", { href: `${location.pathname}?${query}`, class: "button secondary", rel }, text);
}
