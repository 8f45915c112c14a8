// The beginning.
//
//   http, api, session          one request; as somebody; who that is
//   basket, checkout            what is kept in this browser: the basket, and an order that has no answer yet
//   routes, router, shell       from an address to a page, and what is around it
//   pages, desk, parts          pages for everybody and for staff, and what they are made of
//   dom, words, money, stock, storage, countries

import * as router from "./router.js";
import { find } from "./routes.js";
import * as session from "./session.js";
import { build } from "./shell.js";

const shell = build();
new MutationObserver(() => shell.follow()).observe(document.querySelector("title"), { childList: true });

// Pages for anyone do not wait until it is known who is looking; those that have to know ask the session themselves.
session.resume();
await router.start();
shell.follow();
session.onChange(() => {
  shell.follow();
  if (find(location.pathname)?.route.needs) router.reload(); // signed out in another tab, say
});
