"use strict";
// The Swagger UI of the service in the address, with that service's own assets; the scripts after this one bring them.
var swaggerUiConfig = {
    url: "swagger.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    defaultModelRendering: "example",
    persistAuthorization: true, // by browser and address: one token for all four
    validatorUrl: null, // nothing is sent elsewhere
};

// Swagger UI has dark colours of its own, and does not look at what the reader prefers.
var dark = matchMedia("(prefers-color-scheme: dark)");
function follow() {
    document.documentElement.classList.toggle("dark-mode", dark.matches);
}
dark.addEventListener("change", follow);
follow();

document.querySelectorAll("nav a").forEach(function (link) {
    if (new URL(link.href).pathname === location.pathname) {
        link.setAttribute("aria-current", "page");
        document.title = link.textContent + " – " + document.title;
    }
});

addEventListener("DOMContentLoaded", function () {
    if (typeof SwaggerUIBundle === "undefined") {
        document.querySelector(".message").textContent = "This service is out of reach at the moment, and its documents with it. Try again.";
        return;
    }
    SwaggerUIBundle(swaggerUiConfig);
});
