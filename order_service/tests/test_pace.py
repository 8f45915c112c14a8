"""How many orders one address may place through the gateway."""

from uuid import uuid4

import pytest
from conftest import at_once
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.errors import TooManyOrders
from orders.models import Attempt, Order, Pace
from orders.services import pace

GATEWAY_KEY = "unit-tests-gateway-key-0123456789abcdef"
HERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def three_a_minute(settings):
    settings.GATEWAY_KEY, settings.ORDERS_PER_MINUTE = GATEWAY_KEY, 3


def through_the_gateway(buyer, items, client=HERE, key="", gateway_key=GATEWAY_KEY):
    body = {"items": [{"product_id": product_id, "quantity": units} for product_id, units in items.items()]}
    headers = {"gateway_key": gateway_key, "x_forwarded_for": client} | ({"idempotency_key": key} if key else {})
    return buyer.post("/api/orders/", body, **headers)


def time_goes_by(seconds):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pace SET used_until = used_until - make_interval(secs => %s)", [seconds])


def test_too_many_orders_of_one_address_are_refused_and_change_nothing(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(3)] == [201] * 3

    answer = through_the_gateway(buyer, {lamp: 1}, key="k")

    refused(answer, 429, "too_many_requests")
    assert 15 <= int(answer["Retry-After"]) <= 20
    assert (Order.objects.count(), Attempt.objects.count()) == (3, 3)
    assert shop.stock.quantity[lamp] == 7
    assert len(shop.calls) == 6


def test_an_address_that_waits_as_long_as_it_is_told_may_order_again(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    for _ in range(3):
        through_the_gateway(buyer, {lamp: 1})
    wait = int(through_the_gateway(buyer, {lamp: 1})["Retry-After"])

    time_goes_by(wait)

    assert through_the_gateway(buyer, {lamp: 1}).status_code == 201
    refused(through_the_gateway(buyer, {lamp: 1}), 429, "too_many_requests")


def test_a_known_key_is_answered_and_not_counted(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    first = through_the_gateway(buyer, {lamp: 1}, key="k")
    for _ in range(4):
        again = through_the_gateway(buyer, {lamp: 1}, key="k")
        assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(2)] == [201] * 2
    refused(through_the_gateway(buyer, {lamp: 1}), 429, "too_many_requests")

    again = through_the_gateway(buyer, {lamp: 1}, key="k")

    assert again.json() == first.json()


def test_somebody_elses_key_is_not_known(shop, buyer, other_buyer, refused):
    lamp = shop.sells("LAMP")
    for _ in range(3):
        through_the_gateway(buyer, {lamp: 1}, key="k")
    for _ in range(2):
        through_the_gateway(other_buyer, {lamp: 1})

    refused(through_the_gateway(other_buyer, {lamp: 1}, key="k"), 429, "too_many_requests")


def test_a_first_try_whose_outcome_is_unknown_can_be_repeated_whatever_the_count(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.product.close()
    assert through_the_gateway(buyer, {lamp: 1}, key="k").status_code == 503
    for _ in range(5):
        assert through_the_gateway(buyer, {lamp: 1}, key="k").status_code == 503


@pytest.mark.parametrize("other", ["203.0.113.8", "2001:db8::1"])
def test_other_addresses_are_counted_apart(shop, buyer, refused, other):
    lamp = shop.sells("LAMP")
    for _ in range(3):
        through_the_gateway(buyer, {lamp: 1})
    refused(through_the_gateway(buyer, {lamp: 1}), 429, "too_many_requests")

    assert through_the_gateway(buyer, {lamp: 1}, client=other).status_code == 201
    assert set(Pace.objects.values_list("address", flat=True)) == {HERE, other if "." in other else "2001:db8::/64"}


def test_an_ipv6_network_is_one_client(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    for number in range(3):
        assert through_the_gateway(buyer, {lamp: 1}, client=f"2001:db8::{number}").status_code == 201

    refused(through_the_gateway(buyer, {lamp: 1}, client="2001:db8::ffff"), 429, "too_many_requests")


def test_what_does_not_come_through_the_gateway_is_neither_counted_nor_asked_about(shop, buyer):
    lamp = shop.sells("LAMP")

    with CaptureQueriesContext(connection) as statements:
        answers = [through_the_gateway(buyer, {lamp: 1}, gateway_key="invented").status_code for _ in range(5)]

    assert answers == [201] * 5
    assert not [statement for statement in statements if "pace" in statement["sql"]]


def test_what_is_refused_as_invalid_is_not_counted(shop, buyer):
    for _ in range(5):
        assert through_the_gateway(buyer, {}).status_code == 400

    assert not Pace.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_as_many_are_let_through_as_may(settings):
    settings.ORDERS_PER_MINUTE = 4

    outcomes = at_once(*[lambda: pace.count(HERE, user_id=uuid4(), key=None)] * 12)

    assert outcomes.count(None) == 4
    assert all(isinstance(outcome, TooManyOrders) for outcome in outcomes if outcome is not None)


def test_what_says_nothing_any_more_is_forgotten(db):
    pace.count(HERE, user_id=uuid4(), key=None)
    pace.count("203.0.113.8", user_id=uuid4(), key=None)
    Pace.objects.filter(address=HERE).update(used_until="2020-01-01T00:00Z")

    assert pace.forget() is False

    assert list(Pace.objects.values_list("address", flat=True)) == ["203.0.113.8"]


def test_the_count_waits_for_no_disk(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'pace'")
        assert cursor.fetchone() == ("u",)


def test_where_no_key_is_set_nothing_comes_through_a_gateway(settings, shop, buyer):
    settings.GATEWAY_KEY = ""
    lamp = shop.sells("LAMP")

    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(5)] == [201] * 5
