// Checkout: address and review, then progress until the order is placed or rejected.

import { fetchAll } from "../api.js";
import * as checkout from "../checkout.js";
import { alertBox } from "../components/alerts.js";
import { fetchCart, merge } from "../components/cart-lines.js";
import { checkoutForm } from "../components/checkout-form.js";
import { emptyState, errorPage, link, signInRequired } from "../components/status-pages.js";
import { afterPointerUp, announce, button, h, patchChildren, replaceChildren } from "../dom.js";
import { ApiError } from "../http.js";
import { errorText, messages } from "../messages.js";
import * as session from "../session.js";

const t = messages.checkout;

/**
 * @typedef {import("../components/checkout-form.js").Choice} Choice
 * @typedef {PageContext & {message: HTMLElement, container: HTMLElement, isPlacing?: boolean,
 *   shown?: string, read?: () => Choice}} View
 *   `shown` identifies the data that the form shows; `read` reads the form.
 */

/** @param {PageContext} context @returns {Promise<PageView>} */
export async function page(context) {
  if (!(await session.resolve())) return { ...signInToOrder(), title: t.title };
  const message = h("div", { class: "slot", tabindex: "-1" });
  const container = h("div", { class: "slot" });
  /** @type {View} */
  const view = { ...context, message, container };
  const attempt = checkout.getPending();
  if (!attempt) await renderForm(view);
  const body = h("div", {}, h("h1", { tabindex: "-1" }, t.title), message, container);
  return { title: t.title, body, ready: () => attempt && resume(view, attempt) };
}

const signInToOrder = () => signInRequired(t.signIn, t.signInText);

/** @param {View} view @param {CheckoutAttempt} attempt */
function resume(view, attempt) {
  if (!checkout.isTooOld(attempt)) {
    placeOrder(view, attempt);
    return;
  }
  const dismiss = () => {
    checkout.discard(attempt);
    view.navigate("/checkout", { replace: true });
  };
  const done = button(t.dismiss, dismiss, { class: "button secondary" });
  const orders = link("/orders", messages.orders.title);
  replaceChildren(view.message, alertBox("warning", t.expired, t.expiredText, orders, done));
}

/**
 * @param {View} view
 * @param {ApiError | null} error the rejection of the last attempt
 * @param {Choice} [before]
 */
async function renderForm(view, error = null, before) {
  const [cart, addresses] = await Promise.all([
    fetchCart(view.signal),
    fetchAddresses(view.signal),
  ]);
  await afterPointerUp();
  const isUnchanged = !before && changeKey(cart, addresses) === view.shown;
  if (view.isPlacing || isUnchanged) return; // the user may be entering an address
  showForm(view, withShortage(cart, error), addresses, before ?? view.read?.());
}

/**
 * @param {View} view
 * @param {Cart} cart
 * @param {SavedAddress[] | null} addresses
 * @param {Choice} [before]
 */
function showForm(view, cart, addresses, before) {
  view.shown = changeKey(cart, addresses);
  if (!cart.lines.length) {
    const { empty, emptyText, browse } = messages.basket;
    patchChildren(view.container, emptyState(empty, emptyText, link("/", browse)));
    return;
  }
  const place = (/** @type {OrderRequest} */ body) => placeOrder(view, checkout.begin(body));
  const onChange = async () => {
    await afterPointerUp();
    showForm(view, merge(cart), addresses, view.read?.());
    await renderForm(view).catch(() => {});
  };
  const { element, read } = checkoutForm(cart, addresses, before, place, onChange);
  view.read = read;
  patchChildren(view.container, element);
}

/** @param {Cart} cart @param {SavedAddress[] | null} addresses */
const changeKey = ({ lines, products, stock }, addresses) =>
  JSON.stringify([lines, !products, !stock, addresses]);

/**
 * null while the user service is unavailable.
 * @param {AbortSignal} signal
 * @returns {Promise<SavedAddress[] | null>}
 */
