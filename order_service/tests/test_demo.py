"""The demo shop's orders: a believable plan, carried out by the functions that place any order, and dated back."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chassis.validation import validate
from demo_data import deterministic_uuid7, timestamp_of
from orders.api.serializers import AddressRequest
from orders.demo import past, plan
from orders.models import Event, Order
from orders.services import lifecycle

NOW = datetime(2026, 3, 31, 14, 30, tzinfo=UTC)
PLANNED = plan.orders()
SOME = [next(each for each in PLANNED if each.becomes == status) for status in Order.Status]
"""One of each state."""


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch, shop: Any) -> list[plan.Planned]:
    """A demo shop of four orders, with everything in stock that they need."""
    monkeypatch.setattr(plan, "orders", lambda: SOME)
    for product_id in {product_id for planned in SOME for product_id in planned.quantities}:
        row = shop.catalogue.rows.pop(shop.catalogue.add(f"SKU-{product_id}", "19.99"))
        shop.catalogue.rows[str(product_id)] = row | {"id": str(product_id)}
        shop.stock.receive(str(product_id), 100)
    return SOME


def seeded(*options: str) -> str:
    said = StringIO()
    call_command("seed_demo", *options, stdout=said)
    return said.getvalue()


def order_of(planned: plan.Planned) -> Order:
    return Order.objects.get(
        user_id=planned.user_id,
        id__in=[order.id for order in Order.objects.all() if _is(order, planned)],
    )


def _is(order: Order, planned: plan.Planned) -> bool:
    return order.id == deterministic_uuid7(planned.name, timestamp_of(order.id))


def test_the_plan_is_the_same_each_time():
    plan.orders.cache_clear()
    assert plan.orders() == PLANNED


def test_there_are_some_weeks_of_orders_in_all_states_and_most_have_arrived():
    assert len(PLANNED) == 300
    assert max(planned.days_ago for planned in PLANNED) > 50
    states = Counter(planned.becomes for planned in PLANNED)
    assert states.keys() == set(Order.Status)
    assert min(states.values()) >= 10 < 200 < states[Order.Status.DELIVERED]
    assert Counter(len(planned.quantities) for planned in PLANNED).keys() == {1, 2, 3, 4, 5}


def test_those_that_one_can_sign_in_as_have_orders_to_look_at():
    of = Counter(planned.user_id for planned in PLANNED)
    assert all(of[deterministic_uuid7(email)] >= 10 for email in plan.REGULARS)
    assert len(of) > 20


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_everything_has_happened_by_now_and_in_order(hour):
    now = NOW.replace(hour=hour, minute=1)
    for planned in PLANNED:
        order_id = planned.order_id(now)
        moments = [
            timestamp_of(order_id),
            *(moment for _, moment, _ in planned.happenings(order_id)),
        ]
        assert moments == sorted(moments)
        assert moments[-1] < now


def test_the_api_would_take_each_address_as_it_is():
    for planned in PLANNED:
        assert validate(AddressRequest, planned.address) == planned.address


def test_seeding_places_orders_and_lets_happen_to_them_what_is_planned(some, shop):
    assert seeded() == "Orders …\n4 orders, 4 of them new.\n"
    shop.check()
    for planned in some:
        order = order_of(planned)
        assert (order.status, order.shipping_address) == (planned.becomes, planned.address)
        assert {line.product_id: line.quantity for line in order.lines.all()} == planned.quantities


def test_orders_and_their_events_lie_in_the_past(some):
    began = datetime.now(UTC)
    seeded()
    for planned in some:
        order = order_of(planned)
        assert order.created_at == timestamp_of(order.id) < began
        events = list(
            Event.objects.filter(order=order)
            .order_by("id")
            .values_list("type", "created_at", "actor")
        )
        assert events == [
            ("placed", order.created_at, planned.user_id),
            *planned.happenings(order.id),
        ]
        assert order.updated_at == events[-1][1]


def test_seeding_again_even_days_later_doubles_nothing(some, shop):
    for planned in some:
        assert past.add(planned, datetime.now(UTC) - timedelta(days=3))
    assert seeded().endswith("4 orders, 0 of them new.\n")
    assert Order.objects.count() == 4
    shop.check()


def test_seeding_goes_on_where_it_was_interrupted(some, shop, monkeypatch):
    delivered = next(planned for planned in some if planned.becomes == Order.Status.DELIVERED)
    monkeypatch.setitem(past.STEPS, Event.Type.DELIVERED, lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seeded()
    assert order_of(delivered).status == Order.Status.SHIPPED

    monkeypatch.setitem(past.STEPS, Event.Type.DELIVERED, lifecycle.deliver)
    seeded()
    order = order_of(delivered)
    assert order.status == Order.Status.DELIVERED
    assert list(order.events.order_by("id").values_list("created_at", flat=True))[1:] == [
        moment for _, moment, _ in delivered.happenings(order.id)
    ]
    assert Order.objects.count() == 4
    shop.check()


def test_what_somebody_has_done_with_an_order_stands(some, shop):
    seeded()
    confirmed = order_of(
        next(planned for planned in some if planned.becomes == Order.Status.CONFIRMED)
    )
    lifecycle.cancel(confirmed, actor=confirmed.user_id)
    seeded()
    confirmed.refresh_from_db()
    assert confirmed.status == Order.Status.CANCELLED
    assert confirmed.updated_at - confirmed.created_at > timedelta(minutes=30)
    shop.check()


def test_what_is_short_is_left_out_and_said(some, shop):
    for product_id in some[0].quantities:
        shop.stock.quantity[str(product_id)] = 0
    assert "more were not placed, because there is too little stock." in seeded()
    assert not Order.objects.filter(
        user_id=some[0].user_id, lines__product_id__in=some[0].quantities
    ).exists()


def test_without_the_products_it_says_what_to_do_first(shop, monkeypatch):
    monkeypatch.setattr(plan, "orders", lambda: SOME)
    with pytest.raises(CommandError, match="Run seed_demo of the product service first"):
        seeded()
    assert not Order.objects.exists()


def test_a_neighbour_that_is_away_is_one_line_and_nothing_is_left_hanging(some, shop):
    shop.inventory.close()
    with pytest.raises(CommandError, match="inventory"):
        seeded()
    assert not Order.objects.exists()


def test_a_shop_in_earnest_is_left_alone_unless_it_has_to_be(some, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seeded()
    assert not Order.objects.exists()
    seeded("--force")
    assert Order.objects.count() == 4
