"""How refusals look in swagger.json, and those that come with every operation of a kind."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from drf_yasg import openapi

from chassis import problems
from chassis.problem_details import example_of, kind
from chassis.problems import Problem


class NotSignedIn(problems.Unauthenticated):
    pass


class TokenNotValid(problems.Unauthenticated):
    code = "invalid_token"
    detail = "The access token has expired."
    advice = "Get a new pair of tokens at `POST /api/users/token/refresh/`, or sign in again; then repeat the request."


class ForOthers(problems.NotAllowed):
    pass


class NotJSON(problems.BadRequest):
    code = "parse_error"
    detail = "The body is not JSON."
    advice = "Send one JSON document in UTF-8, without NUL characters; the words of `detail` say where it stops being JSON."


class NotValid(problems.BadRequest):
    code = problems.Invalid.code
    detail = problems.Invalid.detail
    advice = problems.Invalid.advice
    example = {"errors": [{"field": "items.0.quantity", "message": "A valid integer is required.", "code": "invalid"}]}


class WrongMediaType(Problem):
    status = 415
    code = "unsupported_media_type"
    detail = 'Unsupported media type "text/plain" in request.'
    advice = "Send `Content-Type: application/json`; the few addresses that take something else say so in the documents."


class TooLong(Problem):
    status = 414
    code = "bad_request"
    detail = "This is not a well-formed HTTP request."
    advice = "Shorten the address: a request line may have 8,190 bytes."


class DatabaseAway(problems.ServiceUnavailable):
    pass


OF_ACCESS: dict[str, list[type[Problem]]] = {
    "anyone": [],
    "anyone, staff more": [],
    "user": [NotSignedIn, TokenNotValid],
    "staff": [NotSignedIn, TokenNotValid, ForOthers],
    "service": [NotSignedIn, TokenNotValid, ForOthers],
}


def documented(refusals: Iterable[type[Problem]], schema: Any) -> dict[int, openapi.Response]:
    """By status. Of several refusals with one code the first stands for all."""
    distinct: dict[tuple[int, str], type[Problem]] = {}
    for refusal in refusals:
        distinct.setdefault((refusal.status, refusal.code), refusal)
    ordered = sorted(distinct.values(), key=lambda refusal: refusal.status)
    return {status: _problem(list(group), schema) for status, group in groupby(ordered, key=lambda refusal: refusal.status)}


def _problem(refusals: list[type[Problem]], schema: Any) -> openapi.Response:
    first = refusals[0]
    words = "; ".join(f"[`{refusal.code}`]({kind(refusal.code)}): {refusal.detail or 'see the title'}" for refusal in refusals)
    return openapi.Response(words, schema, examples={"application/problem+json": example_of(first)})


def _text(description: str) -> openapi.Schema:
    return openapi.Schema(type=openapi.TYPE_STRING, description=description)


FIELD_ERROR = openapi.Schema(
    type=openapi.TYPE_OBJECT,
    required=["field", "message", "code"],
    properties={
        "field": _text("Where: `items.0.quantity` is the quantity of the first item."),
        "message": _text("What is wrong with it, for a person."),
        "code": _text("What is wrong with it, for a program."),
    },
)
PROBLEM = openapi.Schema(
    title="Problem",
    description="Problem details, RFC 9457; some codes add members of their own.",
    type=openapi.TYPE_OBJECT,
    required=["type", "title", "status", "detail", "code", "request_id"],
    properties={
        "type": _text("The page of this code, a URI reference: `/errors/` and the code."),
        "title": _text("The status in words."),
        "status": openapi.Schema(type=openapi.TYPE_INTEGER, description="The HTTP status."),
        "detail": _text("What went wrong, for a person."),
        "code": _text("What went wrong, for a program: stable."),
        "request_id": _text("The X-Request-ID of this request, to be found in the logs."),
        "errors": openapi.Schema(type=openapi.TYPE_ARRAY, description="Of invalid input: a row for each field.", items=FIELD_ERROR),
    },
)
