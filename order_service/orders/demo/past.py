"""How the demo shop's orders come about: placed, shipped, delivered and cancelled as any other, and then dated back.

An order is as old as its id, so it is given an id of the past to be placed under. The dates of what happens to it are set
afterwards. Inventory's ledger is only ever added to, so it says when the demo shop was really filled.
"""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from orders.demo.plan import Planned
from orders.errors import InsufficientStock, InvalidTransition
from orders.models import Attempt, Event, Order
from orders.services import lifecycle, placement
from orders.services.attempts import LEASE_SECONDS, Claim

STEPS = {
    Event.Type.CANCELLED: lifecycle.cancel,
    Event.Type.SHIPPED: lifecycle.ship,
    Event.Type.DELIVERED: lifecycle.deliver,
}


def add(planned: Planned, now: datetime) -> bool | None:
    """Place the order and let happen to it what is missing.

    Whether it is new; None when there is too little stock for it. Raises LookupError or NeighbourAway.
    """
    order = Order.objects.filter(number=Claim(UUID(int=0), planned.order_id(now)).number).first()
    new = order is None
    if order is None:
        answer = _place(planned, now)
        if answer.status == InsufficientStock.status:
            return None
        if answer.status != 201:
            raise LookupError(
                f"{planned.name} names products that are not sold: {answer.body.decode()}"
            )
        order = Order.objects.get(pk=answer.order_id)
    _let_happen(planned, order)
    return new


def _place(planned: Planned, now: datetime) -> placement.StoredResponse:
    order_id = planned.order_id(now)
    attempt = Attempt.objects.create(
        user_id=planned.user_id,
        idempotency_key=f"demo {order_id}",
        fingerprint="",
        state=Attempt.State.STARTED,
        order_id=order_id,
        lease_until=datetime.now(UTC) + timedelta(seconds=LEASE_SECONDS),
    )
    wish = placement.Wish(planned.user_id, planned.quantities, shipping_address=planned.address)
    deadline = time.monotonic() + placement.CALLS_SECONDS
    return placement.go_through(Claim(attempt.id, order_id), wish, deadline=deadline, token="")


def _let_happen(planned: Planned, order: Order) -> None:
    """What somebody else has done with the order meanwhile stands."""
    there = set(Event.objects.filter(order=order).values_list("type", flat=True))
    for type, moment, actor in planned.happenings(order.id):
        if type not in there:
            try:
                STEPS[type](order, actor=actor)
            except InvalidTransition:
                return
        Event.objects.filter(order=order, type=type, actor=actor).update(created_at=moment)
        Order.objects.filter(pk=order.id, status=type.value).update(updated_at=moment)
