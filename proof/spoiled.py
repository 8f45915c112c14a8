"""What a network, or a service gone mad, does to a request: each is a fault for `Proxy.spoil`."""

import json
from collections.abc import Callable, Sequence
from itertools import cycle
from threading import Thread
from time import sleep

from proof.proxy import Exchange, Fault
from proof.wire import Answer, Headers, Request

PAST_THE_TIMEOUT = 5.0
"""Seconds: longer than an order waits for all of its calls together (4.4)."""
HTML = b"<!doctype html><title>Welcome</title><h1>It works!</h1>"
OTHER = "00000000-0000-7000-8000-000000000000"
WRONG_SHAPES: Sequence[object] = [
    {},
    [],
    None,
    "yes",
    {"results": None},
    {"results": [{}]},
    {"results": [{"id": OTHER, "sku": "X", "name": "X", "price": 1, "currency": "USD", "is_active": True}]},
    {"order_id": OTHER, "status": "held", "items": []},
    {"order_id": None, "status": "released"},
]
WRONG_STATUSES: Sequence[tuple[int, object]] = [
    (500, {"code": "internal_error"}),
    (404, {"code": "not_found"}),
    (409, {"code": "insufficient_stock"}),
    (409, {"code": "insufficient_stock", "items": [{"product_id": OTHER, "requested": 1, "available": 0}]}),
    (422, {"code": "product_not_found"}),
    (302, {}),
    (401, {"code": "invalid_token"}),
    (429, {"code": "too_many_requests"}),
]


def reset_before(exchange: Exchange) -> None:
    exchange.reset()


def reset_after(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.reset()


def too_late(exchange: Exchange) -> None:
    answer = exchange.carry_out()
    sleep(PAST_THE_TIMEOUT)
    exchange.answer(answer)


def cut_in_half(exchange: Exchange) -> None:
    data = exchange.carry_out().as_bytes()
    exchange.send(data[: len(data) // 2])
    exchange.close()


def wrong_status() -> Fault:
    """Of the truth nothing is left but that the request was carried out."""
    answers = cycle(WRONG_STATUSES)

    def spoil(exchange: Exchange) -> None:
        exchange.carry_out()
        status, content = next(answers)
        kind = "application/problem+json" if status >= 400 else "application/json"
        exchange.answer(_made(status, kind, json.dumps(content).encode(), (("Location", "/"),)))

    return spoil


def wrong_content_type(exchange: Exchange) -> None:
    answer = exchange.carry_out()
    exchange.answer(_made(200 if answer.status == 204 else answer.status, "text/plain", answer.body))


def empty(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.answer(_made(200, "application/json", b""))


def html(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.answer(_made(200, "text/html; charset=utf-8", HTML))


def wrong_shape() -> Fault:
    contents = cycle(WRONG_SHAPES)

    def spoil(exchange: Exchange) -> None:
        exchange.carry_out()
        exchange.answer(_made(200, "application/json", json.dumps(next(contents)).encode()))

    return spoil


def twice(exchange: Exchange) -> None:
    """The answer is the second one's."""
    exchange.carry_out()
    exchange.answer(exchange.carry_out())


def twice_at_once(exchange: Exchange) -> None:
    """The answer is that of one of the two."""
    twin = Thread(target=_quietly, args=(exchange.carry_out,))
    twin.start()
    answer = exchange.carry_out()
    twin.join()
    exchange.answer(answer)


def late(seconds: float, renewed: Callable[[Request], Request] = lambda request: request) -> Fault:
    """The caller hears at once that the connection is gone; the request arrives nevertheless, when nobody thinks of it any more."""

    def spoil(exchange: Exchange) -> None:
        exchange.proxy.send_later(seconds, lambda: renewed(exchange.request))
        exchange.reset()

    return spoil


def _made(status: int, kind: str, body: bytes, more: Headers = ()) -> Answer:
    return Answer(status, (("Content-Type", kind), *more), body)


def _quietly(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:
        return
