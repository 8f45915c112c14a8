// The page at each path. gateway/Caddyfile has the same paths; a test compares them.

const ID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})";

/**
 * @param {string} path
 * @param {Route["load"]} load
 * @param {Route["needs"]} needs
 * @returns {Route}
 */
const page = (path, load, needs = "") => ({
  pattern: new RegExp(`^${path.replace(":id", ID)}$`),
  load,
  needs,
});

const routes = [
  page("/", () => import("./pages/catalogue.js")),
  page("/products/:id", () => import("./pages/product.js")),
  page("/basket", () => import("./pages/basket.js")),
  page("/checkout", () => import("./pages/checkout.js")),
  page("/sign-in", () => import("./pages/sign-in.js")),
  page("/register", () => import("./pages/register.js")),
  page("/reset", () => import("./pages/reset.js")),
  page("/account", () => import("./pages/account.js"), "user"),
  page("/orders", () => import("./pages/orders.js"), "user"),
  page("/orders/:id", () => import("./pages/order.js"), "user"),
  page("/staff", () => import("./staff/products.js"), "staff"),
  page("/staff/products", () => import("./staff/products.js"), "staff"),
  page("/staff/products/new", () => import("./staff/product.js"), "staff"),
  page("/staff/products/:id", () => import("./staff/product.js"), "staff"),
  page("/staff/import", () => import("./staff/import.js"), "staff"),
  page("/staff/stock", () => import("./staff/stock.js"), "staff"),
  page("/staff/stock/:id", () => import("./staff/stock-item.js"), "staff"),
  page("/staff/orders", () => import("./staff/orders.js"), "staff"),
  page("/staff/users", () => import("./staff/users.js"), "staff"),
];

/** The route of a path and the id in the path, or null. @param {string} pathname */
export function find(pathname) {
  const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match) return { route, id: match[1] ?? "" };
  }
  return null;
}
