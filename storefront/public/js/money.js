// Amounts are decimal strings, as in the API. Sums use integers, because floats would round.

/**
 * @param {string} amount
 * @returns {[bigint, number]} the amount in minor units, and its decimals
 */
function parse(amount) {
  const [whole, fraction = ""] = amount.split(".");
  return [BigInt(whole + fraction), fraction.length];
}

/** @param {bigint} units @param {number} decimals */
function format(units, decimals) {
  const digits = String(units).padStart(decimals + 1, "0");
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}

/** @param {string} price @param {number} quantity */
export function times(price, quantity) {
  const [units, decimals] = parse(price);
  return format(units * BigInt(quantity), decimals);
}

/** @param {string[]} amounts */
export function sum(amounts) {
  const parsed = amounts.map(parse);
  const decimals = Math.max(0, ...parsed.map(([, each]) => each));
  const scale = (/** @type {number} */ each) => 10n ** BigInt(decimals - each);
  return format(
    parsed.reduce((total, [units, each]) => total + units * scale(each), 0n),
    decimals,
  );
}

/** @param {string} amount @param {string} currency */
export const money = (amount, currency) =>
  new Intl.NumberFormat("en", { style: "currency", currency: currency || "USD" }).format(
    /** @type {Intl.StringNumericLiteral} */ (amount),
  );
