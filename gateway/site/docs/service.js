"use strict";
// The Swagger UI of the service in the URL. The following scripts load that service's assets.
var swaggerUiConfig = {
    url: "swagger.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    defaultModelRendering: "example",
    persistAuthorization: true, // one token for all four services
    validatorUrl: null, // no request to an external validator
};

// Swagger UI has a dark mode but ignores prefers-color-scheme.
var dark = matchMedia("(prefers-color-scheme: dark)");
function applyColorScheme() {
    document.documentElement.classList.toggle("dark-mode", dark.matches);
}
dark.addEventListener("change", applyColorScheme);
applyColorScheme();

document.querySelectorAll("nav a").forEach(function (link) {
    if (new URL(link.href).pathname === location.pathname) {
        link.setAttribute("aria-current", "page");
        document.title = link.textContent + " – " + document.title;
    }
});

addEventListener("DOMContentLoaded", function () {
    if (typeof SwaggerUIBundle === "undefined") {
        document.querySelector(".message").textContent = "The service is unavailable at the moment. Try again.";
        return;
    }
    SwaggerUIBundle(swaggerUiConfig);
});
