// Timestamps as text, in the time zone of the browser.

const dateTimeFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const dateFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** @param {string} timestamp */
export const dateTime = (timestamp) => dateTimeFormat.format(new Date(timestamp));

/** @param {string} timestamp */
export const date = (timestamp) => dateFormat.format(new Date(timestamp));
