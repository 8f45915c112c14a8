// A product's picture, or a sign in its place: when it has none, and when its address leads nowhere.

import { h, svg } from "../dom.js";
import { words } from "../words.js";

const NONE = "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9.5v.1";

export function picture(address, { eager = false, alt = "" } = {}) {
  const frame = h("span", { class: "picture" });
  if (!isPicture(address)) return blank(frame);
  const image = h("img", {
    src: address,
    alt,
    loading: eager ? "eager" : "lazy",
    decoding: "async",
    width: 480,
    height: 480,
    referrerpolicy: "no-referrer",
  });
  image.addEventListener("error", () => blank(frame));
  frame.append(image);
  return frame;
}

function blank(frame) {
  frame.replaceChildren(
    svg(NONE, { class: "icon picture-none", role: "img", "aria-hidden": "false", "aria-label": words.catalogue.noPicture }),
  );
  return frame;
}

const isPicture = (address) => /^https?:\/\//.test(address ?? "");
