"""Reading a running system: login, retries, and one-line errors."""

from typing import Any

import pytest

from audit.client import RECOVERY_TIMEOUT, AuditClient
from audit.errors import AuditError, LoginRejected
from audit.invariants import check_invariants
from audit.tests.conftest import Clock
from audit.tests.fake_shop import TOKEN_LIFETIME, FakeShop, opened


def test_wrong_password_is_one_line(url: str) -> None:
    with opened(url, password="wrong") as shop, pytest.raises(LoginRejected) as error:
        check_invariants(shop, settle=0)
    assert (
        str(error.value)
        == f"The login staff@example.com is rejected by {url}/api/users/token/ (401)."
    )


def test_customer_login_is_one_line(fake_shop: FakeShop, client: AuditClient) -> None:
    fake_shop.instead = lambda path: (
        (403, {"code": "permission_denied"}) if "reservations" in path else None
    )

    with pytest.raises(
        LoginRejected, match=r"^staff@example.com may not read \S+ \(403\): is it a staff login\?$"
    ):
        check_invariants(client, settle=0)


def test_audit_signs_in_once(fake_shop: FakeShop, client: AuditClient) -> None:
    for _ in range(10):
        fake_shop.receive(1)

    assert check_invariants(client, settle=0).products == 10
    assert fake_shop.logins == 1


def test_token_is_refreshed_before_it_expires(
    fake_shop: FakeShop, client: AuditClient, clock: Clock
) -> None:
    for logins, seconds in (
        (1, 0),
        (1, TOKEN_LIFETIME * 0.7),
        (2, TOKEN_LIFETIME * 0.2),
        (2, TOKEN_LIFETIME * 0.7),
    ):
        clock.now += seconds
        check_invariants(client, settle=0)
        assert fake_shop.logins == logins


def test_rejected_token_is_refreshed(fake_shop: FakeShop, client: AuditClient) -> None:
    check_invariants(client, settle=0)
    fake_shop.token = "second-token"

    assert check_invariants(client, settle=0).clean
    assert fake_shop.logins == 2


def test_service_that_never_responded_is_reported_at_once(
    client: AuditClient, url: str, clock: Clock
) -> None:
    shop = AuditClient(
        {"user": url, "inventory": url, "order": "http://127.0.0.1:9"},
        "staff@example.com",
        "a-good-password",
    )
    with shop, pytest.raises(AuditError) as unreachable:
        check_invariants(shop, settle=0)
    assert (
        str(unreachable.value)
        == "The order service does not respond at http://127.0.0.1:9: is the system up?"
    )
    assert clock.slept == []


@pytest.mark.parametrize(
    "away", [(503, {"code": "service_unavailable"}), (502, b"<html>"), (0, None)]
)
def test_requests_are_retried_while_a_service_restarts(
    fake_shop: FakeShop, client: AuditClient, clock: Clock, away: tuple[int, Any]
) -> None:
    check_invariants(client, settle=0)
    back = clock.now + RECOVERY_TIMEOUT / 2
    fake_shop.instead = lambda path: away if clock.now < back else None

    assert check_invariants(client, settle=0).clean
    assert clock.now == pytest.approx(back, abs=1)


def test_service_that_does_not_recover_is_one_line(
    fake_shop: FakeShop, client: AuditClient, url: str, clock: Clock
) -> None:
    check_invariants(client, settle=0)
    began = clock.now
    fake_shop.instead = lambda path: (503, {}) if path == "/api/orders/" else None

    with pytest.raises(AuditError) as gone:
        check_invariants(client, settle=0)
    assert (
        str(gone.value)
        == f"The order service responds with 503 at {url}/api/orders/?page_size=100: is the "
        "system up?"
    )
    assert clock.now - began == pytest.approx(RECOVERY_TIMEOUT, abs=1)


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        (
            "/api/orders/",
            (500, {"code": "internal_error"}),
            "responds with 500, which the audit cannot use.",
        ),
        ("/api/orders/", (302, {}), "responds with 302, which the audit cannot use."),
        ("/api/orders/", (200, b"<html>"), "does not respond with a JSON object."),
        ("/api/orders/", (200, [1]), "does not respond with a JSON object."),
        (
            "/api/orders/",
            (200, {"next": None}),
            "responds with unexpected JSON (KeyError: 'results').",
        ),
        (
            "/api/orders/",
            (200, {"next": None, "results": [{"id": "1"}]}),
            "responds with unexpected JSON (KeyError: 'number').",
        ),
        (
            "/api/users/token/",
            (200, {"access": "a"}),
            "responds with unexpected JSON (KeyError: 'expires_in').",
        ),
        ("/api/orders/", (404, {"code": "not_found"}), "There is no list at"),
        ("/api/orders/", (404, b"<html>"), "responds with 404, which the audit cannot use."),
    ],
)
def test_unexpected_response_is_one_line(
    fake_shop: FakeShop, client: AuditClient, path: str, content: tuple[int, Any], message: str
) -> None:
    fake_shop.instead = lambda requested: content if requested == path else None

    with pytest.raises(AuditError) as nonsense:
        check_invariants(client, settle=0)
    assert message in str(nonsense.value)
    assert path in str(nonsense.value)
    assert "\n" not in str(nonsense.value)


def test_unsorted_list_is_an_error(fake_shop: FakeShop, client: AuditClient) -> None:
    rows: list[dict[str, Any]] = [
        {"id": each, "number": each, "status": "cancelled", "items": []} for each in ("1", "2")
    ]
    fake_shop.instead = lambda path: (
        (200, {"next": None, "results": rows}) if path == "/api/orders/" else None
    )

    with pytest.raises(AuditError, match="are not sorted by id: 2 after 1"):
        check_invariants(client, settle=0)
