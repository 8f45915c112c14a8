"""The rate limit of orders through the gateway: per user, and a larger one per address."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chassis.tests.concurrency import run_concurrently
from orders.errors import OrderRateLimited
from orders.models import Attempt, Order, RateLimit
from orders.services import rate_limit

TRUSTED_PROXY_SECRET = "unit-tests-x-proxy-secret-0123456789abcdef"
ADDRESS = "203.0.113.7"


@pytest.fixture(autouse=True)
def limit_of_three_per_minute(settings):
    settings.TRUSTED_PROXY_SECRET, settings.ORDER_RATE_LIMIT = TRUSTED_PROXY_SECRET, (3, 60)


def through_the_gateway(buyer, items, client=ADDRESS, key="", proxy_secret=TRUSTED_PROXY_SECRET):
    body = {
        "items": [
            {"product_id": product_id, "quantity": units} for product_id, units in items.items()
        ]
    }
    headers = {"x_proxy_secret": proxy_secret, "x_forwarded_for": client} | (
        {"idempotency_key": key} if key else {}
    )
    return buyer.post("/api/orders/", body, **headers)


def advance_time(seconds):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rate_limit SET theoretical_arrival_time = "
            "theoretical_arrival_time - make_interval(secs => %s)",
            [seconds],
        )


def test_fourth_order_in_a_minute_is_rejected_and_changes_nothing(shop, buyer, assert_problem):
    lamp = shop.sells("LAMP")
    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(3)] == [201] * 3

    response = through_the_gateway(buyer, {lamp: 1}, key="k")

    assert_problem(response, 429, "too_many_requests")
    assert 15 <= int(response["Retry-After"]) <= 20
    assert (Order.objects.count(), Attempt.objects.count()) == (3, 3)
    assert shop.stock.quantity[lamp] == 7
    assert len(shop.calls) == 6


def test_order_after_retry_after_is_accepted(shop, buyer, assert_problem):
    lamp = shop.sells("LAMP")
    for _ in range(3):
        through_the_gateway(buyer, {lamp: 1})
    wait = int(through_the_gateway(buyer, {lamp: 1})["Retry-After"])

    advance_time(wait)

    assert through_the_gateway(buyer, {lamp: 1}).status_code == 201
    assert_problem(through_the_gateway(buyer, {lamp: 1}), 429, "too_many_requests")


def test_replay_is_not_rate_limited(shop, buyer, assert_problem):
    lamp = shop.sells("LAMP")
    first = through_the_gateway(buyer, {lamp: 1}, key="k")
    for _ in range(4):
        again = through_the_gateway(buyer, {lamp: 1}, key="k")
        assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(2)] == [201] * 2
    assert_problem(through_the_gateway(buyer, {lamp: 1}), 429, "too_many_requests")

    again = through_the_gateway(buyer, {lamp: 1}, key="k")

    assert again.json() == first.json()


def test_another_users_key_is_rate_limited(shop, buyer, other_buyer, assert_problem):
    lamp = shop.sells("LAMP")
    for _ in range(3):
        through_the_gateway(buyer, {lamp: 1}, key="k")
    for _ in range(3):
        through_the_gateway(other_buyer, {lamp: 1})

    assert_problem(through_the_gateway(other_buyer, {lamp: 1}, key="k"), 429, "too_many_requests")


def test_retry_after_an_unknown_outcome_is_not_rate_limited(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.product.close()
    assert through_the_gateway(buyer, {lamp: 1}, key="k").status_code == 503
    for _ in range(5):
        assert through_the_gateway(buyer, {lamp: 1}, key="k").status_code == 503


def test_users_behind_one_address_have_separate_limits(shop, buyer, other_buyer, assert_problem):
    lamp = shop.sells("LAMP")
    for _ in range(3):
        through_the_gateway(buyer, {lamp: 1})
    assert_problem(through_the_gateway(buyer, {lamp: 1}), 429, "too_many_requests")

    assert through_the_gateway(other_buyer, {lamp: 1}).status_code == 201


def test_another_address_does_not_reset_a_users_limit(shop, buyer, assert_problem):
    lamp = shop.sells("LAMP")
    for number in range(3):
        through_the_gateway(buyer, {lamp: 1}, client=f"203.0.113.{number}")

    assert_problem(
        through_the_gateway(buyer, {lamp: 1}, client="2001:db8::1"), 429, "too_many_requests"
    )


def test_address_has_the_limit_of_fifty_users(db):
    users = [uuid4() for _ in range(rate_limit.USERS_PER_ADDRESS)]
    for user_id in users * 3:
        rate_limit.check(user_id=user_id, address="2001:db8::1", key=None)

    with pytest.raises(OrderRateLimited):
        rate_limit.check(user_id=uuid4(), address="2001:db8::ffff", key=None)
    rate_limit.check(user_id=uuid4(), address="2001:db8:0:1::1", key=None)


def test_rejected_order_is_not_counted_for_the_address(db):
    user_id = uuid4()
    for _ in range(3):
        rate_limit.check(user_id=user_id, address=ADDRESS, key=None)
    before = RateLimit.objects.get(key=f"address {ADDRESS}")

    with pytest.raises(OrderRateLimited):
        rate_limit.check(user_id=user_id, address=ADDRESS, key=None)

    assert (
        RateLimit.objects.get(key=before.key).theoretical_arrival_time
        == before.theoretical_arrival_time
    )


def test_direct_requests_are_not_rate_limited(shop, buyer):
    lamp = shop.sells("LAMP")

    with CaptureQueriesContext(connection) as statements:
        responses = [
            through_the_gateway(buyer, {lamp: 1}, proxy_secret="invented").status_code
            for _ in range(5)
        ]

    assert responses == [201] * 5
    assert not [statement for statement in statements if "rate_limit" in statement["sql"]]


def test_invalid_request_is_not_counted(shop, buyer):
    for _ in range(5):
        assert through_the_gateway(buyer, {}).status_code == 400

    assert not RateLimit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rate_limit_holds_for_concurrent_orders(settings):
    settings.ORDER_RATE_LIMIT = (4, 60)
    user_id = uuid4()

    outcomes = run_concurrently(
        *[lambda: rate_limit.check(user_id=user_id, address=ADDRESS, key=None)] * 12
    )

    assert outcomes.count(None) == 4
    assert all(isinstance(outcome, OrderRateLimited) for outcome in outcomes if outcome is not None)


def test_expired_rate_limits_are_purged(db):
    user_id = uuid4()
    rate_limit.check(user_id=user_id, address=ADDRESS, key=None)
    RateLimit.objects.filter(key=f"address {ADDRESS}").update(
        theoretical_arrival_time="2020-01-01T00:00Z"
    )

    assert rate_limit.purge() is False

    assert list(RateLimit.objects.values_list("key", flat=True)) == [f"user {user_id}"]


def test_rate_limit_table_is_unlogged(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'rate_limit'")
        assert cursor.fetchone() == ("u",)


def test_without_a_proxy_secret_nothing_is_rate_limited(settings, shop, buyer):
    settings.TRUSTED_PROXY_SECRET = ""
    lamp = shop.sells("LAMP")

    assert [through_the_gateway(buyer, {lamp: 1}).status_code for _ in range(5)] == [201] * 5
