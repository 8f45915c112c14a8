// A minimal browser for the tests: the globals that the modules use at import, and a scripted
// fetch. Import it before a module of the storefront.

import { setImmediate } from "node:timers/promises";

class FakeElement extends EventTarget {
  /** @param {string} tag */
  constructor(tag) {
    super();
    this.tag = tag;
    /** @type {Map<string, string>} */
    this.attributes = new Map();
    /** @type {(FakeElement | string)[]} */
    this.children = [];
    this.disabled = false;
    this.open = false;
    this.text = "";
  }

  get textContent() {
    /** @type {string} */
    const nested = this.children
      .map((child) => (typeof child === "string" ? child : child.textContent))
      .join("");
    return this.text + nested;
  }

  set textContent(text) {
    this.text = text;
  }

  /** @param {(FakeElement | string)[]} children */
  append(...children) {
    this.children.push(...children);
  }

  /** @param {(FakeElement | string)[]} children */
  replaceChildren(...children) {
    this.children = children;
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  /** @param {string} name */
  hasAttribute(name) {
    return this.attributes.has(name);
  }

  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
  }

  querySelectorAll() {
    return [];
  }

  querySelector() {
    return null;
  }

  closest() {
    return null;
  }

  contains() {
    return false;
  }

  matches() {
    return false;
  }

  focus() {}

  remove() {}
}

/** @type {Map<string, FakeElement>} */
const elementsById = new Map();
const body = new FakeElement("body");
const documentEvents = new EventTarget();
const windowEvents = new EventTarget();

export const document = Object.assign(documentEvents, {
  body,
  activeElement: body,
  title: "",
  createElement: (/** @type {string} */ tag) => new FakeElement(tag),
  createElementNS: (/** @type {string} */ _namespace, /** @type {string} */ tag) =>
    new FakeElement(tag),
  querySelector: () => null,
  getElementById(/** @type {string} */ id) {
    if (!elementsById.has(id)) elementsById.set(id, new FakeElement(id));
    return /** @type {FakeElement} */ (elementsById.get(id));
  },
});

/** @type {Map<string, string>} */
export const stored = new Map();

/** Names of the locks that were requested. @type {string[]} */
export const lockRequests = [];
/** @type {Map<string, Promise<unknown>>} */
const locks = new Map();

/** @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>} */
function requestLock(name, work) {
  lockRequests.push(name);
  const result = (locks.get(name) ?? Promise.resolve()).then(work);
  locks.set(
    name,
    result.catch(() => {}),
  );
  return result;
}

/** @param {string} address */
function go(address) {
  Object.assign(location, pick(new URL(address, location.href)));
}

/** @param {URL} url */
const pick = ({ href, origin, pathname, search, hash }) => ({
  href,
  origin,
  pathname,
  search,
  hash,
});

export const location = pick(new URL("http://localhost/"));

/** Sets the address without the router. @param {string} address */
export const setAddress = go;

export const history = {
  scrollRestoration: "auto",
  /** @type {unknown} */
  state: null,
  /** @param {unknown} state @param {string} _title @param {string} address */
  pushState(state, _title, address) {
    history.replaceState(state, _title, address);
  },
  /** @param {unknown} state @param {string} _title @param {string} [address] */
  replaceState(state, _title, address) {
    history.state = state;
    if (address) go(address);
  },
};

/**
 * @typedef {{method: string, path: string, headers: Record<string, string>, body: unknown}} Sent
 */
/** @typedef {(sent: Sent) => Response | Promise<Response>} Handler */

/** Requests that were sent. @type {Sent[]} */
export const sent = [];
/** @type {Handler[]} */
let script = [];

/** The responses, in order; each is used once. @param {Handler[]} handlers */
export function respondWith(...handlers) {
  script = handlers;
  sent.length = 0;
}

/**
 * @param {number} status
 * @param {unknown} data
 * @param {Record<string, string>} headers
 * @returns {Handler}
 */
export const json =
  (status, data, headers = {}) =>
  () =>
    new Response(status === 204 ? null : JSON.stringify(data), { status, headers });

/** The request may have reached the service; its response is lost. @type {Handler} */
export const lost = () => Promise.reject(new TypeError("Failed to fetch"));

/**
 * @param {string} path
 * @param {{method: string, headers: Record<string, string>, body?: string}} init
 */
async function fakeFetch(path, { method, headers, body: content }) {
  const request = { method, path, headers, body: content && JSON.parse(content) };
  sent.push(request);
  const handler = script.shift();
  if (!handler) throw new Error(`Unexpected request: ${method} ${path}`);
  return handler(request);
}

/** An access token. @param {string} id @param {string} role */
export function tokenResponse(id, role = "customer", expires_in = 900) {
  const claims = Buffer.from(JSON.stringify({ sub: id, role })).toString("base64url");
  return { access: `header.${claims}.${Math.random()}`, expires_in };
}

/**
 * Runs timers and promises until `promise` is settled. @template T
 * @param {typeof import("node:test").mock.timers} timers
 * @param {Promise<T>} promise
 */
export async function runTimers(timers, promise, stepMs = 1000) {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  settled.catch(() => {});
  while (!isSettled) {
    await setImmediate();
    if (!isSettled) timers.tick(stepMs);
  }
  return settled;
}

/** The event another tab causes by saving a value. @param {string | null} key */
export function savedInOtherTab(key) {
  windowEvents.dispatchEvent(Object.assign(new Event("storage"), { key }));
}

/** @param {string} type */
export const dispatch = (type) => windowEvents.dispatchEvent(new Event(type));

const globals = {
  document,
  location,
  history,
  fetch: fakeFetch,
  BroadcastChannel: undefined,
  HTMLInputElement: FakeElement,
  scrollY: 0,
  scrollTo() {},
  navigator: { onLine: true, locks: { request: requestLock } },
  localStorage: {
    getItem: (/** @type {string} */ name) => stored.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => stored.set(name, value),
    removeItem: (/** @type {string} */ name) => stored.delete(name),
  },
  addEventListener: windowEvents.addEventListener.bind(windowEvents),
  removeEventListener: windowEvents.removeEventListener.bind(windowEvents),
};
for (const [name, value] of Object.entries(globals))
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
// @ts-expect-error: browsers without BroadcastChannel do not have the property
delete globalThis.BroadcastChannel;