async function fetchAddresses(signal) {
  const options = { signal, timeout: 6000 };
  try {
    return await fetchAll("/api/users/me/addresses/?page_size=100", options, 1);
  } catch (error) {
    if (error instanceof ApiError && error.isRetryable) return null;
    throw error;
  }
}

/**
 * The stock in a rejection is newer than the stock of the cart.
 * @param {Cart} cart
 * @param {ApiError | null} error
 */
function withShortage(cart, error) {
  if (error?.code !== "insufficient_stock") return cart;
  const shortages = new Map((error.problem.items ?? []).map((item) => [item.product_id, item]));
  const lines = cart.lines.map((line) => {
    const item = shortages.get(line.id);
    if (!item) return line;
    const message = t.insufficientLine(item.requested, item.available);
    return { ...line, isInsufficient: true, available: item.available, message };
  });
  return { ...cart, lines };
}

/** @param {View} view @param {CheckoutAttempt} attempt */
async function placeOrder(view, attempt) {
  view.isPlacing = true;
  showProgress(view, t.placing, t.placingText);
  if (document.activeElement === document.body) view.message.focus(); // the button was removed
  const onRetry = (/** @type {ApiError} */ error, /** @type {number} */ tries) =>
    showProgress(view, ...waitingText(error, tries));
  try {
    const order = await checkout.place(attempt, onRetry);
    if (view.isCurrent()) await view.navigate(`/orders/${order.id}?placed=1`, { replace: true });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (view.isCurrent()) await showFailure(view, attempt, error);
  }
}

/** @param {ApiError} error @param {number} tries @returns {[string, string]} */
const waitingText = (error, tries) =>
  error.status === 429
    ? [t.rateLimited, t.rateLimitedText(error.retryAfter || 1)]
    : [t.stillPlacing, t.retry(tries)];

/** @param {View} view @param {string} title @param {string} text */
function showProgress(view, title, text) {
  const spinner = h("span", { class: "spinner", "aria-hidden": "true" });
  const content = h("div", {}, h("p", { class: "alert-title" }, title), h("p", {}, text));
  replaceChildren(view.container);
  replaceChildren(
    view.message,
    h("div", { class: "order-progress", role: "status" }, spinner, content),
  );
}

/** @param {View} view @param {CheckoutAttempt} attempt @param {ApiError} error */
async function showFailure(view, attempt, error) {
  if (checkout.isUnknown(error)) return showUnknown(view, attempt, error);
  if (error.status === 401) return replaceChildren(view.message, signInToOrder().body);
  view.isPlacing = false;
  const reload = () => view.navigate("/checkout", { replace: true });
  await renderForm(view, error, attempt.body).catch((failure) =>
    replaceChildren(view.container, errorPage(failure, reload).body),
  );
  replaceChildren(view.message, alertBox("warning", ...rejectionText(error)));
  view.message.focus();
  announce(t.notPlaced);
}

/** @param {View} view @param {CheckoutAttempt} attempt @param {ApiError} error */
function showUnknown(view, attempt, error) {
  const [title, text] =
    error.status === 429 ? [t.rateLimited, t.rateLimitedUnknown] : [t.unknown, t.unknownText];
  const { order_id: id } = error.problem;
  const retry = button(messages.common.retry, () => placeOrder(view, attempt));
  const orders = link("/orders", messages.orders.title, "button secondary");
  const details = id ? `${text} ${t.orderToFind(id)}` : text;
  replaceChildren(view.message, alertBox("warning", title, details, retry, orders));
}

/** @param {ApiError} error @returns {[string, string]} */
function rejectionText(error) {
  const { code, problem, fields } = error;
  if (code === "price_changed") return [t.pricesChanged, t.pricesChangedText(problem.total ?? "")];
  if (code === "insufficient_stock") return [t.insufficient, t.insufficientText];
  if (code === "product_not_found") return [t.unavailable, t.unavailableText];
  if (code === "address_not_found") return [t.notPlaced, t.addressNotFound];
  const details = [...fields].map(([name, message]) => `${name}: ${message}`);
  return [t.notPlaced, [errorText(error), ...details].join(" ")];
}
