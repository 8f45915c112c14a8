// A number field with buttons to increase and decrease it.

import { clamp, MAX_QUANTITY } from "../basket.js";
import { button, h, svg } from "../dom.js";
import { messages } from "../messages.js";

/** @param {number} initial @param {string} label @param {(quantity: number) => void} onChange */
export function quantity(initial, label, onChange = () => {}) {
  const input = h("input", {
    class: "quantity-input",
    type: "number",
    inputmode: "numeric",
    min: 1,
    max: MAX_QUANTITY,
    value: initial,
    "aria-label": label,
  });
  const value = () => clamp(Number(input.value), Number(input.max));
  const change = (/** @type {number} */ wanted) => {
    input.value = String(clamp(wanted, Number(input.max)));
    onChange(value());
  };
  const setMax = (/** @type {number} */ max) => {
    input.max = String(Math.min(max, MAX_QUANTITY));
    input.value = String(value());
  };
  const step = (
    /** @type {number} */ delta,
    /** @type {string} */ icon,
    /** @type {string} */ text,
  ) =>
    button(svg(icon), () => change(Number(input.value) + delta), {
      class: "quantity-step",
      "aria-label": text,
    });
  input.addEventListener("change", () => change(Number(input.value)));
  const element = h(
    "div",
    { class: "quantity", role: "group", "aria-label": label },
    step(-1, "M6 12h12", messages.common.decrease),
    input,
    step(1, "M6 12h12M12 6v12", messages.common.increase),
  );
  return { element, value, setMax };
}
