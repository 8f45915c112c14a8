// What surrounds every page: header, banner for an unfinished order, footer.

import * as basket from "./basket.js";
import * as checkout from "./checkout.js";
import { byId, h, replaceChildren, svg } from "./dom.js";
import { messages } from "./messages.js";
import { navigate } from "./router.js";
import * as session from "./session.js";

const t = messages.nav;
const BASKET_ICON = "M5 8h14l-1.2 12H6.2zM9 10V6.5a3 3 0 0 1 6 0V10";
const USER_ICON = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5";
const SEARCH_ICON = "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5";

/** Returns a function that adapts the frame to a new address. */
export function pageFrame() {
  const nav = h("nav", { class: "nav", "aria-label": t.label });
  const search = searchForm();
  const logo = h("img", { src: "/icon.svg", alt: "", width: 32, height: 32 });
  const home = h("a", { href: "/", class: "brand" }, logo, messages.shop);
  replaceChildren(byId("header"), h("div", { class: "header-inner" }, home, search.element, nav));
  const docs = h("a", { href: "/docs/" }, t.docs);
  replaceChildren(
    byId("footer"),
    h("div", { class: "footer-inner" }, h("p", {}, messages.slogan), docs),
  );
  const renderNav = () => replaceChildren(nav, links());
  const renderBanner = () => replaceChildren(byId("banner"), banner());
  for (const module of [basket, session]) module.onChange(renderNav);
  for (const module of [checkout, session]) module.onChange(renderBanner);
  renderNav();
  return () => {
    const query = new URLSearchParams(location.search);
    search.input.value = (location.pathname === "/" && query.get("search")) || "";
    markCurrent(nav);
    renderBanner();
  };
}

function searchForm() {
  const input = h("input", {
    type: "search",
    name: "search",
    maxlength: 200,
    placeholder: t.searchCatalogue,
    "aria-label": t.searchCatalogue,
    autocomplete: "off",
    dir: "auto",
  });
  const submit = h(
    "button",
    { type: "submit", class: "search-submit", "aria-label": messages.common.search },
    svg(SEARCH_ICON),
  );
  const element = h("form", { role: "search", class: "search", action: "/" }, input, submit);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    navigate(text ? `/?search=${encodeURIComponent(text)}` : "/");
  });
  return { element, input };
}

/** @returns {Child[]} */
function links() {
  const isSignedIn = session.state() !== "signed-out";
  const count = basket.count();
  return [
    session.isStaff() && link("/staff", t.staff),
    isSignedIn && link("/orders", t.orders),
    isSignedIn ? link("/account", t.account, USER_ICON) : link("/sign-in", t.signIn, USER_ICON),
    link(
      "/basket",
      t.basket,
      BASKET_ICON,
      h("span", { class: "hidden" }, t.basketCount(count)),
      count > 0 &&
        h("span", { class: "nav-count", "aria-hidden": "true" }, count > 99 ? "99+" : count),
    ),
  ];
}

/** @param {string} href @param {string} text @param {string} icon @param {Child[]} more */
const link = (href, text, icon = "", ...more) =>
  h(
    "a",
    { href, class: "nav-link" },
    icon && svg(icon),
    h("span", { class: "nav-text" }, text),
    more,
  );

/** @param {Element} nav */
function markCurrent(nav) {
  for (const each of nav.querySelectorAll("a")) {
    const isCurrent = `${location.pathname}/`.startsWith(`${each.getAttribute("href")}/`);
    if (isCurrent) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
}

function banner() {
  if (!checkout.getPending() || location.pathname === "/checkout") return null;
  const { unfinished, finish } = messages.checkout;
  return h("p", { role: "status" }, unfinished, " ", h("a", { href: "/checkout" }, finish));
}
