"use strict";
// A second click on a button that is at work would do it twice; and a page that comes back from before may be out of date.
for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", () => setTimeout(() => {
        form.querySelectorAll("[type=submit]").forEach((button) => { button.disabled = true; });
    }));
}
window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });
