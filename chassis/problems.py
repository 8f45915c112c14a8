"""The ways to say no.

    Problem
    ├── BadRequest           400
    │   ├── ValidationFailed          400  invalid            field by field, in `errors`
    │   └── MalformedBody    400  parse_error
    ├── NotAuthenticated      401
    │   └── InvalidToken     401  invalid_token
    ├── PermissionDenied           403
    ├── NotFound              404
    ├── MethodNotAllowed     405
    ├── Conflict             409
    ├── PreconditionFailed   412
    ├── ContentTooLarge             413
    ├── URITooLong           414
    ├── UnsupportedMediaType 415
    ├── UnprocessableContent        422
    ├── TooManyRequests      429
    ├── InternalError        500
    └── ServiceUnavailable   503  service_unavailable

A service derives its own refusals from the kinds; a kind knows the status, a refusal knows its code, and what a client should do
(`advice`, for the page on the code).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from chassis.problem_details import Problem as Problem

AUTH_HINT = (
    "Get an access token at POST /api/users/token/ and send it as 'Authorization: Bearer <token>'."
)
"""The end of every 401's `detail`, as the documents show it."""


class BadRequest(Problem):
    status = 400
    code = "bad_request"
    detail = "This is not a request that is answered here."
    advice = "Look at the address, the method and the headers, above all Host; the same request will always be answered like this."


class ValidationFailed(BadRequest):
    code = "invalid"
    detail = "The request is not valid; see errors."
    example: ClassVar = {
        "errors": [{"field": "name", "message": "There is no such field.", "code": "unknown"}]
    }
    advice = (
        "Each row of `errors` names a field (`items.0.quantity` is the quantity of the first item), says what is wrong, and has a "
        "code of its own. Correct those and send the request again."
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
    advice = "Send one JSON document in UTF-8, without NUL characters; `detail` says where it stops being JSON."


class NotAuthenticated(Problem):
    status = 401
    code = "not_authenticated"
    detail = "Authentication credentials were not provided."
    example: ClassVar = {"detail": f"{detail} {AUTH_HINT}"}
    advice = "Sign in at `POST /api/users/token/` and send the access token as `Authorization: Bearer <token>`."

    def __init__(
        self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer", **(headers or {})}, **extra)


class InvalidToken(NotAuthenticated):
    """Documents DRF's AuthenticationFailed."""

    code = "invalid_token"
    detail = "The access token has expired."
    example: ClassVar = {"detail": f"{detail} {AUTH_HINT}"}
    advice = "Get a new pair of tokens at `POST /api/users/token/refresh/`, or sign in again; then repeat the request."


class PermissionDenied(Problem):
    status = 403
    code = "permission_denied"
    detail = "You do not have permission to perform this action."
    advice = "The token is good, but its owner may not do this. Sign in as somebody who may; the same request again does not help."


class NotFound(Problem):
    status = 404
    code = "not_found"
    detail = "There is nothing at this address."
    advice = "Compare the path with the documents: a part of it is misspelt, or an id in it is not a UUID."


class MethodNotAllowed(Problem):
    status = 405
    code = "method_not_allowed"
    detail = "This address does not know this method."
    advice = "The `Allow` header of the answer names the methods that it knows."


class Conflict(Problem):
    status = 409
    code = "conflict"


class PreconditionFailed(Problem):
    status = 412
    code = "precondition_failed"


class ContentTooLarge(Problem):
    status = 413
    code = "payload_too_large"
    detail = "The body is larger than this address takes."
    example: ClassVar = {"detail": "The body is larger than 1048576 bytes."}
    advice = "Send less at once: a body may have 1 MiB, one of an import 8 MiB."


class URITooLong(Problem):
    """Documents gunicorn's."""

    status = 414
    code = "bad_request"
    detail = "This is not a well-formed HTTP request."
    advice = "Shorten the address: a request line may have 8,190 bytes."


class UnsupportedMediaType(Problem):
    """Documents DRF's."""

    status = 415
    code = "unsupported_media_type"
    detail = "Content-Type 'text/plain' is not read here; send application/json."
    advice = "Send `Content-Type: application/json`; the few addresses that take something else say so in the documents."


class UnprocessableContent(Problem):
    status = 422
    code = "unprocessable"


class TooManyRequests(Problem):
    status = 429
    code = "too_many_requests"


class InternalError(Problem):
    """A fault of ours. Never raised: it is what becomes of an exception that nobody expected."""

    status = 500
    code = "internal_error"
    detail = "Something went wrong here. The request_id helps to find out what."
    advice = "Tell whoever runs the shop the `request_id`: the log has it. Whether the request took effect is unknown."


class ServiceUnavailable(Problem):
    """Something this service needs is out of reach; `service` says what, Retry-After when to come back (seconds)."""

    status = 503
    code = "service_unavailable"
    detail = "The database is out of reach at the moment. Nothing is lost; try again."
    example: ClassVar = {"service": "database"}
    advice = (
        "`service` says what is missing. Wait for as long as `Retry-After` says and send the same request again, with the same "
        "`Idempotency-Key` where there is one: it takes effect once."
    )

    def __init__(self, service: str, detail: str = "", retry_after: int = 1) -> None:
        detail = (
            detail or f"The {service} is out of reach at the moment. Nothing is lost; try again."
        )
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, service=service)
