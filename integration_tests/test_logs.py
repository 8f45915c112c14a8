"""Logs contain no personal data, and requests cannot inject lines."""

import re
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from psycopg2 import errors

from integration_tests.shop import SERVICES, Shop, expect, problem
from local_stack import Stack

PASSWORD = "correct horse battery staple"


def test_postgresql_logs_no_values_of_a_failed_statement(stack: Stack, shop: Shop) -> None:
    marker = uuid4().hex
    account = {"email": f"{marker}@example.com", "password": PASSWORD, "name": f"Name{marker}"}
    expect(201, shop.post("/api/users/", json=account))

    assert problem(shop.post("/api/users/", json=account)) == (409, "email_taken")

    with (
        psycopg2.connect(
            stack.database_url("user").replace("postgres:", "postgresql:")
        ) as connection,
        connection.cursor() as cursor,
        pytest.raises(errors.UniqueViolation),
    ):
        cursor.execute(
            "INSERT INTO account SELECT * FROM account WHERE email = %s", [account["email"]]
        )
    log = stack.data.log("postgres").read_text()
    assert "duplicate key value violates unique constraint" in log
    assert marker not in log
    assert "argon2" not in log


def test_no_log_has_a_query_a_token_or_an_email(stack: Stack, shop: Shop) -> None:
    marker = uuid4().hex
    headers = {
        "Authorization": f"Bearer {marker}",
        "Cookie": f"refresh={marker}",
        "Idempotency-Key": marker,
    }
    for part in (*SERVICES, "gateway"):
        for path in ("/api/users/", "/api/products/", "/api/orders/", "/api/nothing/", "/docs/"):
            get(stack, part, f"{path}?search={marker}@example.com", headers)

    for log in stack.data.logs.iterdir():
        assert marker not in log.read_text(errors="replace"), log


@pytest.mark.parametrize(
    "path",
    [
        "/api/products/%0aforged-line/",
        "/forged%0d%0aforged-line",
        "/%0a%7b%22forged-line%22%3a1%7d",
    ],
)
def test_log_injection_is_impossible(stack: Stack, path: str) -> None:
    for part in (*SERVICES, "gateway"):
        get(stack, part, path, {})

    for name in (*SERVICES, "gateway"):
        assert not re.search(r"^\W*forged-line", stack.data.log(name).read_text(), re.MULTILINE)


def get(stack: Stack, part: str, target: str, headers: dict[str, str]) -> None:
    connection = HTTPConnection(urlsplit(stack.url(part)).netloc, timeout=30)
    connection.request("GET", target, headers=headers)
    connection.getresponse().read()
    connection.close()
