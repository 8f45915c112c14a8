// Grey shapes of the size of the content, so that nothing moves when it is loaded.

import { h } from "../dom.js";
import { messages } from "../messages.js";

/** @param {string} kind */
const bar = (kind) => h("span", { class: `skeleton-bar skeleton-${kind}` });

/** @param {number} count @param {() => Element} make */
const repeat = (count, make) => Array.from({ length: count }, make);

const card = () =>
  h(
    "div",
    { class: "card" },
    bar("picture"),
    h("div", { class: "card-text" }, bar("line"), bar("short")),
  );

const catalogue = () =>
  h(
    "div",
    { class: "catalogue" },
    h("div", { class: "filters" }, bar("side")),
    h("div", { class: "grid" }, repeat(12, card)),
  );

const product = () =>
  h(
    "div",
    { class: "product" },
    bar("picture"),
    h("div", { class: "product-text" }, bar("line"), bar("short"), bar("block")),
  );

const list = () =>
  h(
    "div",
    { class: "stack" },
    repeat(6, () => bar("row")),
  );

/** @param {string} pathname */
export function skeleton(pathname) {
  const isProduct = pathname.startsWith("/products/");
  const body = pathname === "/" ? catalogue() : isProduct ? product() : list();
  return h(
    "div",
    { class: "skeleton" },
    h("p", { class: "hidden" }, messages.common.loading),
    h("div", { "aria-hidden": "true" }, !isProduct && bar("title"), body),
  );
}
