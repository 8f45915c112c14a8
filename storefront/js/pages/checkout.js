// Checkout: where to, what for, and then until it is known whether there is an order.

import { Failure, call, rows } from "../api.js";
import * as checkout from "../checkout.js";
import { announce, fill, h, letGo, refill } from "../dom.js";
import { again, current } from "../parts/lines.js";
import { notice } from "../parts/notice.js";
import { empty, link, signInFirst, troubled } from "../parts/states.js";
import { draft } from "../parts/order-draft.js";
import * as session from "../session.js";
import { explain, words } from "../words.js";

export async function page({ signal, isCurrent, navigate }) {
  if (!(await session.known())) return { ...signInToOrder(), title: words.checkout.title };
  const said = h("div", { class: "slot", tabindex: "-1" });
  const place = h("div", { class: "slot" });
  const view = { said, place, signal, isCurrent, navigate };
  const attempt = checkout.pending();
  if (!attempt) await compose(view);
  const body = h("div", {}, h("h1", { tabindex: "-1" }, words.checkout.title), said, place);
  return { title: words.checkout.title, body, ready: () => attempt && resume(view, attempt) };
}

const signInToOrder = () => signInFirst({ signIn: words.checkout.signInFirst, signInText: words.checkout.signInText });

function resume(view, attempt) {
  if (!checkout.isTooOld(attempt)) return settle(view, attempt);
  const looked = () => {
    checkout.giveUp();
    view.navigate("/checkout", { replace: true });
  };
  const button = h("button", { type: "button", class: "button quiet", onclick: looked }, words.checkout.understood);
  fill(view.said, notice("warn", words.checkout.old, words.checkout.oldText, link("/orders", words.orders.title), button));
}

/** What is in the basket, with what a refusal has said about it. */
async function compose(view, { refusal = null, before = null } = {}) {
  const [now, book] = await Promise.all([current(view.signal), addressBook(view.signal)]);
  await letGo();
  const news = newsOf(now, book);
  if (view.isPlacing || (!before && news === view.news)) return; // so that nobody is disturbed who is writing an address meanwhile
  view.news = news;
  show(view, now, book, { refusal, before: before ?? view.chosen?.() });
}

function show(view, now, book, { refusal = null, before }) {
  if (!now.lines.length) {
    refill(view.place, empty(words.basket.empty, words.basket.emptyText, link("/", words.basket.look)));
    return;
  }
  const order = (body) => settle(view, checkout.begin(body));
  const redraw = async () => {
    await letGo();
    const soFar = again(now);
    view.news = newsOf(soFar, book);
    show(view, soFar, book, { before: view.chosen() });
    await compose(view).catch(() => {});
  };
  const made = draft(told(now, refusal), book, before, order, redraw);
  view.chosen = made.chosen;
  refill(view.place, made.element);
}

const newsOf = (now, book) => JSON.stringify([now.lines, now.products === null, now.stock === null, book]);

/** null when the user service cannot be asked. */
async function addressBook(signal) {
  try {
    return await rows(
      (method, path) => call(method, path, { signal, patience: 6000 }),
      "/api/users/me/addresses/?page_size=100",
      1,
    );
  } catch (error) {
    if (error instanceof Failure && error.temporary) return null;
    throw error;
  }
}

/** A shortage is as fresh as stock can be: it was found in the attempt itself. */
function told(now, refusal) {
  if (refusal?.code !== "insufficient_stock") return now;
  const short = new Map(refusal.problem.items.map((item) => [item.product_id, item]));
  const lines = now.lines.map((line) => {
    const item = short.get(line.id);
    return item
      ? { ...line, isShort: true, available: item.available, remark: words.checkout.shortage(item.requested, item.available) }
      : line;
  });
  return { ...now, lines };
}

async function settle(view, attempt) {
  view.isPlacing = true;
  waiting(view, words.checkout.placing, words.checkout.placingText);
  if (document.activeElement === document.body) view.said.focus(); // the button is gone
  try {
    const order = await checkout.place(attempt, (failure, tries) => waiting(view, ...meanwhile(failure, tries)));
    if (view.isCurrent()) await view.navigate(`/orders/${order.id}?placed=1`, { replace: true });
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (view.isCurrent()) await refused(view, attempt, failure);
  }
}

function meanwhile(failure, tries) {
  const { crowded, crowdedText, stillPlacing, retry } = words.checkout;
  if (failure.status === 429) return [crowded, crowdedText(failure.retryAfter || 1)];
  return [stillPlacing, retry(tries)];
}

function waiting(view, title, text) {
  fill(view.place);
  const spinner = h("span", { class: "spinner", "aria-hidden": "true" });
  fill(
    view.said,
    h(
      "div",
      { class: "placing", role: "status" },
      spinner,
      h("div", {}, h("p", { class: "notice-title" }, title), h("p", {}, text)),
    ),
  );
}

async function refused(view, attempt, failure) {
  if (checkout.isUnknown(failure)) {
    const again = h("button", { type: "button", class: "button", onclick: () => settle(view, attempt) }, words.checkout.askAgain);
    const { unknown, unknownText, crowded, crowdedStill } = words.checkout;
    fill(
      view.said,
      notice(
        "warn",
        ...(failure.status === 429 ? [crowded, crowdedStill] : [unknown, unknownText]),
        again,
        link("/orders", words.orders.title, "button quiet"),
      ),
    );
    return;
  }
  if (failure.status === 401) {
    fill(view.said, signInToOrder().body);
    return;
  }
  view.isPlacing = false;
  await compose(view, { refusal: failure, before: attempt.body }).catch((error) =>
    fill(view.place, troubled(error, () => view.navigate("/checkout", { replace: true })).body),
  );
  fill(view.said, notice("warn", ...inWords(failure)));
  view.said.focus();
  announce(words.checkout.notPlaced);
}

function inWords(failure) {
  const { prices, pricesText, shortages, shortagesText, gone, goneText, notPlaced, noAddress } = words.checkout;
  if (failure.code === "price_changed") return [prices, pricesText(failure.problem.total)];
  if (failure.code === "insufficient_stock") return [shortages, shortagesText];
  if (failure.code === "product_not_found") return [gone, goneText];
  if (failure.code === "address_not_found") return [notPlaced, noAddress];
  const fields = [...failure.fields].map(([name, message]) => `${name}: ${message}`);
  return [notPlaced, [explain(failure), ...fields].join(" ")];
}
