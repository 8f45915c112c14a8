"use strict";
// OpenAPI 2 has no bearer scheme: add "Bearer" to a bare token from the Authorize dialog.
swaggerUiConfig.requestInterceptor = function (request) {
    var token = request.headers && request.headers.Authorization;
    if (token && !/^Bearer /i.test(token)) {
        request.headers.Authorization = "Bearer " + token.trim();
    }
    return request;
};
