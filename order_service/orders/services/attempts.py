"""The state changes of an attempt: each is one statement that is its own transaction.

    absent ─claim→ started ─┬─ complete ─→ completed
       ▲                    ├─ refuse ───→ refused
       └── aborted ←─ abort_done ─ aborting ←─ abort, expire

Every change asks for the state it starts from and for the order id under way, so of two who try only one succeeds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError

from chassis.failpoints import failpoint
from chassis.statements import PreparedStatement
from orders.models import Attempt, Event, Order

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U, which are easily misread (Crockford's Base32)."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEASE_SECONDS = 10
"""Longer than a request may take: what is still started after it has crashed."""
WORKER_LEASE_SECONDS = 3

CLAIM = PreparedStatement(
    "claim",
    """
    INSERT INTO attempt (user_id, idempotency_key, fingerprint, state, order_id, lease_until)
    VALUES (%(user_id)s, coalesce(%(key)s, uuidv7()::text), %(fingerprint)s, 'started', uuidv7(),
            now() + make_interval(secs => %(lease)s))
    ON CONFLICT ON CONSTRAINT one_attempt_per_key DO UPDATE
    SET state = 'started', order_id = excluded.order_id, lease_until = excluded.lease_until, created_at = excluded.created_at
    WHERE attempt.state = 'aborted' AND attempt.fingerprint = excluded.fingerprint
    RETURNING id, order_id""",
)

COMPLETE = PreparedStatement(
    "complete",
    """
    WITH won AS (
        UPDATE attempt SET state = 'completed', answer_status = 201, answer = %(answer)s
        WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'started'
        RETURNING order_id, user_id
    ), placed AS (
        INSERT INTO "order" (id, number, user_id, status, total, currency, shipping_address, created_at, updated_at)
        SELECT order_id, %(number)s, user_id, %(status)s, %(total)s, %(currency)s, %(address)s, %(now)s, %(now)s FROM won
    ), lines AS (
        INSERT INTO order_line (order_id, position, product_id, sku, name, unit_price, quantity, line_total)
        SELECT won.order_id, line.position, product_id, sku, name, unit_price, quantity, unit_price * quantity
        FROM won, unnest(%(product_ids)s::uuid[], %(skus)s::text[], %(names)s::text[], %(prices)s::numeric[], %(units)s::int[])
            WITH ORDINALITY AS line(product_id, sku, name, unit_price, quantity, position)
    ), told AS (
        INSERT INTO event (order_id, type, actor, created_at) SELECT order_id, %(type)s, user_id, %(now)s FROM won
    )
    SELECT order_id FROM won""",
)

REFUSE = PreparedStatement(
    "refuse",
    """
    UPDATE attempt SET state = 'refused', answer_status = %(status)s, answer = %(answer)s
    WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'started'
    RETURNING id""",
)

ABORT = PreparedStatement(
    "abort",
    """
    UPDATE attempt SET state = 'aborting', lease_until = now() + make_interval(secs => %(lease)s)
    WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'started'
    RETURNING id""",
)

ABORT_DONE = PreparedStatement(
    "abort_done",
    """
    UPDATE attempt SET state = 'aborted'
    WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'aborting'
    RETURNING id""",
)

EXPIRE = PreparedStatement(
    "expire",
    """
    UPDATE attempt SET state = 'aborting', lease_until = now()
    WHERE state = 'started' AND lease_until < now()
    RETURNING id""",
)

TAKE_ABORTING = PreparedStatement(
    "take_aborting",
    """
    WITH taken AS MATERIALIZED (  -- as a subquery it could run once for each row, each time with its own limit
        SELECT id FROM attempt WHERE state = 'aborting' AND lease_until <= now()
        ORDER BY lease_until LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    UPDATE attempt SET lease_until = now() + greatest(make_interval(secs => %(lease)s), least((now() - created_at) / 10, '20 s'))
    FROM taken WHERE attempt.id = taken.id
    RETURNING attempt.id, order_id""",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to place one order, under one id."""

    attempt_id: UUID
    order_id: UUID

    @property
    def number(self) -> str:
        """SO- and ten letters and digits, from the random part of the id: nobody can tell from it how many orders there are."""
        signs = "".join(SIGNS[self.order_id.int >> place & 31] for place in range(45, -1, -5))
        return f"SO-{signs[:5]}-{signs[5:]}"

    @property
    def moment(self) -> datetime:
        """When the id was made, to the millisecond."""
        return EPOCH + timedelta(milliseconds=self.order_id.int >> 80)


@failpoint("claim")
def claim(user_id: UUID, key: str | None, fingerprint: str) -> Claim | None:
    """Begin, or begin again what was aborted. None when the key is taken."""
    rows = CLAIM.execute(user_id=user_id, key=key, fingerprint=fingerprint, lease=LEASE_SECONDS)
    return Claim(*rows[0]) if rows else None


@failpoint("save")
def complete(claim: Claim, order: Order, answer: bytes) -> bool:
    """Save the order with its lines, if the attempt is still ours, and nobody else's order has the same number."""
    lines = order.items
    rows = _completed(
        attempt_id=claim.attempt_id,
        order_id=claim.order_id,
        answer=answer.decode(),
        number=order.number,
        status=order.status,
        total=order.total,
        currency=order.currency,
        address=None
        if order.shipping_address is None
        else orjson.dumps(order.shipping_address).decode(),
        now=order.created_at,
        type=Event.Type.PLACED,
        product_ids=[str(line.product_id) for line in lines],
        skus=[line.sku for line in lines],
        names=[line.name for line in lines],
        prices=[line.unit_price for line in lines],
        units=[line.quantity for line in lines],
    )
    return bool(rows)


@failpoint("refuse")
def refuse(claim: Claim, status: int, answer: bytes) -> bool:
    rows = REFUSE.execute(
        attempt_id=claim.attempt_id, order_id=claim.order_id, status=status, answer=answer.decode()
    )
    return bool(rows)


@failpoint("abort")
def abort(claim: Claim) -> bool:
    return bool(
        ABORT.execute(
            attempt_id=claim.attempt_id, order_id=claim.order_id, lease=WORKER_LEASE_SECONDS
        )
    )


@failpoint("abort done")
def abort_done(claim: Claim) -> bool:
    """Only after inventory said that nothing is held for this order id, and never will be."""
    return bool(ABORT_DONE.execute(attempt_id=claim.attempt_id, order_id=claim.order_id))


def is_completed(claim: Claim) -> bool:
    return Attempt.objects.filter(
        pk=claim.attempt_id, order_id=claim.order_id, state=Attempt.State.COMPLETED
    ).exists()


@failpoint("expire")
def expire() -> int:
    return len(EXPIRE.execute())


@failpoint("take aborting")
def take_aborting(most: int) -> list[Claim]:
    """Aborting attempts that nobody is at; ours for WORKER_LEASE_SECONDS. What is not done is due again after pauses that grow."""
    return [Claim(*row) for row in TAKE_ABORTING.execute(lease=WORKER_LEASE_SECONDS, most=most)]


def of(user_id: UUID, key: str) -> Attempt | None:
    return Attempt.objects.filter(user_id=user_id, idempotency_key=key).first()


def _completed(**parameters: Any) -> list[Any]:
    try:
        return COMPLETE.execute(**parameters)
    except IntegrityError as error:
        if "order_number_is_unique" not in str(error):
            raise
        return []
