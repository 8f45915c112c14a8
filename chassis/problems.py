"""The ways to say no.

    Problem
    ├── BadRequest           400
    │   └── Invalid          400  invalid            field by field, in `errors`
    ├── Unauthenticated      401
    ├── NotAllowed           403
    ├── Missing              404
    ├── MethodNotAllowed     405
    ├── Conflict             409
    ├── PreconditionFailed   412
    ├── TooLarge             413
    ├── Unprocessable        422
    ├── TooManyRequests      429
    └── ServiceUnavailable   503  service_unavailable

A service derives its own refusals from the kinds; a kind knows the status, a refusal knows its code.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from chassis.problem_details import problem


class Problem(Exception):
    status: ClassVar[int]
    code: ClassVar[str]
    detail: ClassVar[str] = ""
    example: ClassVar[Mapping[str, Any]] = {}
    """Further members, as the documents show them."""

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        self.message = detail or self.detail or HTTPStatus(self.status).description
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(self.message)

    @property
    def body(self) -> dict[str, Any]:
        return problem(self.status, self.code, self.message, **self.extra)


class BadRequest(Problem):
    status = 400
    code = "bad_request"


class Invalid(BadRequest):
    code = "invalid"
    detail = "The request is not valid; see errors."

    def __init__(self, field: str, message: str, code: str = "invalid") -> None:
        super().__init__(errors=[{"field": field, "message": message, "code": code}])


class Unauthenticated(Problem):
    status = 401
    code = "not_authenticated"

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer", **(headers or {})}, **extra)


class NotAllowed(Problem):
    status = 403
    code = "permission_denied"


class Missing(Problem):
    status = 404
    code = "not_found"
    detail = "There is nothing at this address."


class MethodNotAllowed(Problem):
    status = 405
    code = "method_not_allowed"


class Conflict(Problem):
    status = 409
    code = "conflict"


class PreconditionFailed(Problem):
    status = 412
    code = "precondition_failed"


class TooLarge(Problem):
    status = 413
    code = "payload_too_large"
    detail = "The body is larger than this address takes."


class Unprocessable(Problem):
    status = 422
    code = "unprocessable"


class TooManyRequests(Problem):
    status = 429
    code = "too_many_requests"


class ServiceUnavailable(Problem):
    """Something this service needs is out of reach; `service` says what, Retry-After when to come back (seconds)."""

    status = 503
    code = "service_unavailable"

    def __init__(self, service: str, detail: str = "", retry_after: int = 1) -> None:
        detail = detail or f"The {service} is out of reach at the moment. Nothing is lost; try again."
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, service=service)
