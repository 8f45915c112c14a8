"""The placing of orders. See chassis.fast_path."""

import re

from chassis.authentication import UserAuthentication
from chassis.fast_path import Answer, Call, Path
from orders.api.views import content_type, headers_of, placed


def place(call: Call) -> Answer | None:
    caller, token = call.caller(UserAuthentication)
    body = call.json()
    if caller is None or body is None:
        return None
    answer = placed(call, caller.id, token=token, body=body)
    return Answer(answer.status, answer.body.encode(), headers_of(answer), content_type(answer))


PATH = Path(
    "POST",
    re.compile("/api/orders/?"),
    "api/orders/",
    place,
    {"Allow": "GET, POST, HEAD, OPTIONS", "Vary": "origin"},
)
