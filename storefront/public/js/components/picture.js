// A product picture, or an icon if there is none or it does not load.

import { h, svg } from "../dom.js";
import { messages } from "../messages.js";

const NO_PICTURE = "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9.5v.1";

/** @param {string | null | undefined} address */
export function picture(address, { eager = false, alt = "" } = {}) {
  const frame = h("span", { class: "picture" });
  if (!address || !/^https?:\/\//.test(address)) return withIcon(frame);
  const image = h("img", {
    src: address,
    alt,
    loading: eager ? "eager" : "lazy",
    decoding: "async",
    width: 480,
    height: 480,
    referrerpolicy: "no-referrer",
  });
  image.addEventListener("error", () => withIcon(frame));
  frame.append(image);
  return frame;
}

/** @param {Element} frame */
function withIcon(frame) {
  const label = messages.catalogue.noPicture;
  const attributes = { role: "img", "aria-hidden": "false", "aria-label": label };
  frame.replaceChildren(svg(NO_PICTURE, { ...attributes, class: "icon picture-missing" }));
  return frame;
}
