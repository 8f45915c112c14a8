// What stays in this browser between visits. Where storing is forbidden or full, the shop works without it until the page is left.

const memory = new Map();

export function load(name, otherwise) {
  try {
    const text = localStorage.getItem(`shop.${name}`);
    return text === null ? (memory.get(name) ?? otherwise) : JSON.parse(text);
  } catch {
    return memory.get(name) ?? otherwise;
  }
}

/** Whether it will be there after a reload. */
export function save(name, value) {
  memory.set(name, value);
  try {
    if (value === null) localStorage.removeItem(`shop.${name}`);
    else localStorage.setItem(`shop.${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Calls back when another tab has saved it. */
export function watch(name, changed) {
  addEventListener("storage", (event) => {
    if (event.key === `shop.${name}` || event.key === null) {
      memory.delete(name);
      changed();
    }
  });
}
