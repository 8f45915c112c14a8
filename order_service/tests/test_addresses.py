"""Orders with an address of the user's address book (`address_id`)."""

from uuid import uuid4

import fake_servers
import pytest
from api_client import access_token
from django.db import connection
from django.test.utils import CaptureQueriesContext
from fake_servers import problem, reply
from shop import run_worker_until_idle

from orders import clients
from orders.models import Attempt, Order
from orders.services import place_order

pytestmark = pytest.mark.django_db

INLINE = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}
FIELDS = {"name", "line1", "line2", "city", "region", "postal_code", "country", "phone"}
UNAVAILABLE = {
    "resets": fake_servers.resets,
    "hangs": fake_servers.hangs,
    "HTML": reply(200, b"<html></html>", "text/html"),
    "an empty object": reply(200, {}),
    "no route": problem(404, "not_found"),
    "403": problem(403, "permission_denied"),
    "429": problem(429, "too_many_requests"),
    "503": problem(503, "service_unavailable"),
}


def test_address_of_the_address_book_is_copied(shop, buyer):
    home = shop.users.add_address(buyer.user_id, city="Zürich 💡", country="CH")

    placed = buyer.order({shop.sells("LAMP"): 1}, address_id=home)
    shop.users.addresses[home][1]["city"] = "Elsewhere"

    assert placed.status_code == 201
    copied = placed.json()["shipping_address"]
    assert (set(copied), copied["line1"], copied["city"], copied["country"]) == (
        FIELDS,
        "1 Book Street",
        "Zürich 💡",
        "CH",
    )
    assert buyer.get(placed["Location"]).json() == placed.json()
    shop.check()


def test_address_book_is_called_once_and_first_with_the_users_token(
    shop, buyer, unprepared_statements
):
    home = shop.users.add_address(buyer.user_id)

    with CaptureQueriesContext(connection) as statements:
        buyer.order({shop.sells("LAMP"): 1}, address_id=home)

    [call] = shop.user.calls
    assert (call.method, call.path) == ("GET", f"/api/users/me/addresses/{home}/")
    assert (
        f"Bearer {call.headers['Authorization'].removeprefix('Bearer ')}"
        == buyer.headers["Authorization"]
    )
    assert [statement["sql"].split()[0] for statement in statements] == ["INSERT", "WITH"]
    assert (shop.product.methods, shop.inventory.methods) == (["GET"], ["PUT"])


@pytest.mark.parametrize("owner", ["unknown", "other"])
def test_unknown_address_is_a_definitive_rejection(shop, buyer, other_buyer, assert_problem, owner):
    lamp = shop.sells("LAMP")
    address = shop.users.add_address(other_buyer.user_id) if owner == "other" else str(uuid4())

    first = buyer.order({lamp: 1}, key="k", address_id=address)
    again = buyer.order({lamp: 1}, key="k", address_id=address)

    assert_problem(first, 422, "address_not_found")
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert (shop.calls, shop.stock.quantity) == (["GET"], {lamp: 10})
    assert (Attempt.objects.get().state, Order.objects.count()) == ("rejected", 0)


@pytest.mark.parametrize("step", UNAVAILABLE.values(), ids=UNAVAILABLE)
def test_unavailable_user_service_is_503_and_the_same_key_works_later(
    shop, buyer, assert_problem, short_timeouts, step
):
    lamp, home = shop.sells("LAMP"), shop.users.add_address(buyer.user_id)
    shop.user.always(step)

    response = buyer.order({lamp: 1}, key="k", address_id=home)

    assert assert_problem(response, 503, "service_unavailable")["service"] == "user"
    assert response["Retry-After"] == "1"
    assert (shop.stock.quantity, Order.objects.count()) == ({lamp: 10}, 0)
    assert Attempt.objects.get().state in ("aborted", "aborting")
    shop.user.always(fake_servers.succeeds)
    run_worker_until_idle()
    assert buyer.order({lamp: 1}, key="k", address_id=home).status_code == 201
    shop.check()


@pytest.mark.parametrize(
    "address", [{}, {"shipping_address": INLINE}, {"shipping_address": INLINE, "address_id": None}]
)
def test_order_without_address_id_does_not_call_the_user_service(shop, buyer, address):
    shop.user.always(fake_servers.resets)

    assert buyer.order({shop.sells("LAMP"): 1}, **address).status_code == 201
    assert shop.user.calls == []


