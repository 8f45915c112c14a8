// Grey shapes as large as what will be there, so that nothing jumps when it comes.

import { h } from "../dom.js";
import { words } from "../words.js";

const bar = (kind) => h("span", { class: `bone ${kind}` });

const card = () =>
  h("div", { class: "card" }, bar("bone-picture"), h("div", { class: "card-text" }, bar("bone-line"), bar("bone-short")));

const catalogue = () =>
  h(
    "div",
    { class: "catalogue" },
    h("div", { class: "filters" }, bar("bone-side")),
    h("div", { class: "grid" }, Array.from({ length: 12 }, card)),
  );

const product = () =>
  h(
    "div",
    { class: "product" },
    bar("bone-picture"),
    h("div", { class: "product-text" }, bar("bone-line"), bar("bone-short"), bar("bone-block")),
  );

const list = () =>
  h(
    "div",
    { class: "stack" },
    Array.from({ length: 6 }, () => bar("bone-row")),
  );

export function skeleton(pathname) {
  const body = pathname === "/" ? catalogue() : pathname.startsWith("/products/") ? product() : list();
  const title = pathname.startsWith("/products/") ? null : bar("bone-title");
  return h(
    "div",
    { class: "skeleton" },
    h("p", { class: "hidden" }, words.common.loading),
    h("div", { "aria-hidden": "true" }, title, body),
  );
}
