"""The state machine of an attempt to place an order; one attempt per user and Idempotency-Key.

    absent ─claim→ started ─┬─ complete ─→ completed
       ▲                    ├─ reject ───→ rejected
       └── aborted ←─ mark_aborted ─ aborting ←─ abort, expire

Each change is one statement in its own transaction. It names the expected state and order id
(optimistic locking), so of two concurrent changes only one succeeds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError

from chassis.failpoints import failpoint
from orders.models import Attempt, Event, Order
from orders.services.order_attempts import statements

BASE32_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's Base32: without I, L, O and U, which are easily misread."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REQUEST_LEASE = 10
"""Seconds, more than a request may take: an attempt still started after them has crashed."""
WORKER_LEASE = 3
RETENTION_HOURS = 48
"""How long a finished attempt answers its Idempotency-Key; the API promises 24."""
PURGE_BATCH = 1000


@dataclass(frozen=True, slots=True)
class AttemptLease:
    """The right to place one order, under one order id."""

    attempt_id: UUID
    order_id: UUID

    @property
    def number(self) -> str:
        """`SO-XXXXX-XXXXX` from the id's random bits: it does not reveal the number of orders."""
        digits = "".join(BASE32_ALPHABET[self.order_id.int >> at & 31] for at in range(45, -1, -5))
        return f"SO-{digits[:5]}-{digits[5:]}"

    @property
    def created_at(self) -> datetime:
        """The timestamp of the order id, in milliseconds."""
        return EPOCH + timedelta(milliseconds=self.order_id.int >> 80)


@failpoint("claim")
def claim(user_id: UUID, key: str | None, fingerprint: str) -> AttemptLease | None:
    """Start an attempt, or restart an aborted one. None when the key is in use."""
    rows = statements.CLAIM.execute(
        user_id=user_id, key=key, fingerprint=fingerprint, lease=REQUEST_LEASE
    )
    return AttemptLease(*rows[0]) if rows else None


@failpoint("save")
def complete(lease: AttemptLease, order: Order, body: bytes) -> bool:
    """Save the order. False when the lease was lost, or another order has the same number."""
    lines, address = order.items, order.shipping_address
    rows = _complete(
        attempt_id=lease.attempt_id,
        order_id=lease.order_id,
        body=body.decode(),
        number=order.number,
        status=order.status,
        total=order.total,
        currency=order.currency,
        address=None if address is None else orjson.dumps(address).decode(),
        now=order.created_at,
        event=Event.Type.PLACED,
        product_ids=[str(line.product_id) for line in lines],
        skus=[line.sku for line in lines],
        names=[line.name for line in lines],
        prices=[line.unit_price for line in lines],
        quantities=[line.quantity for line in lines],
    )
    return bool(rows)


@failpoint("reject")
def reject(lease: AttemptLease, status: int, body: bytes) -> bool:
    rows = statements.REJECT.execute(
        attempt_id=lease.attempt_id, order_id=lease.order_id, status=status, body=body.decode()
    )
    return bool(rows)


@failpoint("abort")
def abort(lease: AttemptLease) -> bool:
    rows = statements.ABORT.execute(
        attempt_id=lease.attempt_id, order_id=lease.order_id, lease=WORKER_LEASE
    )
    return bool(rows)


@failpoint("mark aborted")
def mark_aborted(lease: AttemptLease) -> bool:
    """Only after inventory has confirmed that nothing is, or will be, reserved for the order id."""
    return bool(
        statements.MARK_ABORTED.execute(attempt_id=lease.attempt_id, order_id=lease.order_id)
    )


def is_completed(lease: AttemptLease) -> bool:
    return Attempt.objects.filter(
        pk=lease.attempt_id, order_id=lease.order_id, state=Attempt.State.COMPLETED
    ).exists()


@failpoint("expire")
def expire() -> int:
    """Abort the attempts whose request did not finish within its lease."""
    return len(statements.EXPIRE.execute())


@failpoint("lease aborting")
def lease_aborting(limit: int) -> list[AttemptLease]:
    """Aborting attempts that are due; no other worker gets them for WORKER_LEASE."""
    return [
        AttemptLease(*row)
        for row in statements.LEASE_ABORTING.execute(lease=WORKER_LEASE, limit=limit)
    ]


def get(user_id: UUID, key: str) -> Attempt | None:
    return Attempt.objects.filter(user_id=user_id, idempotency_key=key).first()


def purge() -> bool:
    """Delete a batch of expired attempts. Returns whether there may be more."""
    return len(statements.PURGE.execute(hours=RETENTION_HOURS, limit=PURGE_BATCH)) == PURGE_BATCH


def _complete(**parameters: Any) -> list[Any]:
    try:
        return statements.COMPLETE.execute(**parameters)
    except IntegrityError as error:
        if "order_number_is_unique" not in str(error):
            raise
        return []
