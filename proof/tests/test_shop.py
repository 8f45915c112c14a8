"""Reading a running system: signing in, coming back to a service that was away, and one clear line when nothing helps."""

from typing import Any

import pytest

from proof.addresses import addresses
from proof.audit import audit
from proof.errors import LoginRefused, ShopError
from proof.shop import PATIENCE, Shop
from proof.tests.conftest import Clock
from proof.tests.stand_in import TOKEN_SECONDS, StandIn, opened


def test_without_variables_the_services_are_where_make_up_puts_them() -> None:
    assert addresses({}) == {
        "user": "http://localhost:8000",
        "product": "http://localhost:8001",
        "inventory": "http://localhost:8002",
        "order": "http://localhost:8003",
    }


def test_ports_and_urls_come_from_the_environment() -> None:
    found = addresses(
        {"USER_PORT": "18000", "ORDER_PORT": "18003", "ORDER_SERVICE_URL": "https://orders.example/", "PRODUCT_PORT": ""}
    )

    assert found["user"] == "http://localhost:18000"
    assert found["order"] == "https://orders.example"
    assert found["product"] == "http://localhost:8001"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"USER_PORT": "abc"}, "USER_PORT has to be a port number, not 'abc'."),
        ({"ORDER_SERVICE_URL": "localhost:8003"}, "ORDER_SERVICE_URL has to look like http://host:port, not 'localhost:8003'."),
        ({"ORDER_SERVICE_URL": "http://"}, "ORDER_SERVICE_URL has to look like http://host:port, not 'http://'."),
        ({"ORDER_SERVICE_URL": "http://a/b"}, "ORDER_SERVICE_URL has to look like http://host:port, not 'http://a/b'."),
    ],
)
def test_an_address_that_is_none_is_refused_by_name(environment: dict[str, str], words: str) -> None:
    with pytest.raises(ShopError) as refused:
        addresses(environment)
    assert str(refused.value) == words


def test_a_wrong_password_is_one_line(url: str) -> None:
    with opened(url, password="wrong") as shop, pytest.raises(LoginRefused) as refused:
        audit(shop, settle=0)
    assert str(refused.value) == f"The login staff@example.com is refused by {url}/api/users/token/ (401)."


def test_a_login_that_is_not_of_staff_is_one_line(stand_in: StandIn, running: Shop) -> None:
    stand_in.instead = lambda path: (403, {"code": "permission_denied"}) if "reservations" in path else None

    with pytest.raises(LoginRefused, match=r"^staff@example.com may not read \S+ \(403\): is it a staff login\?$"):
        audit(running, settle=0)


def test_all_is_read_with_one_sign_in(stand_in: StandIn, running: Shop) -> None:
    for _ in range(10):
        stand_in.receive(1)

    assert audit(running, settle=0).products == 10
    assert stand_in.sign_ins == 1


def test_a_token_that_nears_its_end_is_renewed(stand_in: StandIn, running: Shop, clock: Clock) -> None:
    for sign_ins, seconds in ((1, 0), (1, TOKEN_SECONDS * 0.7), (2, TOKEN_SECONDS * 0.2), (2, TOKEN_SECONDS * 0.7)):
        clock.now += seconds
        audit(running, settle=0)
        assert stand_in.sign_ins == sign_ins


def test_a_token_that_is_not_good_any_more_is_renewed(stand_in: StandIn, running: Shop) -> None:
    audit(running, settle=0)
    stand_in.token = "the second token"

    assert audit(running, settle=0).clean
    assert stand_in.sign_ins == 2


def test_a_service_that_never_answered_is_reported_at_once(running: Shop, url: str, clock: Clock) -> None:
    shop = Shop({"user": url, "inventory": url, "order": "http://127.0.0.1:9"}, "staff@example.com", "a-good-password")
    with shop, pytest.raises(ShopError) as unreachable:
        audit(shop, settle=0)
    assert str(unreachable.value) == "The order service does not answer at http://127.0.0.1:9: is the system up?"
    assert clock.slept == []


@pytest.mark.parametrize("away", [(503, {"code": "service_unavailable"}), (502, b"<html>"), (0, None)])
def test_a_service_that_is_away_for_a_while_is_waited_for(
    stand_in: StandIn, running: Shop, clock: Clock, away: tuple[int, Any]
) -> None:
    audit(running, settle=0)
    back = clock.now + PATIENCE / 2
    stand_in.instead = lambda path: away if clock.now < back else None

    assert audit(running, settle=0).clean
    assert clock.now == pytest.approx(back, abs=1)


def test_a_service_that_does_not_come_back_is_one_line(stand_in: StandIn, running: Shop, url: str, clock: Clock) -> None:
    audit(running, settle=0)
    began = clock.now
    stand_in.instead = lambda path: (503, {}) if path == "/api/orders/" else None

    with pytest.raises(ShopError) as gone:
        audit(running, settle=0)
    assert str(gone.value) == f"The order service answers 503 at {url}/api/orders/?page_size=100: is the system up?"
    assert clock.now - began == pytest.approx(PATIENCE, abs=1)


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("/api/orders/", (500, {"code": "internal_error"}), "answers 500, which the audit cannot use."),
        ("/api/orders/", (302, {}), "answers 302, which the audit cannot use."),
        ("/api/orders/", (200, b"<html>"), "answers something else than a JSON object."),
        ("/api/orders/", (200, [1]), "answers something else than a JSON object."),
        ("/api/orders/", (200, {"next": None}), "answers something else than was expected (KeyError: 'results')."),
        (
            "/api/orders/",
            (200, {"next": None, "results": [{"id": "1"}]}),
            "answers something else than was expected (KeyError: 'number').",
        ),
        ("/api/users/token/", (200, {"access": "a"}), "answers something else than was expected (KeyError: 'expires_in')."),
        ("/api/orders/", (404, {"code": "not_found"}), "There is no list at"),
        ("/api/orders/", (404, b"<html>"), "answers 404, which the audit cannot use."),
    ],
)
def test_an_answer_that_makes_no_sense_is_one_line(
    stand_in: StandIn, running: Shop, path: str, content: tuple[int, Any], words: str
) -> None:
    stand_in.instead = lambda asked: content if asked == path else None

    with pytest.raises(ShopError) as nonsense:
        audit(running, settle=0)
    assert words in str(nonsense.value)
    assert path in str(nonsense.value)
    assert "\n" not in str(nonsense.value)


def test_a_list_that_does_not_come_by_id_is_not_trusted(stand_in: StandIn, running: Shop) -> None:
    rows = [{"id": each, "number": each, "status": "cancelled", "items": []} for each in ("1", "2")]
    stand_in.instead = lambda path: (200, {"next": None, "results": rows}) if path == "/api/orders/" else None

    with pytest.raises(ShopError, match="do not come by id: 2 after 1"):
        audit(running, settle=0)
