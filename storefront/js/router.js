// From an address to a page: loads it, shows it, and puts the reader at its beginning.

import { announce, fill, refill } from "./dom.js";
import { find } from "./routes.js";
import { forStaffOnly, notFound, signInFirst, troubled } from "./parts/states.js";
import { patiently, toast } from "./parts/notice.js";
import { skeleton } from "./parts/skeletons.js";
import * as session from "./session.js";
import { words } from "./words.js";

const RETRY = 10_000; // milliseconds after which a page that could not be made is tried again by itself
const PAUSE = 200; // milliseconds without scrolling; browsers allow a few changes of the history in a second
const SOON = 150; // milliseconds for which the old page stays rather than a skeleton flashing by

const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g; // in a product's name they would turn the rest of the title around

const main = document.getElementById("main");
let current = new AbortController();
let shown = "";
let scrolled = 0;

export function navigate(address, { replace = false } = {}) {
  rememberScroll();
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  return show({ top: true });
}

/** Shows this address again, with what is new. The reader stays where he is. */
export const reload = () => show({});

export function start() {
  history.scrollRestoration = "manual";
  addEventListener("popstate", (event) => {
    clearTimeout(scrolled);
    if (location.hash !== "#main") show({ scroll: event.state?.scroll ?? 0 });
  });
  // Going back or forward is known of only when the place is lost.
  addEventListener("scroll", () => {
    clearTimeout(scrolled);
    if (!main.hasAttribute("aria-busy")) scrolled = setTimeout(rememberScroll, PAUSE);
  });
  addEventListener("pagehide", rememberScroll);
  document.addEventListener("click", follow);
  const scroll = history.state?.scroll;
  return show({ scroll });
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin || !find(address.pathname)) return; // /docs/ and pictures are not ours
  if (link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  navigate(address.pathname + address.search + address.hash);
}

async function show({ top = false, scroll, isQuiet = false }) {
  current.abort();
  const here = (current = new AbortController());
  const isOther = shown !== location.pathname;
  const waiting = setTimeout(() => isOther && fill(main, skeleton(location.pathname)), shown ? SOON : 0);
  main.setAttribute("aria-busy", "true");
  const making = made(here.signal).catch((error) => (here.signal.aborted ? null : failed(error)));
  const say = (text) => (isQuiet || here.signal.aborted ? () => {} : toast(text, null, { stays: true }));
  const page = await patiently(making, say);
  clearTimeout(waiting);
  if (here.signal.aborted || !page) return;
  if (isOther) fill(document.getElementById("toasts"));
  (isOther ? fill : refill)(main, page.body);
  main.removeAttribute("aria-busy");
  document.title = words.title(page.title.replace(DIRECTIONS, ""));
  arrive({ isFirst: !shown, isOther, top, scroll, news: page.news ?? page.title });
  shown = location.pathname;
  page.ready?.();
  if (page.isTemporary) tryAgain(here.signal);
  else if (isQuiet) announce(page.title);
}

/** Whoever waits before a page that is out of order need not ask whether it is over. */
function tryAgain(signal) {
  const again = () => {
    clearTimeout(timer);
    removeEventListener("online", again);
    if (!signal.aborted) show({ isQuiet: true });
  };
  const timer = setTimeout(again, RETRY);
  addEventListener("online", again);
}

async function made(signal) {
  const found = find(location.pathname);
  if (!found) return notFound();
  const { route, id } = found;
  const loading = route.load();
  const refused = route.needs && (await gate(route.needs));
  if (refused) return refused;
  const query = new URLSearchParams(location.search);
  return (await loading).page({ id, query, signal, isCurrent: () => !signal.aborted, navigate, reload });
}

async function failed(error) {
  const page = troubled(error, reload);
  if (!location.pathname.startsWith("/desk") || !session.isStaff()) return page;
  return (await import("./desk/frame.js")).framed(page);
}

async function gate(needs) {
  if (!(await session.known())) return signInFirst();
  return needs === "staff" && !session.isStaff() ? forStaffOnly() : null;
}

function arrive({ isFirst, isOther, top, scroll, news }) {
  if (scroll !== undefined) scrollTo(0, scroll);
  else if (top) scrollTo(0, 0);
  if (isFirst) return;
  const isLost = top && (document.activeElement === document.body || document.activeElement.closest(".pager"));
  if (isOther || isLost) (main.querySelector("h1") ?? main).focus({ preventScroll: true });
  if (isOther || top) announce(news);
}

function rememberScroll() {
  clearTimeout(scrolled);
  history.replaceState({ ...history.state, scroll: scrollY }, "");
}
