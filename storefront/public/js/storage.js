// State that the tabs of one browser share: values in localStorage, locks, and change listeners.

/**
 * Used where localStorage is forbidden or full; lost when the page is left.
 * @type {Map<string, unknown>}
 */
const memory = new Map();

/**
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {T}
 */
export function load(name, fallback) {
  try {
    const text = localStorage.getItem(`shop.${name}`);
    if (text !== null) return JSON.parse(text);
  } catch {
    // The value in memory is used.
  }
  return /** @type {T} */ (memory.get(name) ?? fallback);
}

/** @param {string} name @param {unknown} value null removes it */
export function save(name, value) {
  memory.set(name, value);
  try {
    if (value === null) localStorage.removeItem(`shop.${name}`);
    else localStorage.setItem(`shop.${name}`, JSON.stringify(value));
  } catch {
    // The value stays in memory.
  }
}

/**
 * Calls `changed` after another tab has saved the value.
 * @param {string} name
 * @param {() => void} changed
 */
export function watch(name, changed) {
  addEventListener("storage", (event) => {
    if (event.key !== `shop.${name}` && event.key !== null) return;
    memory.delete(name);
    changed();
  });
}

/**
 * Runs `work` in one tab at a time. Browsers have no locks on plain http; there it runs at once.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withLock = (name, work) =>
  /** @type {LockManager | undefined} */ (navigator.locks)?.request(`shop.${name}`, work) ?? work();

export function changeListeners() {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  return {
    /** @param {() => void} listener */
    onChange: (listener) => listeners.add(listener),
    notify: () => listeners.forEach((listener) => listener()),
  };
}
