// How many: to type, or one more and one less.

import { MOST_UNITS } from "../basket.js";
import { h, svg } from "../dom.js";
import { words } from "../words.js";

/** `limit` lowers what can be chosen to what there is. */
export function quantity(value, label, changed = () => {}) {
  const input = h("input", {
    class: "quantity-input",
    type: "number",
    inputmode: "numeric",
    min: 1,
    max: MOST_UNITS,
    value,
    "aria-label": label,
  });
  const within = (wanted) => Math.min(Math.max(Math.trunc(Number(wanted)) || 1, 1), Number(input.max));
  const settle = (wanted) => {
    input.value = within(wanted);
    changed(Number(input.value));
  };
  const limit = (most) => {
    input.max = Math.min(most, MOST_UNITS);
    input.value = within(input.value);
  };
  const step = (by, path, text) =>
    h(
      "button",
      { type: "button", class: "quantity-step", "aria-label": text, onclick: () => settle(Number(input.value) + by) },
      svg(path),
    );
  input.addEventListener("change", () => settle(input.value));
  const element = h(
    "div",
    { class: "quantity", role: "group", "aria-label": label },
    step(-1, "M6 12h12", words.common.less),
    input,
    step(1, "M6 12h12M12 6v12", words.common.more),
  );
  return { element, value: () => within(input.value), limit };
}
