"""The gateway in front of running and of stopped services."""

import re
import time
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import pytest

from local_stack import Stack

MEBIBYTE = 1024 * 1024
SECONDS_FOR_504 = 10


class Response(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for header, value in self.headers if header.lower() == name.lower()]

    def problem(self) -> tuple[int, str]:
        """Status and code, once all the rest of the problem document is right too."""
        problem = orjson.loads(self.body)
        assert self.all("Content-Type") == ["application/problem+json"]
        assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
        assert problem["status"] == self.status
        assert self.all("X-Request-ID") == [problem["request_id"]]
        return self.status, problem["code"]


def call(
    stack: Stack,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    *,
    part: str = "gateway",
    source: str = "127.0.0.1",
    **options: Any,
) -> Response:
    """Sends the target unchanged; other clients would normalize it."""
    connection = HTTPConnection(
        urlsplit(stack.url(part)).netloc, timeout=30, source_address=(source, 0)
    )
    try:
        connection.request(method, target, body, headers or {}, **options)
        response = connection.getresponse()
        return Response(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    "path", ["/api/products", "/api/products/", "/api/inventory", "/api/inventory/?page_size=1"]
)
def test_public_lists_are_routed_with_and_without_the_slash(stack: Stack, path: str) -> None:
    assert call(stack, "GET", path).status == 200


@pytest.mark.parametrize("path", ["/api/users", "/api/users/me/", "/api/orders", "/api/orders/"])
def test_services_verify_tokens_behind_the_gateway(stack: Stack, path: str) -> None:
    rejected = call(stack, "GET", path)

    assert rejected.problem() == (401, "not_authenticated")
    assert rejected.all("WWW-Authenticate")[0].startswith("Bearer")


def test_jwks_is_routed(stack: Stack) -> None:
    assert orjson.loads(call(stack, "GET", "/.well-known/jwks.json").body)["keys"]


@pytest.mark.parametrize(
    "target",
    [
        "/api/users/closed/",
        "/api/users/closed?since=2020-01-01T00:00:00Z",
        "/api/Users/closed/",
        "/api/inventory/reservations",
        "/api/inventory/reservations/",
        "/api/inventory/reservations/01930000-0000-7000-8000-000000000000/",
        "/api/inventory/reservations/01930000-0000-7000-8000-000000000000/fulfil/",
        "/api/inventory/reservations?page_size=1",
        "/api/inventory/Reservations/",
        "/API/Inventory/reservations/",
        "/api/inventory//reservations/",
        "//api/inventory/reservations/",
        "/api/inventory/./reservations/",
        "/api/products/../inventory/reservations/",
        "/api/inventory/%72eservations/",
        "/api/inventory/%2572eservations/",
        "/api/inventory%2Freservations/",
        "/api/products/%2e%2e/inventory/reservations/",
        "/api/products/..%2finventory/reservations/",
        "/api/inventory/reservations%20/",
        "/api/inventory/reservations;x/",
        "/api/inventory\\reservations/",
        "http://localhost/api/inventory/reservations/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_internal_endpoints_are_not_routed_in_any_spelling(
    stack: Stack, method: str, target: str
) -> None:
    assert call(stack, method, target).problem() == (404, "not_found")


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/api",
            "/api/ordersX",
            "/metrics",
            "/health/ready",
            "/health/live",
            "/swagger/",
            "/swagger.json",
            "/redoc/",
        ),
        *("/admin", "/admin/", "/user/admin/", "/order/admin/login/", "/static/admin/css/base.css"),
        "/api/orders/../../metrics",
        "/api/orders/%2e%2e/%2e%2e/metrics",
        "/.well-known/jwks.json/",
        "/../Caddyfile",
        "/%2e%2e/Caddyfile",
    ],
)
def test_operational_endpoints_are_not_routed(stack: Stack, target: str) -> None:
    assert call(stack, "GET", target).problem() == (404, "not_found")


@pytest.mark.parametrize("target", ["/api/products/", "/nowhere", "/"])
def test_a_valid_request_id_is_passed_on(stack: Stack, target: str) -> None:
    for request_id in ("a", "Order.17_b-2", "x" * 128):
        assert call(stack, "GET", target, headers={"X-Request-ID": request_id}).all(
            "X-Request-ID"
        ) == [request_id]


