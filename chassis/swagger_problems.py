"""How refusals look in swagger.json, and those that come with every operation of a kind."""

from collections.abc import Iterable
from itertools import groupby

from drf_yasg import openapi

from chassis import problems
from chassis.problem_details import problem
from chassis.problems import Problem


class NotSignedIn(problems.Unauthenticated):
    detail = "Authentication credentials were not provided."


class ForOthers(problems.NotAllowed):
    detail = "You do not have permission to perform this action."


class NotJSON(problems.BadRequest):
    code = "parse_error"
    detail = "The body is not JSON."


class NotValid(problems.BadRequest):
    code = "invalid"
    detail = "The request is not valid; see errors."
    example = {"errors": [{"field": "items.0.quantity", "message": "A valid integer is required.", "code": "invalid"}]}


class WrongMediaType(Problem):
    status = 415
    code = "unsupported_media_type"
    detail = 'Unsupported media type "text/plain" in request.'


class TooLong(Problem):
    status = 414
    code = "bad_request"
    detail = "This is not a well-formed HTTP request."


class DatabaseAway(Problem):
    status = 503
    code = "service_unavailable"
    detail = "The database is out of reach at the moment. Nothing is lost; try again."
    example = {"service": "database"}


OF_ACCESS: dict[str, list[type[Problem]]] = {
    "anyone": [],
    "anyone, staff more": [],
    "user": [NotSignedIn],
    "staff": [NotSignedIn, ForOthers],
    "service": [NotSignedIn, ForOthers],
}


def documented(refusals: Iterable[type[Problem]]) -> dict[int, openapi.Response]:
    ordered = sorted({refusal.code: refusal for refusal in refusals}.values(), key=lambda refusal: refusal.status)
    return {status: _problem(list(group)) for status, group in groupby(ordered, key=lambda refusal: refusal.status)}


def _problem(refusals: list[type[Problem]]) -> openapi.Response:
    first = refusals[0]
    words = "; ".join(f"`{refusal.code}`: {refusal.detail or 'see the title'}" for refusal in refusals)
    example = problem(first.status, first.code, first.detail, **first.example) | {"request_id": "9f2c61d0a4b84a52b1d6f3c7e8a90b12"}
    return openapi.Response(words, PROBLEM, examples={"application/problem+json": example})


def _text(description: str) -> openapi.Schema:
    return openapi.Schema(type=openapi.TYPE_STRING, description=description)


PROBLEM = openapi.Schema(
    title="Problem",
    description="Problem details, RFC 9457; some codes add members of their own.",
    type=openapi.TYPE_OBJECT,
    required=["type", "title", "status", "detail", "code", "request_id"],
    properties={
        "type": _text("A URI of the kind of problem."),
        "title": _text("The status in words."),
        "status": openapi.Schema(type=openapi.TYPE_INTEGER),
        "detail": _text("What went wrong, for a person."),
        "code": _text("What went wrong, for a program: stable."),
        "request_id": _text("The X-Request-ID of this request, to be found in the logs."),
        "errors": openapi.Schema(type=openapi.TYPE_ARRAY, items=openapi.Schema(type=openapi.TYPE_OBJECT)),
    },
)
