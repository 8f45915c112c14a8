// A second click on a button that is at work would do it twice.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("[type=submit]").forEach((button) => (button.disabled = true))));
}
