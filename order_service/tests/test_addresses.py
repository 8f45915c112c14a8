"""Orders that go to an address of the buyer's address book."""

from uuid import uuid4

import neighbours
import pytest
from conftest import access_token, worker_catches_up
from django.db import connection
from django.test.utils import CaptureQueriesContext
from neighbours import problem, reply

from orders import clients
from orders.models import Attempt, Order
from orders.services import placement

pytestmark = pytest.mark.django_db

INLINE = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}
FIELDS = {"name", "line1", "line2", "city", "region", "postal_code", "country", "phone"}
AWAY = {
    "resets": neighbours.resets,
    "hangs": neighbours.hangs,
    "HTML": reply(200, b"<html></html>", "text/html"),
    "an empty object": reply(200, {}),
    "no route": problem(404, "not_found"),
    "403": problem(403, "permission_denied"),
    "429": problem(429, "too_many_requests"),
    "503": problem(503, "service_unavailable"),
}


def test_the_address_is_copied_as_it_is(shop, buyer):
    home = shop.people.lives(buyer.user_id, city="Zürich 💡", country="CH")

    placed = buyer.order({shop.sells("LAMP"): 1}, address_id=home)
    shop.people.addresses[home][1]["city"] = "Elsewhere"

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


def test_the_address_book_is_asked_once_and_first_with_the_buyer_s_own_token(
    shop, buyer, said_in_full
):
    home = shop.people.lives(buyer.user_id)

    with CaptureQueriesContext(connection) as statements:
        buyer.order({shop.sells("LAMP"): 1}, address_id=home)

    [call] = shop.user.calls
    assert (call.method, call.path) == ("GET", f"/api/users/me/addresses/{home}/")
    assert (
        f"Bearer {call.headers['Authorization'].removeprefix('Bearer ')}"
        == buyer._headers["Authorization"]
    )
    assert [statement["sql"].split()[0] for statement in statements] == ["INSERT", "WITH"]
    assert (shop.product.told, shop.inventory.told) == (["GET"], ["PUT"])


@pytest.mark.parametrize("whose", ["nobody's", "somebody's"])
def test_an_address_that_the_buyer_does_not_have_is_refused_for_good(
    shop, buyer, other_buyer, refused, whose
):
    lamp = shop.sells("LAMP")
    address = shop.people.lives(other_buyer.user_id) if whose == "somebody's" else str(uuid4())

    first = buyer.order({lamp: 1}, key="k", address_id=address)
    again = buyer.order({lamp: 1}, key="k", address_id=address)

    refused(first, 422, "address_not_found")
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert (shop.calls, shop.stock.quantity) == (["GET"], {lamp: 10})
    assert (Attempt.objects.get().state, Order.objects.count()) == ("refused", 0)


@pytest.mark.parametrize("step", AWAY.values(), ids=AWAY)
def test_without_the_user_service_it_is_503_and_the_same_key_works_afterwards(
    shop, buyer, refused, hasty, step
):
    lamp, home = shop.sells("LAMP"), shop.people.lives(buyer.user_id)
    shop.user.always(step)

    answer = buyer.order({lamp: 1}, key="k", address_id=home)

    assert refused(answer, 503, "service_unavailable")["service"] == "user"
    assert answer["Retry-After"] == "1"
    assert (shop.stock.quantity, Order.objects.count()) == ({lamp: 10}, 0)
    assert Attempt.objects.get().state in ("aborted", "aborting")
    shop.user.always(neighbours.as_usual)
    worker_catches_up()
    assert buyer.order({lamp: 1}, key="k", address_id=home).status_code == 201
    shop.check()


@pytest.mark.parametrize(
    "address", [{}, {"shipping_address": INLINE}, {"shipping_address": INLINE, "address_id": None}]
)
def test_every_other_order_needs_no_user_service(shop, buyer, address):
    shop.user.always(neighbours.resets)

    assert buyer.order({shop.sells("LAMP"): 1}, **address).status_code == 201
    assert shop.user.calls == []


def test_what_was_placed_is_answered_again_without_calling_anybody(shop, buyer):
    lamp, home = shop.sells("LAMP"), shop.people.lives(buyer.user_id)
    first = buyer.order({lamp: 1}, key="k", address_id=home)
    shop.people.addresses.clear()
    for neighbour in (shop.user, shop.product, shop.inventory):
        neighbour.calls.clear()

    again = buyer.order({lamp: 1}, key="k", address_id=home)

    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (
        201,
        first.content,
        "true",
    )
    assert shop.calls == []


def test_the_same_key_with_another_address_is_another_request(shop, buyer, refused):
    lamp, home, work = (
        shop.sells("LAMP"),
        shop.people.lives(buyer.user_id),
        shop.people.lives(buyer.user_id),
    )
    buyer.order({lamp: 1}, key="k", address_id=home)

    refused(buyer.order({lamp: 1}, key="k", address_id=work), 422, "idempotency_key_reused")


def test_a_login_that_is_over_is_401_and_a_new_token_places_the_order_under_the_same_key(
    shop, buyer, refused
):
    lamp, home = shop.sells("LAMP"), shop.people.lives(buyer.user_id)
    shop.people.signed_out.add(str(buyer.user_id))

    answer = buyer.order({lamp: 1}, key="k", address_id=home)

    assert "POST /api/users/token/" in refused(answer, 401, "invalid_token")["detail"]
    assert answer["WWW-Authenticate"] == "Bearer"
    assert (Attempt.objects.get().state, shop.stock.quantity) == ("aborted", {lamp: 10})
    shop.people.signed_out.clear()
    buyer._headers["Authorization"] = f"Bearer {access_token('customer', buyer.user_id)}"
    assert buyer.order({lamp: 1}, key="k", address_id=home).status_code == 201
    shop.check()


def test_those_who_are_signed_out_shut_the_door_on_nobody(shop, buyer, other_buyer):
    lamp, home = shop.sells("LAMP"), shop.people.lives(buyer.user_id)
    shop.people.signed_out.add(str(other_buyer.user_id))

    for _ in range(10):
        assert other_buyer.order({lamp: 1}, address_id=home).status_code == 401

    assert buyer.order({lamp: 1}, address_id=home).status_code == 201


def test_all_calls_share_the_request_s_time(shop, buyer, monkeypatch):
    given = []
    monkeypatch.setattr(
        clients.UserClient, "address", lambda self, id, token, timeout: given.append(timeout) or {}
    )
    find = clients.ProductClient.find
    monkeypatch.setattr(
        clients.ProductClient,
        "find",
        lambda self, ids, timeout: given.append(timeout) or find(self, ids, timeout=timeout),
    )
    monkeypatch.setattr(placement, "CALL_SECONDS", 1000.0)

    buyer.order({shop.sells("LAMP"): 1}, address_id=str(uuid4()))

    assert placement.CALLS_SECONDS > given[0] > given[1] > 0


class TestThePhone:
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
    def test_an_address_that_no_order_could_have_is_nonsense(self, shop, buyer, refused, change):
        lamp, home = shop.sells("LAMP"), shop.people.lives(buyer.user_id)
        shop.user.always(reply(200, shop.people.addresses[home][1] | change))

        assert (
            refused(buyer.order({lamp: 1}, address_id=home), 503, "service_unavailable")["service"]
            == "user"
        )
        assert shop.stock.quantity == {lamp: 10}

    def test_what_an_order_has_no_place_for_is_left_out(self, shop, buyer):
        home = shop.people.lives(buyer.user_id, doorbell="3", vat_number="X")

        assert (
            set(buyer.order({shop.sells("LAMP"): 1}, address_id=home).json()["shipping_address"])
            == FIELDS
        )
