"""The rate limit of orders that come through the gateway: of each user first, of each address generously."""

from uuid import uuid4

import pytest
from conftest import at_once
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.errors import TooManyOrders
from orders.models import Attempt, Order, RateLimit
from orders.services import rate_limit

TRUSTED_PROXY_SECRET = "unit-tests-x-proxy-secret-0123456789abcdef"
HERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def three_a_minute(settings):
    settings.TRUSTED_PROXY_SECRET, settings.ORDER_RATE_LIMIT = TRUSTED_PROXY_SECRET, 3


def through_the_gateway(buyer, items, client=HERE, key="", gateway_key=TRUSTED_PROXY_SECRET):
    body = {
        "items": [
            {"product_id": product_id, "quantity": units} for product_id, units in items.items()
        ]
    }
    headers = {"gateway_key": gateway_key, "x_forwarded_for": client} | (
        {"idempotency_key": key} if key else {}
    )
    return buyer.post("/api/orders/", body, **headers)


def time_goes_by(seconds):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rate_limit SET theoretical_arrival_time = theoretical_arrival_time - make_interval(secs => %s)",
            [seconds],
        )


def test_too_many_orders_of_one_user_are_refused_and_change_nothing(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(3)] == [201] * 3

    answer = through_the_gateway(buyer, {lamp: 1}, key="k")

    refused(answer, 429, "too_many_requests")
    assert 15 <= int(answer["Retry-After"]) <= 20
    assert (Order.objects.count(), Attempt.objects.count()) == (3, 3)
    assert shop.stock.quantity[lamp] == 7
    assert len(shop.calls) == 6


def test_a_user_who_waits_as_long_as_retry_after_says_may_order_again(shop, buyer, refused):
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
    for _ in range(3):
        through_the_gateway(other_buyer, {lamp: 1})

    refused(through_the_gateway(other_buyer, {lamp: 1}, key="k"), 429, "too_many_requests")


def test_a_first_try_whose_outcome_is_unknown_can_be_repeated_whatever_the_count(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.product.close()
    assert through_the_gateway(buyer, {lamp: 1}, key="k").status_code == 503
    for _ in range(5):
        assert through_the_gateway(buyer, {lamp: 1}, key="k").status_code == 503


def test_users_behind_one_address_are_counted_apart(shop, buyer, other_buyer, refused):
    lamp = shop.sells("LAMP")
    for _ in range(3):
        through_the_gateway(buyer, {lamp: 1})
    refused(through_the_gateway(buyer, {lamp: 1}), 429, "too_many_requests")

    assert through_the_gateway(other_buyer, {lamp: 1}).status_code == 201


def test_another_address_gives_a_user_no_other_share(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    for number in range(3):
        through_the_gateway(buyer, {lamp: 1}, client=f"203.0.113.{number}")

    refused(through_the_gateway(buyer, {lamp: 1}, client="2001:db8::1"), 429, "too_many_requests")


def test_an_address_has_the_share_of_many_users(db):
    users = [uuid4() for _ in range(rate_limit.USERS_PER_ADDRESS)]
    for user_id in users * 3:
        rate_limit.check(user_id=user_id, address="2001:db8::1", key=None)

    with pytest.raises(TooManyOrders):
        rate_limit.check(user_id=uuid4(), address="2001:db8::ffff", key=None)
    rate_limit.check(user_id=uuid4(), address="2001:db8:0:1::1", key=None)


def test_what_a_users_limit_refuses_is_not_counted_for_the_address(db):
    user_id = uuid4()
    for _ in range(3):
        rate_limit.check(user_id=user_id, address=HERE, key=None)
    before = RateLimit.objects.get(key=f"address {HERE}")

    with pytest.raises(TooManyOrders):
        rate_limit.check(user_id=user_id, address=HERE, key=None)

    assert (
        RateLimit.objects.get(key=before.key).theoretical_arrival_time
        == before.theoretical_arrival_time
    )


def test_what_does_not_come_through_the_gateway_is_neither_counted_nor_asked_about(shop, buyer):
    lamp = shop.sells("LAMP")

    with CaptureQueriesContext(connection) as statements:
        answers = [
            through_the_gateway(buyer, {lamp: 1}, gateway_key="invented").status_code
            for _ in range(5)
        ]

    assert answers == [201] * 5
    assert not [statement for statement in statements if "rate_limit" in statement["sql"]]


def test_what_is_refused_as_invalid_is_not_counted(shop, buyer):
    for _ in range(5):
        assert through_the_gateway(buyer, {}).status_code == 400

    assert not RateLimit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_orders_at_once_only_the_share_of_the_user_passes(settings):
    settings.ORDER_RATE_LIMIT = 4
    user_id = uuid4()

    outcomes = at_once(*[lambda: rate_limit.check(user_id=user_id, address=HERE, key=None)] * 12)

    assert outcomes.count(None) == 4
    assert all(isinstance(outcome, TooManyOrders) for outcome in outcomes if outcome is not None)


def test_rows_that_limit_nothing_any_more_are_purged(db):
    user_id = uuid4()
    rate_limit.check(user_id=user_id, address=HERE, key=None)
    RateLimit.objects.filter(key=f"address {HERE}").update(
        theoretical_arrival_time="2020-01-01T00:00Z"
    )

    assert rate_limit.purge() is False

    assert list(RateLimit.objects.values_list("key", flat=True)) == [f"user {user_id}"]


def test_the_count_waits_for_no_disk(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'rate_limit'")
        assert cursor.fetchone() == ("u",)


def test_where_no_key_is_set_nothing_comes_through_a_gateway(settings, shop, buyer):
    settings.TRUSTED_PROXY_SECRET = ""
    lamp = shop.sells("LAMP")

    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(5)] == [201] * 5
