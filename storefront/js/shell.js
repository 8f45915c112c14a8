// What is around every page: the head with search and basket, the banner of an unfinished order, the foot.

import * as basket from "./basket.js";
import * as checkout from "./checkout.js";
import { fill, h, svg } from "./dom.js";
import { navigate } from "./router.js";
import * as session from "./session.js";
import { words } from "./words.js";

const BAG = "M5 8h14l-1.2 12H6.2zM9 10V6.5a3 3 0 0 1 6 0V10";
const PERSON = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5";
const GLASS = "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5";

export function build() {
  const nav = h("nav", { class: "nav", "aria-label": words.nav.label });
  const search = searchForm();
  const home = h("a", { href: "/", class: "brand" }, h("img", { src: "/icon.svg", alt: "", width: 32, height: 32 }), words.shop);
  fill(document.getElementById("header"), h("div", { class: "header-in" }, home, search.element, nav));
  fill(
    document.getElementById("footer"),
    h("div", { class: "footer-in" }, h("p", {}, words.slogan), h("a", { href: "/docs/" }, words.nav.docs)),
  );
  const drawNav = () => fill(nav, links());
  const drawBanner = () => fill(document.getElementById("banner"), banner());
  for (const changes of [basket.onChange, session.onChange]) changes(drawNav);
  for (const changes of [checkout.onChange, session.onChange]) changes(drawBanner);
  drawNav();
  drawBanner();
  return {
    /** The head follows the address. */
    follow() {
      search.input.value = location.pathname === "/" ? (new URLSearchParams(location.search).get("search") ?? "") : "";
      mark(nav);
      drawBanner();
    },
  };
}

function searchForm() {
  const input = h("input", {
    type: "search",
    name: "search",
    maxlength: 200,
    placeholder: words.nav.search,
    "aria-label": words.nav.search,
    autocomplete: "off",
    dir: "auto",
  });
  const element = h(
    "form",
    { role: "search", class: "search", action: "/" },
    input,
    h("button", { type: "submit", class: "search-go", "aria-label": words.nav.find }, svg(GLASS)),
  );
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    navigate(input.value.trim() ? `/?search=${encodeURIComponent(input.value.trim())}` : "/");
  });
  return { element, input };
}

function links() {
  const isIn = session.state() !== "out";
  const count = basket.count();
  return [
    session.isStaff() && text("/desk", words.nav.desk),
    isIn && text("/orders", words.nav.orders),
    isIn ? sign("/account", PERSON, words.nav.account) : sign("/sign-in", PERSON, words.nav.signIn),
    h(
      "a",
      { href: "/basket", class: "nav-link nav-basket" },
      svg(BAG),
      h("span", { class: "nav-word" }, words.nav.basket),
      h("span", { class: "hidden" }, words.nav.basketCount(count)),
      count > 0 && h("span", { class: "nav-count", "aria-hidden": "true" }, count > 99 ? "99+" : String(count)),
    ),
  ];
}

const text = (address, word) => h("a", { href: address, class: "nav-link" }, word);
const sign = (address, path, word) =>
  h("a", { href: address, class: "nav-link" }, svg(path), h("span", { class: "nav-word" }, word));

function mark(nav) {
  for (const link of nav.querySelectorAll("a")) {
    const isHere = `${location.pathname}/`.startsWith(`${link.getAttribute("href")}/`);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function banner() {
  if (!checkout.pending() || location.pathname === "/checkout") return null;
  return h("p", { role: "status" }, words.checkout.unfinished, " ", h("a", { href: "/checkout" }, words.checkout.finish));
}