def test_replay_calls_no_service(shop, buyer):
    lamp, home = shop.sells("LAMP"), shop.users.add_address(buyer.user_id)
    first = buyer.order({lamp: 1}, key="k", address_id=home)
    shop.users.addresses.clear()
    for server in (shop.user, shop.product, shop.inventory):
        server.calls.clear()

    again = buyer.order({lamp: 1}, key="k", address_id=home)

    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (
        201,
        first.content,
        "true",
    )
    assert shop.calls == []


def test_same_key_with_another_address_id_is_rejected(shop, buyer, assert_problem):
    lamp, home, work = (
        shop.sells("LAMP"),
        shop.users.add_address(buyer.user_id),
        shop.users.add_address(buyer.user_id),
    )
    buyer.order({lamp: 1}, key="k", address_id=home)

    assert_problem(buyer.order({lamp: 1}, key="k", address_id=work), 422, "idempotency_key_reused")


def test_ended_session_is_401_and_a_new_token_works_with_the_same_key(shop, buyer, assert_problem):
    lamp, home = shop.sells("LAMP"), shop.users.add_address(buyer.user_id)
    shop.users.signed_out.add(str(buyer.user_id))

    response = buyer.order({lamp: 1}, key="k", address_id=home)

    assert "POST /api/users/token/" in assert_problem(response, 401, "invalid_token")["detail"]
    assert response["WWW-Authenticate"] == "Bearer"
    assert (Attempt.objects.get().state, shop.stock.quantity) == ("aborted", {lamp: 10})
    shop.users.signed_out.clear()
    buyer.headers["Authorization"] = f"Bearer {access_token('customer', buyer.user_id)}"
    assert buyer.order({lamp: 1}, key="k", address_id=home).status_code == 201
    shop.check()


def test_ended_sessions_do_not_open_the_circuit_breaker(shop, buyer, other_buyer):
    lamp, home = shop.sells("LAMP"), shop.users.add_address(buyer.user_id)
    shop.users.signed_out.add(str(other_buyer.user_id))

    for _ in range(10):
        assert other_buyer.order({lamp: 1}, address_id=home).status_code == 401

    assert buyer.order({lamp: 1}, address_id=home).status_code == 201


def test_all_calls_share_the_deadline_of_the_request(shop, buyer, monkeypatch):
    given = []
    monkeypatch.setattr(
        clients.UserClient,
        "get_address",
        lambda self, id, token, timeout: given.append(timeout) or {},
    )
    find = clients.ProductClient.get_products
    monkeypatch.setattr(
        clients.ProductClient,
        "get_products",
        lambda self, ids, timeout: given.append(timeout) or find(self, ids, timeout=timeout),
    )
    monkeypatch.setattr(clients, "CALL_TIMEOUT", 1000.0)

    buyer.order({shop.sells("LAMP"): 1}, address_id=str(uuid4()))

    assert place_order.CALLS_TIMEOUT > given[0] > given[1] > 0


class TestUserClient:
    @pytest.mark.parametrize(
        "change",
        [
            *({name: None} for name in sorted(FIELDS)),
            *({name: 7} for name in sorted(FIELDS)),
            *({name: "x" * 201} for name in sorted(FIELDS)),
            *({name: ""} for name in ("line1", "city", "country")),
            {"line2": "a\0b"},
            {"name": ["Ada"]},
        ],
        ids=str,
    )
    def test_invalid_address_of_the_user_service_is_503(self, shop, buyer, assert_problem, change):
        lamp, home = shop.sells("LAMP"), shop.users.add_address(buyer.user_id)
        shop.user.always(reply(200, shop.users.addresses[home][1] | change))

        assert (
            assert_problem(buyer.order({lamp: 1}, address_id=home), 503, "service_unavailable")[
                "service"
            ]
            == "user"
        )
        assert shop.stock.quantity == {lamp: 10}

    def test_unknown_address_fields_are_ignored(self, shop, buyer):
        home = shop.users.add_address(buyer.user_id, doorbell="3", vat_number="X")

        assert (
            set(buyer.order({shop.sells("LAMP"): 1}, address_id=home).json()["shipping_address"])
            == FIELDS
        )
