// The entry point.
//
//   http, api, session          requests, requests with an access token, the signed-in user
//   basket, checkout, storage   state in the browser: the basket, and an order without a response
//   routes, router, page-frame  paths, pages, and the header and footer around them
//   pages, staff, components    pages of the shop, pages for staff, and their parts
//   product-lookup, stock       products and stock by id
//   dom, messages, money, dates, countries

import { pageFrame } from "./page-frame.js";
import * as router from "./router.js";
import { find } from "./routes.js";
import * as session from "./session.js";

const update = pageFrame();
const title = /** @type {Element} */ (document.querySelector("title"));
new MutationObserver(update).observe(title, { childList: true });

// Public pages do not wait for the session.
session.resume();
await router.start();
update();
session.onChange(() => {
  update();
  if (find(location.pathname)?.route.needs) router.reload(); // another tab has signed out
});
