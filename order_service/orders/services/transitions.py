"""Transitions of an order: confirmed ─→ shipped ─→ delivered, or confirmed ─→ cancelled.

A transition is one statement: it changes the order if its status is still the expected one
(optimistic locking), adds the event, and adds the outbox message for inventory. The message is
delivered right after the commit or, if that fails, by the worker.
"""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from chassis.failpoints import failpoint
from chassis.statements import PreparedStatement
from orders.errors import DependencyUnavailable, InvalidTransition
from orders.models import Event, Order, OutboxMessage
from orders.services import outbox
from orders.services.order_attempts import WORKER_LEASE

APPLY_TRANSITION = PreparedStatement(
    "apply_transition",
    """
    WITH changed AS (
        UPDATE "order" SET status = %(target)s, updated_at = now()
        WHERE id = %(order_id)s AND status = %(source)s
        RETURNING id
    ), event_row AS (
        INSERT INTO event (order_id, type, actor) SELECT id, %(event)s, %(actor)s FROM changed
    ), outbox_row AS (
        INSERT INTO outbox_message (order_id, verb, due_at)
        SELECT id, %(operation)s::text, now() + make_interval(secs => %(lease)s)
        FROM changed WHERE %(operation)s::text IS NOT NULL
    )
    SELECT id FROM changed""",
)


@dataclass(frozen=True, slots=True)
class Transition:
    source: Order.Status
    target: Order.Status
    event: Event.Type
    operation: OutboxMessage.Operation | None = None


CANCEL = Transition(
    Order.Status.CONFIRMED,
    Order.Status.CANCELLED,
    Event.Type.CANCELLED,
    OutboxMessage.Operation.RELEASE,
)
SHIP = Transition(
    Order.Status.CONFIRMED,
    Order.Status.SHIPPED,
    Event.Type.SHIPPED,
    OutboxMessage.Operation.FULFIL,
)
DELIVER = Transition(Order.Status.SHIPPED, Order.Status.DELIVERED, Event.Type.DELIVERED)


def cancel(order: Order, *, actor: UUID) -> Order:
    """Release the stock, once. Raises InvalidTransition."""
    return _execute(CANCEL, order, actor)


def ship(order: Order, *, actor: UUID) -> Order:
    """Raises InvalidTransition."""
    return _execute(SHIP, order, actor)


def deliver(order: Order, *, actor: UUID) -> Order:
    """Raises InvalidTransition."""
    return _execute(DELIVER, order, actor)


def _execute(transition: Transition, order: Order, actor: UUID) -> Order:
    """Repeating a transition is no error: the client may have lost the first response."""
    if order.status == transition.target:
        return order
    changed = apply(transition, order, actor)
    order.refresh_from_db(fields=["status", "updated_at"])
    if not changed and order.status != transition.target:  # else a concurrent request did the same
        raise InvalidTransition(order.status)
    if changed and transition.operation:
        with suppress(DependencyUnavailable):
            outbox.deliver(order.id, transition.operation)
    return order


@failpoint("transition")
def apply(transition: Transition, order: Order, actor: UUID) -> bool:
    rows = APPLY_TRANSITION.execute(
        order_id=order.id,
        source=transition.source,
        target=transition.target,
        event=transition.event,
        actor=actor,
        operation=transition.operation,
        lease=WORKER_LEASE,
    )
    return bool(rows)
