"""Who orders what in the demo shop, when, and what becomes of it: the same orders each time, counted back from today."""

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

HERE = Path(__file__).parent
ORDERS = 300
DAYS = 56
REGULARS = {"anna@example.com": 4.0, "ben@example.com": 2.0}
"""How often they order, where others do once; they are those that somebody may sign in as."""
STAFF = deterministic_uuid7("mira@example.com")
HOURS = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 5, 6, 5, 4, 4, 5, 6, 7, 9, 9, 7, 4, 2]
"""How much is ordered in each hour of a day."""
BUSY_DAYS = {5: 1.5, 6: 1.8}
"""Of each seven."""
LINES = {1: 44, 2: 27, 3: 15, 4: 9, 5: 5}


@dataclass(frozen=True, slots=True)
class Planned:
    name: str
    """Its id and number are made from it."""
    user_id: UUID
    address: dict[str, str]
    quantities: dict[UUID, int]
    days_ago: int
    time_of_day: timedelta
    becomes: Order.Status
    hours: tuple[float, ...]
    """From one event to the next."""
    cancelled_by_staff: bool

    def placed_at(self, now: datetime) -> datetime:
        midnight = datetime.combine(now.date(), time(), now.tzinfo)
        moment = midnight - timedelta(days=self.days_ago) + self.time_of_day
        return (
            moment
            if moment < now - timedelta(hours=1)
            else now - timedelta(hours=1) - self.time_of_day / 24
        )

    def order_id(self, now: datetime) -> UUID:
        return deterministic_uuid7(self.name, self.placed_at(now))

    def happenings(self, order_id: UUID) -> list[tuple[Event.Type, datetime, UUID]]:
        """What happens after it was placed: type, time and who does it."""
        canceller = STAFF if self.cancelled_by_staff else self.user_id
        first, second = (
            timestamp_of(order_id) + timedelta(hours=self.hours[0]),
            timedelta(hours=self.hours[1]),
        )
        shipped = (Event.Type.SHIPPED, first, STAFF)
        return {
            Order.Status.CONFIRMED: [],
            Order.Status.CANCELLED: [(Event.Type.CANCELLED, first, canceller)],
            Order.Status.SHIPPED: [shipped],
            Order.Status.DELIVERED: [shipped, (Event.Type.DELIVERED, first + second, STAFF)],
        }[self.becomes]


@cache
def orders() -> list[Planned]:
    """In the order in which they are placed."""
    chance = random.Random("a shop to look at")  # noqa: S311  (nothing secret about it)
    made = [_planned(chance, f"demo order {number}") for number in range(1, ORDERS + 1)]
    return sorted(made, key=lambda planned: (-planned.days_ago, planned.time_of_day))


def _planned(chance: random.Random, name: str) -> Planned:
    buyer = _pick(
        chance, {each["email"]: REGULARS.get(each["email"], 1.0) for each in _file("buyers")}
    )
    days_ago = _pick(
        chance, {day: BUSY_DAYS.get(day % 7, 1.0) * (1.5 - day / DAYS) for day in range(DAYS)}
    )
    becomes = _pick(chance, _fates(days_ago))
    first = chance.uniform(0.1, 0.7) if becomes == Order.Status.CANCELLED else chance.uniform(6, 22)
    return Planned(
        name=name,
        user_id=deterministic_uuid7(buyer),
        address=next(each["address"] for each in _file("buyers") if each["email"] == buyer),
        quantities=_basket(chance),
        days_ago=days_ago,
        time_of_day=timedelta(hours=_pick(chance, dict(enumerate(HOURS))) + chance.random()),
        becomes=becomes,
        hours=(first, chance.uniform(26, 48)),
        cancelled_by_staff=chance.random() < 0.2,
    )


def _fates(days_ago: int) -> dict[Order.Status, float]:
    """What an order of that age has come to, how often."""
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


def _basket(chance: random.Random) -> dict[UUID, int]:
    goods = {each["sku"]: each for each in _file("goods")}
    skus = {
        _pick(chance, {sku: each["weight"] for sku, each in goods.items()})
        for _ in range(_pick(chance, LINES))
    }
    return {
        deterministic_uuid7(sku): 1 + int(chance.random() ** 2 * goods[sku]["most"])
        for sku in sorted(skus)
    }


def _pick(chance: random.Random, weights: Mapping[Any, float]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]


@cache
def _file(name: str) -> list[dict[str, Any]]:
    return list(json.loads((HERE / f"{name}.json").read_text()))
