"""Places, ships, delivers and cancels demo orders like any order, then backdates them.

An order's age is in its id, so the order gets an id with a past timestamp before it is placed. The
times of its events are changed afterwards. The ledger of inventory is append-only and has the real
time.
"""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from orders.demo.scenario import PlannedOrder
from orders.errors import InsufficientStock, InvalidTransition
from orders.models import Attempt, Event, Order
from orders.services import place_order, transitions
from orders.services.commands import PlaceOrder, StoredResponse
from orders.services.order_attempts import REQUEST_LEASE, AttemptLease

TRANSITIONS = {
    Event.Type.CANCELLED: transitions.cancel,
    Event.Type.SHIPPED: transitions.ship,
    Event.Type.DELIVERED: transitions.deliver,
}


def add(planned: PlannedOrder, now: datetime) -> bool | None:
    """Place the order, and apply the events that are missing.

    Whether the order is new; None if there was not enough stock.
    Raises LookupError or DependencyUnavailable.
    """
    number = AttemptLease(UUID(int=0), planned.order_id(now)).number
    order = Order.objects.filter(number=number).first()
    is_new = order is None
    if order is None:
        response = _place(planned, now)
        if response is None or response.status == InsufficientStock.status:
            return None
        if response.status != 201:
            raise LookupError(f"{planned.name} was rejected: {response.body.decode()}")
        order = Order.objects.get(pk=response.order_id)
    _apply_events(planned, order)
    return is_new


def _place(planned: PlannedOrder, now: datetime) -> StoredResponse | None:
    """None if an earlier run has tried to place the order in vain."""
    order_id = planned.order_id(now)
    attempt, is_new = Attempt.objects.get_or_create(
        user_id=planned.user_id,
        idempotency_key=f"demo {order_id}",
        defaults={
            "fingerprint": "",
            "state": Attempt.State.STARTED,
            "order_id": order_id,
            "lease_until": datetime.now(UTC) + timedelta(seconds=REQUEST_LEASE),
        },
    )
    if not is_new:
        return None
    return place_order.execute(
        AttemptLease(attempt.id, order_id),
        PlaceOrder(planned.user_id, planned.quantities, shipping_address=planned.address),
        deadline=time.monotonic() + place_order.CALLS_TIMEOUT,
        token="",
    )


def _apply_events(planned: PlannedOrder, order: Order) -> None:
    """Stops where a user has changed the order since."""
    existing = set(Event.objects.filter(order=order).values_list("type", flat=True))
    for type, created_at, actor in planned.events(order.id):
        if type not in existing:
            try:
                TRANSITIONS[type](order, actor=actor)
            except InvalidTransition:
                return
        Event.objects.filter(order=order, type=type, actor=actor).update(created_at=created_at)
        Order.objects.filter(pk=order.id, status=type.value).update(updated_at=created_at)
