"""The placing of orders. See chassis.fast_path."""

import re

from chassis.authentication import UserAuthentication
from chassis.deadlines import arrival
from chassis.fast_path import Answer, Call, Path
from chassis.idempotency import fingerprint, idempotency_key
from chassis.validation import parsed
from orders.api.serializers import OrderRequest
from orders.api.views import content_type, headers_of, written
from orders.services import placement


def place(call: Call) -> Answer | None:
    caller, token = call.caller(UserAuthentication)
    body = call.json()
    if caller is None or body is None:
        return None
    answer = placement.place(
        placement.Wish(caller.id, **parsed(OrderRequest, body)),
        key=idempotency_key(call),
        fingerprint=fingerprint(body),
        token=token,
        written=written,
        arrived=arrival(call),
    )
    return Answer(answer.status, answer.body.encode(), headers_of(answer), content_type(answer))


PATH = Path(
    "POST",
    re.compile("/api/orders/?"),
    "api/orders/",
    place,
    {"Allow": "GET, POST, HEAD, OPTIONS", "Vary": "origin"},
)
