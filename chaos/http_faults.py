"""Faults of a network or of a defective service, for `FaultProxy.inject_fault`."""

import json
from collections.abc import Callable, Sequence
from itertools import cycle
from threading import Thread
from time import sleep

from chaos.fault_proxy import Exchange, HTTPFault
from chaos.http_messages import Headers, Request, Response

SLOWER_THAN_TIMEOUT = 5.0
"""Seconds; an order has 4.4 s for all of its calls together."""
HTML = b"<!doctype html><title>Welcome</title><h1>It works!</h1>"
OTHER_ID = "00000000-0000-7000-8000-000000000000"
WRONG_SHAPES: Sequence[object] = [
    {},
    [],
    None,
    "yes",
    {"results": None},
    {"results": [{}]},
    {
        "results": [
            {
                "id": OTHER_ID,
                "sku": "X",
                "name": "X",
                "price": 1,
                "currency": "USD",
                "is_active": True,
            }
        ]
    },
    {"order_id": OTHER_ID, "status": "held", "items": []},
    {"order_id": None, "status": "released"},
]
WRONG_STATUSES: Sequence[tuple[int, object]] = [
    (500, {"code": "internal_error"}),
    (404, {"code": "not_found"}),
    (409, {"code": "insufficient_stock"}),
    (
        409,
        {
            "code": "insufficient_stock",
            "items": [{"product_id": OTHER_ID, "requested": 1, "available": 0}],
        },
    ),
    (422, {"code": "product_not_found"}),
    (302, {}),
    (401, {"code": "invalid_token"}),
    (429, {"code": "too_many_requests"}),
]


def reset_before(exchange: Exchange) -> None:
    exchange.reset()


def reset_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.reset()


def slow_response(exchange: Exchange) -> None:
    response = exchange.forward()
    sleep(SLOWER_THAN_TIMEOUT)
    exchange.respond(response)


def truncated_response(exchange: Exchange) -> None:
    data = exchange.forward().as_bytes()
    exchange.write(data[: len(data) // 2])
    exchange.close()


def wrong_status() -> HTTPFault:
    """The request is processed, but the response is wrong."""
    responses = cycle(WRONG_STATUSES)

    def fault(exchange: Exchange) -> None:
        exchange.forward()
        status, content = next(responses)
        kind = "application/problem+json" if status >= 400 else "application/json"
        exchange.respond(
            _response(status, kind, json.dumps(content).encode(), (("Location", "/"),))
        )

    return fault


def wrong_content_type(exchange: Exchange) -> None:
    response = exchange.forward()
    exchange.respond(
        _response(200 if response.status == 204 else response.status, "text/plain", response.body)
    )


def empty_response(exchange: Exchange) -> None:
    exchange.forward()
    exchange.respond(_response(200, "application/json", b""))


def html_response(exchange: Exchange) -> None:
    exchange.forward()
    exchange.respond(_response(200, "text/html; charset=utf-8", HTML))


def wrong_shape() -> HTTPFault:
    contents = cycle(WRONG_SHAPES)

    def fault(exchange: Exchange) -> None:
        exchange.forward()
        exchange.respond(_response(200, "application/json", json.dumps(next(contents)).encode()))

    return fault


def duplicated(exchange: Exchange) -> None:
    """Responds with the second response."""
    exchange.forward()
    exchange.respond(exchange.forward())


def duplicated_concurrently(exchange: Exchange) -> None:
    """Sends the request twice at the same time."""
    duplicate = Thread(target=_ignore_errors, args=(exchange.forward,))
    duplicate.start()
    response = exchange.forward()
    duplicate.join()
    exchange.respond(response)


def delayed(
    seconds: float, refresh: Callable[[Request], Request] = lambda request: request
) -> HTTPFault:
    """Resets the connection at once and sends the request later.

    `refresh` may change it by then.
    """

    def fault(exchange: Exchange) -> None:
        exchange.proxy.send_delayed(seconds, lambda: refresh(exchange.request))
        exchange.reset()

    return fault


def _response(status: int, kind: str, body: bytes, more: Headers = ()) -> Response:
    return Response(status, (("Content-Type", kind), *more), body)


def _ignore_errors(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:
        return
