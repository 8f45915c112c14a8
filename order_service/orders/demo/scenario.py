"""The demo orders: deterministic, with times relative to today."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from demo_data import deterministic_uuid7, timestamp_of
from orders.models import Event, Order

FOLDER = Path(__file__).parent
ORDERS = 300
DAYS = 56
FREQUENT_BUYERS = {"anna@example.com": 4.0, "ben@example.com": 2.0}
"""Weights relative to other buyers; a visitor of the demo signs in with one of these accounts."""
STAFF = deterministic_uuid7("mira@example.com")
HOUR_WEIGHTS = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 5, 6, 5, 4, 4, 5, 6, 7, 9, 9, 7, 4, 2]
DAY_WEIGHTS = {5: 1.5, 6: 1.8}
"""By day modulo 7; 1 for the others."""
LINE_COUNT_WEIGHTS = {1: 44, 2: 27, 3: 15, 4: 9, 5: 5}


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    name: str
    """The order's id and number are derived from it."""
    user_id: UUID
    address: dict[str, str]
    quantities: dict[UUID, int]
    days_ago: int
    time_of_day: timedelta
    final_status: Order.Status
    hours: tuple[float, ...]
    """From each event to the next."""
    cancelled_by_staff: bool

    def placed_at(self, now: datetime) -> datetime:
        midnight = datetime.combine(now.date(), time(), now.tzinfo)
        placed_at = midnight - timedelta(days=self.days_ago) + self.time_of_day
        an_hour_ago = now - timedelta(hours=1)
        return placed_at if placed_at < an_hour_ago else an_hour_ago - self.time_of_day / 24

    def order_id(self, now: datetime) -> UUID:
        return deterministic_uuid7(self.name, self.placed_at(now))

    def events(self, order_id: UUID) -> list[tuple[Event.Type, datetime, UUID]]:
        """Type, time and actor of the events after `placed`."""
        canceller = STAFF if self.cancelled_by_staff else self.user_id
        first = timestamp_of(order_id) + timedelta(hours=self.hours[0])
        second = first + timedelta(hours=self.hours[1])
        shipped = (Event.Type.SHIPPED, first, STAFF)
        return {
            Order.Status.CONFIRMED: [],
            Order.Status.CANCELLED: [(Event.Type.CANCELLED, first, canceller)],
            Order.Status.SHIPPED: [shipped],
            Order.Status.DELIVERED: [shipped, (Event.Type.DELIVERED, second, STAFF)],
        }[self.final_status]


@cache
def orders() -> list[PlannedOrder]:
    """By the time at which they are placed."""
    rng = random.Random("demo orders 380")  # noqa: S311  (not used for secrets)
    planned_orders = [_plan(rng, f"demo order {number}") for number in range(1, ORDERS + 1)]
    return sorted(planned_orders, key=lambda planned: (-planned.days_ago, planned.time_of_day))


def _plan(rng: random.Random, name: str) -> PlannedOrder:
    addresses = {row["email"]: row["address"] for row in _file("buyers")}
    buyer = _weighted_choice(rng, {email: FREQUENT_BUYERS.get(email, 1.0) for email in addresses})
    days_ago = _weighted_choice(
        rng, {day: DAY_WEIGHTS.get(day % 7, 1.0) * (1.5 - day / DAYS) for day in range(DAYS)}
    )
    final_status = _weighted_choice(rng, _status_weights(days_ago))
    first = rng.uniform(0.1, 0.7) if final_status == Order.Status.CANCELLED else rng.uniform(6, 22)
    return PlannedOrder(
        name=name,
        user_id=deterministic_uuid7(buyer),
        address=addresses[buyer],
        quantities=_basket(rng),
        days_ago=days_ago,
        time_of_day=timedelta(
            hours=_weighted_choice(rng, dict(enumerate(HOUR_WEIGHTS))) + rng.random()
        ),
        final_status=final_status,
        hours=(first, rng.uniform(26, 48)),
        cancelled_by_staff=rng.random() < 0.2,
    )


def _status_weights(days_ago: int) -> dict[Order.Status, float]:
    """How often an order of that age has each status."""
    confirmed, shipped, delivered, cancelled = Order.Status
    if days_ago < 2:
        return {confirmed: 92, cancelled: 8}
    if days_ago < 4:
        return {confirmed: 35, shipped: 59, cancelled: 6}
    return (
        {shipped: 36, delivered: 58, cancelled: 6}
        if days_ago < 8
        else {delivered: 93, cancelled: 7}
    )


def _basket(rng: random.Random) -> dict[UUID, int]:
    products = {row["sku"]: row for row in _file("products")}
    skus = {
        _weighted_choice(rng, {sku: row["weight"] for sku, row in products.items()})
        for _ in range(_weighted_choice(rng, LINE_COUNT_WEIGHTS))
    }
    return {
        deterministic_uuid7(sku): 1 + int(rng.random() ** 2 * products[sku]["max_quantity"])
        for sku in sorted(skus)
    }


def _weighted_choice(rng: random.Random, weights: Mapping[Any, float]) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]


@cache
def _file(name: str) -> list[dict[str, Any]]:
    return list(json.loads((FOLDER / f"{name}.json").read_text()))