@pytest.mark.parametrize("target", ["/api/products/", "/nowhere", "/"])
def test_any_other_request_id_is_replaced(stack: Stack, target: str) -> None:
    for request_id in ("", "a b", "x" * 129, "{env.HOME}", "a,b", "a/b"):
        [made] = call(stack, "GET", target, headers={"X-Request-ID": request_id}).all(
            "X-Request-ID"
        )
        assert made != request_id
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", made)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_a_mebibyte_is_rejected(stack: Stack, chunked: bool) -> None:
    body = b" " * (MEBIBYTE + 1)

    rejected = call(
        stack, "POST", "/api/users/", iter([body]) if chunked else body, encode_chunked=chunked
    )

    assert rejected.problem() == (413, "payload_too_large")


def test_a_body_of_a_mebibyte_reaches_the_service(stack: Stack) -> None:
    body = b'{"email": ""}'.ljust(MEBIBYTE)

    rejected = call(stack, "POST", "/api/users/", body, {"Content-Type": "application/json"})

    assert (rejected.status, orjson.loads(rejected.body)["code"]) == (400, "invalid")


def test_a_stopped_service_is_a_502_and_the_others_respond(stack: Stack) -> None:
    stack.stop("product")
    try:
        started = time.monotonic()
        rejected = call(stack, "GET", "/api/products/")

        assert time.monotonic() - started < 2
        assert rejected.problem() == (502, "service_unavailable")
        assert rejected.all("Retry-After") == ["1"]
        assert call(stack, "GET", "/api/inventory/").status == 200
    finally:
        stack.start("product")
        stack.wait_ready("product")
    assert call(stack, "GET", "/api/products/").status == 200


def test_a_frozen_service_is_a_504(stack: Stack) -> None:
    stack.freeze("product")
    try:
        started = time.monotonic()
        rejected = call(stack, "GET", "/api/products/")

        assert SECONDS_FOR_504 - 1 < time.monotonic() - started < SECONDS_FOR_504 + 3
        assert rejected.problem() == (504, "service_unavailable")
        assert rejected.all("Retry-After") == ["1"]
    finally:
        stack.resume("product")
    stack.wait_ready("product")


class Guesser:
    """A client at one address, with a wrong password."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._body = orjson.dumps({"email": f"{uuid4()}@example.com", "password": "a guess"})

    def guess(self, source: str, part: str = "gateway", **headers: str) -> int:
        named = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return call(
            self._stack, "POST", "/api/users/token/", self._body, named, part=part, source=source
        ).status

    def exhaust(self, source: str) -> None:
        assert [self.guess(source) for _ in range(11)] == [401] * 10 + [429]


def test_services_rate_limit_each_client_of_the_gateway(stack: Stack) -> None:
    guesser = Guesser(stack)

    guesser.exhaust("127.0.0.2")

    assert guesser.guess("127.0.0.3") == 401


def test_a_client_cannot_spoof_its_address(stack: Stack) -> None:
    guesser = Guesser(stack)

    guesser.exhaust("127.0.0.4")

    for invented in (
        {"X_Forwarded_For": "127.0.0.5"},
        {"X_Real_IP": "127.0.0.5"},
        {"Forwarded": "for=127.0.0.5"},
    ):
        assert guesser.guess("127.0.0.4", **invented) == 429
    assert guesser.guess("127.0.0.4", X_Forwarded_For="127.0.0.5", Gateway_Key="invented") == 429
    assert (
        guesser.guess("127.0.0.4", "user", X_Forwarded_For="127.0.0.5", Gateway_Key="invented")
        == 429
    )
    assert guesser.guess("127.0.0.6", "user", X_Forwarded_For="127.0.0.4") == 401


def test_the_gateway_key_is_in_no_log_and_no_response(stack: Stack) -> None:
    key = stack.data.keys()["gateway_key"]
    assert Guesser(stack).guess("127.0.0.7", Gateway_Key=key[::-1]) == 401

    rejected = call(stack, "GET", "/api/users/me/")

    assert key not in str(rejected)
    for log in stack.data.logs.iterdir():
        assert key not in log.read_text(), log


def test_responses_are_compressed(stack: Stack) -> None:
    page = call(stack, "GET", "/", headers={"Accept-Encoding": "gzip"})

    assert page.all("Content-Encoding") == ["gzip"]
