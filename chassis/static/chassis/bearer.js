"use strict";
// OpenAPI 2 knows no bearer scheme: whoever pastes the bare token under Authorize means "Bearer <token>".
swaggerUiConfig.requestInterceptor = function (request) {
    var token = request.headers && request.headers.Authorization;
    if (token && !/^Bearer /i.test(token)) {
        request.headers.Authorization = "Bearer " + token.trim();
    }
    return request;
};
