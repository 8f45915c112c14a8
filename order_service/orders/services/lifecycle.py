"""What becomes of an order: confirmed ─→ shipped ─→ delivered, or confirmed ─→ cancelled.

A change is one statement: the order, its event, and the task to tell inventory. The task is carried out right after it
and, if that fails, by the worker until it is done.
"""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from chassis import failpoints
from chassis.statements import PreparedStatement
from orders.errors import InvalidTransition, NeighbourAway, UnknownOrder
from orders.models import Event, Order, StockTask
from orders.services import recovery
from orders.services.attempts import WORKER_LEASE_SECONDS

MOVE = PreparedStatement(
    "move",
    """
    WITH moved AS (
        UPDATE "order" SET status = %(to)s, updated_at = now() WHERE id = %(order_id)s AND status = %(start)s RETURNING id
    ), told AS (
        INSERT INTO event (order_id, type, actor) SELECT id, %(type)s, %(actor)s FROM moved
    ), noted AS (
        INSERT INTO stock_task (order_id, verb, due_at)
        SELECT id, %(verb)s::text, now() + make_interval(secs => %(lease)s) FROM moved WHERE %(verb)s::text IS NOT NULL
    )
    SELECT id FROM moved""",
)


@dataclass(frozen=True, slots=True)
class Step:
    start: Order.Status
    to: Order.Status
    type: Event.Type
    verb: StockTask.Verb | None = None


CANCEL = Step(
    Order.Status.CONFIRMED, Order.Status.CANCELLED, Event.Type.CANCELLED, StockTask.Verb.RELEASE
)
SHIP = Step(Order.Status.CONFIRMED, Order.Status.SHIPPED, Event.Type.SHIPPED, StockTask.Verb.FULFIL)
DELIVER = Step(Order.Status.SHIPPED, Order.Status.DELIVERED, Event.Type.DELIVERED)


def find(order_id: UUID, *, user_id: UUID, is_staff: bool) -> Order:
    """An order that this user may see. Raises UnknownOrder, for somebody else's too."""
    order = (
        Order.objects.visible_to(user_id, is_staff=is_staff)
        .with_items()
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise UnknownOrder
    return order


def cancel(order: Order, *, actor: UUID) -> Order:
    """Only from confirmed. The stock comes back once. Raises InvalidTransition."""
    return _take(CANCEL, order, actor)


def ship(order: Order, *, actor: UUID) -> Order:
    """Raises InvalidTransition."""
    return _take(SHIP, order, actor)


def deliver(order: Order, *, actor: UUID) -> Order:
    """Raises InvalidTransition."""
    return _take(DELIVER, order, actor)


def _take(step: Step, order: Order, actor: UUID) -> Order:
    """Again is no error: the response of the first time may have been lost."""
    if order.status == step.to:
        return order
    moved = _move(step, order, actor)
    order.refresh_from_db(fields=["status", "updated_at"])
    if not moved and order.status != step.to:  # of two at once, both have done it
        raise InvalidTransition(order.status)
    if moved and step.verb:
        with suppress(NeighbourAway):
            recovery.carry_out(order.id, step.verb)
    return order


@failpoints.failpoint("move")
def _move(step: Step, order: Order, actor: UUID) -> bool:
    rows = MOVE.execute(
        order_id=order.id,
        start=step.start,
        to=step.to,
        type=step.type,
        actor=actor,
        verb=step.verb,
        lease=WORKER_LEASE_SECONDS,
    )
    return bool(rows)
