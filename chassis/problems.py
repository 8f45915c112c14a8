"""The base classes of all API errors.

    Problem
    ├── BadRequest               400
    │   ├── ValidationFailed     400  invalid, with a row for each field in `errors`
    │   └── MalformedBody        400  parse_error
    ├── NotAuthenticated         401
    │   └── InvalidToken         401  invalid_token
    ├── PermissionDenied         403
    ├── NotFound                 404
    ├── MethodNotAllowed         405
    ├── Conflict                 409
    ├── PreconditionFailed       412
    ├── ContentTooLarge          413
    ├── URITooLong               414
    ├── UnsupportedMediaType     415
    ├── UnprocessableContent     422
    ├── TooManyRequests          429
    ├── InternalError            500
    └── ServiceUnavailable       503  service_unavailable

A service derives its own errors from these. The base class sets the status; the derived class sets
the code and `advice`, what a client should do (for the page of the code).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from chassis.problem_details import Problem as Problem

AUTH_HINT = (
    "Get an access token at POST /api/users/token/ and send it as 'Authorization: Bearer <token>'."
)
"""The end of the `detail` of every 401 in the API documents."""


class BadRequest(Problem):
    status = 400
    code = "bad_request"
    detail = "The request is malformed or was sent to the wrong host."
    advice = (
        "Check the URL, the method and the headers, first of all Host. "
        "The same request always fails."
    )


class ValidationFailed(BadRequest):
    code = "invalid"
    detail = "The request is not valid; see errors."
    example: ClassVar = {
        "errors": [{"field": "name", "message": "There is no such field.", "code": "unknown"}]
    }
    advice = (
        "Each row of `errors` has a field (`items.0.quantity` is the quantity of the first item), "
        "a message and a code. Correct these fields and send the request again."
    )

    def __init__(self, field: str, message: str, code: str = "invalid") -> None:
        super().__init__(errors=[{"field": field, "message": message, "code": code}])


class MalformedBody(BadRequest):
    """Documents DRF's ParseError."""

    code = "parse_error"
    detail = "The body is not JSON."
    example: ClassVar = {
        "detail": "The body is not JSON: unexpected end of data: line 1 column 12 (char 11)"
    }
    advice = (
        "Send one JSON document in UTF-8, without NUL characters. "
        "`detail` has the position of the error."
    )


class NotAuthenticated(Problem):
    status = 401
    code = "not_authenticated"
    detail = "Authentication credentials were not provided."
    example: ClassVar = {"detail": f"{detail} {AUTH_HINT}"}
    advice = (
        "Sign in at `POST /api/users/token/` and send the access token as "
        "`Authorization: Bearer <token>`."
    )

    def __init__(
        self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer", **(headers or {})}, **extra)


class InvalidToken(NotAuthenticated):
    """Documents DRF's AuthenticationFailed."""

    code = "invalid_token"
    detail = "The access token has expired."
    example: ClassVar = {"detail": f"{detail} {AUTH_HINT}"}
    advice = (
        "Get new tokens at `POST /api/users/token/refresh/` or sign in again, "
        "then repeat the request."
    )


class PermissionDenied(Problem):
    status = 403
    code = "permission_denied"
    detail = "You do not have permission to perform this action."
    advice = (
        "The token is valid, but its user is not allowed to do this. "
        "Sign in as a user who is; do not repeat the request."
    )


class NotFound(Problem):
    status = 404
    code = "not_found"
    detail = "There is nothing at this address."
    advice = (
        "Compare the path with the API documents: a part of it is misspelt, "
        "or an id in it is not a UUID."
    )


class MethodNotAllowed(Problem):
    status = 405
    code = "method_not_allowed"
    detail = "This address does not support this method."
    advice = "The `Allow` header of the response has the supported methods."


class Conflict(Problem):
    status = 409
    code = "conflict"


class PreconditionFailed(Problem):
    status = 412
    code = "precondition_failed"


class ContentTooLarge(Problem):
    status = 413
    code = "payload_too_large"
    detail = "The body is larger than this address accepts."
    example: ClassVar = {"detail": "The body is larger than 1048576 bytes."}
    advice = "Send less at once: the limit is 1 MiB, and 8 MiB for an import."


class URITooLong(Problem):
    """Documents gunicorn's response."""

    status = 414
    code = "bad_request"
    detail = "This is not a well-formed HTTP request."
    advice = "Shorten the URL: the limit of the request line is 8,190 bytes."


class UnsupportedMediaType(Problem):
    """Documents DRF's UnsupportedMediaType."""

    status = 415
    code = "unsupported_media_type"
    detail = "Content-Type 'text/plain' is not supported; send application/json."
    advice = (
        "Send `Content-Type: application/json`. "
        "The API documents name the few addresses that accept another type."
    )


class UnprocessableContent(Problem):
    status = 422
    code = "unprocessable"


class TooManyRequests(Problem):
    status = 429
    code = "too_many_requests"


class InternalError(Problem):
    """Never raised: exceptions.py returns it for an unexpected exception."""

    status = 500
    code = "internal_error"
    detail = "Something went wrong here. The request_id helps to find out what."
    advice = (
        "Report the `request_id` to the shop's operator, who finds it in the log. "
        "Whether the request took effect is unknown."
    )


class ServiceUnavailable(Problem):
    """A dependency, named in `service`, is unavailable. `retry_after` is in seconds."""

    status = 503
    code = "service_unavailable"
    detail = "The database is out of reach at the moment. Nothing is lost; try again."
    example: ClassVar = {"service": "database"}
    advice = (
        "`service` is what is unavailable. Wait for `Retry-After` seconds and send the same "
        "request again, with the same `Idempotency-Key` if it had one: it takes effect only once."
    )

    def __init__(self, service: str, detail: str = "", retry_after: int = 1) -> None:
        detail = (
            detail or f"The {service} is out of reach at the moment. Nothing is lost; try again."
        )
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, service=service)
