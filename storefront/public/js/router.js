// Loads and renders the page at the current address, and handles links, scrolling and focus.

import { withSlowNotice, toast } from "./components/alerts.js";
import { skeleton } from "./components/skeletons.js";
import { errorPage, notFound, signInRequired, staffOnly } from "./components/status-pages.js";
import { announce, byId, patchChildren, replaceChildren } from "./dom.js";
import { messages } from "./messages.js";
import { find } from "./routes.js";
import * as session from "./session.js";

const RETRY_INTERVAL_MS = 10_000; // for a page that shows an outage
const SCROLL_SAVE_DELAY_MS = 200; // browsers limit how often the history may change
const SKELETON_DELAY_MS = 150; // the old page stays this long, so that the skeleton does not flash

// In a product name they would reverse the rest of the document title.
const DIRECTION_MARKS = /[\u202a-\u202e\u2066-\u2069]/g;

const main = byId("main");
let current = new AbortController();
let shownPath = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let scrollTimer;

/** @typedef {{toTop?: boolean, scroll?: number, isRetry?: boolean}} RenderOptions */

/** @type {Navigate} */
export function navigate(address, { replace = false } = {}) {
  saveScroll();
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  return render({ toTop: true });
}

/** Renders the current address again, at the same scroll position. */
export const reload = () => render({});

export function start() {
  history.scrollRestoration = "manual";
  addEventListener("popstate", (event) => {
    clearTimeout(scrollTimer);
    if (location.hash !== "#main") render({ scroll: event.state?.scroll ?? 0 });
  });
  // The position is saved while scrolling: at "popstate" it is already lost.
  addEventListener("scroll", () => {
    clearTimeout(scrollTimer);
    if (!main.hasAttribute("aria-busy")) scrollTimer = setTimeout(saveScroll, SCROLL_SAVE_DELAY_MS);
  });
  addEventListener("pagehide", saveScroll);
  document.addEventListener("click", onLinkClick);
  return render({ scroll: history.state?.scroll });
}

/** @param {MouseEvent} event */
function onLinkClick(event) {
  const hasModifier = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (event.button !== 0 || hasModifier || event.defaultPrevented) return;
  const target = /** @type {Element} */ (event.target);
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest("a[href]"));
  if (!link || link.target || link.hasAttribute("download")) return;
  const { origin, pathname, search, hash } = new URL(link.href);
  const isPage = origin === location.origin && find(pathname); // /docs/ and pictures are not
  if (!isPage || link.getAttribute("href")?.startsWith("#")) return;
  event.preventDefault();
  navigate(pathname + search + hash);
}

/** @param {RenderOptions} options */
async function render(options) {
  current.abort();
  const { signal } = (current = new AbortController());
  const isOtherPath = shownPath !== location.pathname;
  const page = await loadWithSkeleton(signal, isOtherPath, options.isRetry);
  if (signal.aborted || !page) return;
  if (isOtherPath) replaceChildren(byId("toasts"));
  (isOtherPath ? replaceChildren : patchChildren)(main, page.body);
  main.removeAttribute("aria-busy");
  document.title = messages.title(page.title.replace(DIRECTION_MARKS, ""));
  afterRender(page, isOtherPath, options);
  shownPath = location.pathname;
  page.ready?.();
  if (page.isTemporary) retryLater(signal);
  else if (options.isRetry) announce(page.title);
}

/** @param {AbortSignal} signal @param {boolean} isOtherPath */
async function loadWithSkeleton(signal, isOtherPath, isRetry = false) {
  const showSkeleton = () => isOtherPath && replaceChildren(main, skeleton(location.pathname));
  const timer = setTimeout(showSkeleton, shownPath ? SKELETON_DELAY_MS : 0);
  main.setAttribute("aria-busy", "true");
  const loading = loadPage(signal).catch((error) => (signal.aborted ? null : failedPage(error)));
  const showSlow = (/** @type {string} */ text) =>
    isRetry || signal.aborted ? () => {} : toast(text, null, { stays: true });
  const page = await withSlowNotice(loading, showSlow);
  clearTimeout(timer);
  return page;
}

/** @param {AbortSignal} signal */
function retryLater(signal) {
  const again = () => {
    clearTimeout(timer);
    removeEventListener("online", again);
    if (!signal.aborted) render({ isRetry: true });
  };
  const timer = setTimeout(again, RETRY_INTERVAL_MS);
  addEventListener("online", again);
}

/** @param {AbortSignal} signal @returns {Promise<PageView>} */
async function loadPage(signal) {
  const found = find(location.pathname);
  if (!found) return notFound();
  const { route, id } = found;
  const loading = route.load();
  const rejected = await guard(route.needs);
  if (rejected) return rejected;
  const query = new URLSearchParams(location.search);
  const isCurrent = () => !signal.aborted;
  return (await loading).page({ id, query, signal, isCurrent, navigate, reload });
}

/** @param {unknown} error @returns {Promise<PageView>} */
async function failedPage(error) {
  const page = errorPage(error, reload);
  if (!location.pathname.startsWith("/staff") || !session.isStaff()) return page;
  return (await import("./staff/layout.js")).inStaffLayout(page);
}

/**
 * The page that is shown in place of one that this user may not see.
 * @param {Route["needs"]} needs
 */
async function guard(needs) {
  if (!needs) return null;
  if (!(await session.resolve())) return signInRequired();
  return needs === "staff" && !session.isStaff() ? staffOnly() : null;
}

/** @param {PageView} page @param {boolean} isOtherPath @param {RenderOptions} options */
function afterRender(page, isOtherPath, { toTop = false, scroll }) {
  if (scroll !== undefined || toTop) scrollTo(0, scroll ?? 0);
  if (!shownPath) return;
  const focused = document.activeElement;
  const isFocusLost = focused === document.body || focused?.closest(".pager");
  if (isOtherPath || (toTop && isFocusLost))
    (main.querySelector("h1") ?? main).focus({ preventScroll: true });
  if (isOtherPath || toTop) announce(page.announcement ?? page.title);
}

function saveScroll() {
  clearTimeout(scrollTimer);
  history.replaceState({ ...history.state, scroll: scrollY }, "");
}
