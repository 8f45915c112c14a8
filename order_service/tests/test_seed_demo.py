"""The demo orders: the scenario, how they are placed, and backdating."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chassis.validation import validate
from demo_data import deterministic_uuid7, timestamp_of
from orders.api.serializers import AddressRequest
from orders.demo import backdating, scenario
from orders.models import Event, Order
from orders.services import transitions

NOW = datetime(2026, 3, 31, 14, 30, tzinfo=UTC)
PLANNED = scenario.orders()
SOME = [next(each for each in PLANNED if each.final_status == status) for status in Order.Status]
"""One for each status."""


@pytest.fixture
def four_orders(monkeypatch: pytest.MonkeyPatch, shop: Any) -> list[scenario.PlannedOrder]:
    """A scenario of four orders, with enough stock."""
    monkeypatch.setattr(scenario, "orders", lambda: SOME)
    for product_id in {product_id for planned in SOME for product_id in planned.quantities}:
        row = shop.catalogue.rows.pop(shop.catalogue.add(f"SKU-{product_id}", "19.99"))
        shop.catalogue.rows[str(product_id)] = row | {"id": str(product_id)}
        shop.stock.receive(str(product_id), 100)
    return SOME


def seeded(*options: str) -> str:
    output = StringIO()
    call_command("seed_demo", *options, stdout=output)
    return output.getvalue()


def order_of(planned: scenario.PlannedOrder) -> Order:
    return Order.objects.get(
        user_id=planned.user_id,
        id__in=[order.id for order in Order.objects.all() if _is(order, planned)],
    )


def _is(order: Order, planned: scenario.PlannedOrder) -> bool:
    return order.id == deterministic_uuid7(planned.name, timestamp_of(order.id))


def test_scenario_is_deterministic():
    scenario.orders.cache_clear()
    assert scenario.orders() == PLANNED


def test_scenario_has_orders_of_eight_weeks_in_all_states():
    assert len(PLANNED) == 300
    assert max(planned.days_ago for planned in PLANNED) > 50
    states = Counter(planned.final_status for planned in PLANNED)
    assert states.keys() == set(Order.Status)
    assert min(states.values()) >= 10 < 200 < states[Order.Status.DELIVERED]
    assert Counter(len(planned.quantities) for planned in PLANNED).keys() == {1, 2, 3, 4, 5}


def test_demo_accounts_have_orders():
    of = Counter(planned.user_id for planned in PLANNED)
    assert all(of[deterministic_uuid7(email)] >= 10 for email in scenario.FREQUENT_BUYERS)
    assert len(of) > 20


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_events_are_ordered_and_in_the_past(hour):
    now = NOW.replace(hour=hour, minute=1)
    for planned in PLANNED:
        order_id = planned.order_id(now)
        times = [timestamp_of(order_id), *(time for _, time, _ in planned.events(order_id))]
        assert times == sorted(times)
        assert times[-1] < now


def test_demo_addresses_are_valid():
    for planned in PLANNED:
        assert validate(AddressRequest, planned.address) == planned.address


def test_seeding_places_orders_with_their_events(four_orders, shop):
    assert seeded() == "Orders …\n4 orders, 4 of them new.\n"
    shop.check()
    for planned in four_orders:
        order = order_of(planned)
        assert (order.status, order.shipping_address) == (planned.final_status, planned.address)
        assert {line.product_id: line.quantity for line in order.lines.all()} == planned.quantities


def test_orders_and_events_are_backdated(four_orders):
    began = datetime.now(UTC)
    seeded()
    for planned in four_orders:
        order = order_of(planned)
        assert order.created_at == timestamp_of(order.id) < began
        events = list(
            Event.objects.filter(order=order)
            .order_by("id")
            .values_list("type", "created_at", "actor")
        )
        assert events == [
            ("placed", order.created_at, planned.user_id),
            *planned.events(order.id),
        ]
        assert order.updated_at == events[-1][1]


def test_seeding_is_idempotent(four_orders, shop):
    for planned in four_orders:
        assert backdating.add(planned, datetime.now(UTC) - timedelta(days=3))
    assert seeded().endswith("4 orders, 0 of them new.\n")
    assert Order.objects.count() == 4
    shop.check()


def test_interrupted_seeding_continues(four_orders, shop, monkeypatch):
    delivered = next(
        planned for planned in four_orders if planned.final_status == Order.Status.DELIVERED
    )
    monkeypatch.setitem(backdating.TRANSITIONS, Event.Type.DELIVERED, lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seeded()
    assert order_of(delivered).status == Order.Status.SHIPPED

    monkeypatch.setitem(backdating.TRANSITIONS, Event.Type.DELIVERED, transitions.deliver)
    seeded()
    order = order_of(delivered)
    assert order.status == Order.Status.DELIVERED
    assert list(order.events.order_by("id").values_list("created_at", flat=True))[1:] == [
        time for _, time, _ in delivered.events(order.id)
    ]
    assert Order.objects.count() == 4
    shop.check()


def test_seeding_keeps_changes_of_users(four_orders, shop):
    seeded()
    confirmed = order_of(
        next(planned for planned in four_orders if planned.final_status == Order.Status.CONFIRMED)
    )
    transitions.cancel(confirmed, actor=confirmed.user_id)
    seeded()
    confirmed.refresh_from_db()
    assert confirmed.status == Order.Status.CANCELLED
    assert confirmed.updated_at - confirmed.created_at > timedelta(minutes=30)
    shop.check()


def test_seeding_reports_shortages_each_time(four_orders, shop):
    for product_id in four_orders[0].quantities:
        shop.stock.quantity[str(product_id)] = 0
    first, second = seeded(), seeded()
    assert "were not placed: there was not enough stock." in first
    assert "were not placed: there was not enough stock." in second
    assert not Order.objects.filter(
        user_id=four_orders[0].user_id, lines__product_id__in=four_orders[0].quantities
    ).exists()


def test_seeding_needs_the_products(shop, monkeypatch):
    monkeypatch.setattr(scenario, "orders", lambda: SOME)
    with pytest.raises(CommandError, match="Run seed_demo of the product service first"):
        seeded()
    assert not Order.objects.exists()


def test_seeding_fails_without_inventory(four_orders, shop):
    shop.inventory.close()
    with pytest.raises(CommandError, match="inventory"):
        seeded()
    assert not Order.objects.exists()


def test_seeding_is_rejected_in_production_unless_forced(four_orders, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seeded()
    assert not Order.objects.exists()
    seeded("--force")
    assert Order.objects.count() == 4
