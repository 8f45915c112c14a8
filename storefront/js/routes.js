// Which page is where. The gateway answers the same addresses with index.html (gateway/Caddyfile); a test compares the two.

const ID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})";

const page = (path, load, needs = "") => ({ pattern: new RegExp(`^${path.replace(":id", ID)}$`), load, needs });

export const routes = [
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
  page("/desk", () => import("./desk/products.js"), "staff"),
  page("/desk/products", () => import("./desk/products.js"), "staff"),
  page("/desk/products/new", () => import("./desk/product.js"), "staff"),
  page("/desk/products/:id", () => import("./desk/product.js"), "staff"),
  page("/desk/import", () => import("./desk/import.js"), "staff"),
  page("/desk/stock", () => import("./desk/stock.js"), "staff"),
  page("/desk/stock/:id", () => import("./desk/stock-item.js"), "staff"),
  page("/desk/orders", () => import("./desk/orders.js"), "staff"),
  page("/desk/users", () => import("./desk/users.js"), "staff"),
];

/** {route, id}, or null when there is nothing at this address. */
export function find(pathname) {
  const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match) return { route, id: match[1] };
  }
  return null;
}
