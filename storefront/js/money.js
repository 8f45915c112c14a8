// Amounts are decimal texts, as the services send them, and whole cents where they are added up: never fractions of a float.

export function cents(amount) {
  const [whole, places = ""] = String(amount).split(".");
  return BigInt(whole) * 100n + BigInt(places.padEnd(2, "0").slice(0, 2));
}

export const amount = (inCents) => `${inCents / 100n}.${String(inCents % 100n).padStart(2, "0")}`;

export const times = (price, quantity) => amount(cents(price) * BigInt(quantity));

export const sum = (amounts) => amount(amounts.reduce((total, each) => total + cents(each), 0n));

export function money(text, currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency: currency || "USD" }).format(text);
}

const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

export const when = (timestamp) => moment.format(new Date(timestamp));
export const date = (timestamp) => day.format(new Date(timestamp));
