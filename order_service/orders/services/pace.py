"""How many orders one address may place through the gateway: a minute's worth at once, and after that as many as become due.

A row says until when an address has used its share up (the generic cell rate algorithm): each order moves that moment on by one
share, and it may not lie more than a minute ahead. One statement, and so one count for all processes and replicas.
"""

from uuid import UUID

from django.conf import settings

from chassis.client_address import network
from chassis.statements import Statement
from orders.errors import TooManyOrders

MINUTE = 60.0

COUNT = Statement(
    "count_pace",
    """
    WITH known AS (
        SELECT FROM attempt WHERE user_id = %(user_id)s AND idempotency_key = %(key)s
    ), counted AS (
        INSERT INTO pace (address, used_until)
        SELECT %(address)s::text, now() + make_interval(secs => %(share)s) WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT (address) DO UPDATE SET used_until = greatest(pace.used_until, now()) + make_interval(secs => %(share)s)
        WHERE greatest(pace.used_until, now()) + make_interval(secs => %(share)s) <= now() + make_interval(secs => %(minute)s)
        RETURNING address
    )
    SELECT EXISTS (SELECT FROM known) OR EXISTS (SELECT FROM counted),
           (SELECT extract(epoch FROM used_until - now()) FROM pace WHERE address = %(address)s::text)""",
)

FORGET = Statement("forget_pace", "DELETE FROM pace WHERE used_until < now() RETURNING address")


def count(address: str, *, user_id: UUID, key: str | None) -> None:
    """Count an order of this address. A key that was seen before is not counted and never refused, so that whoever repeats a
    request comes to an end. Raises TooManyOrders.
    """
    share = MINUTE / settings.ORDERS_PER_MINUTE
    [(may, used)] = COUNT.run(user_id=user_id, key=key, address=network(address)[:64], share=share, minute=MINUTE)
    if not may:
        raise TooManyOrders(float(used or 0) + share - MINUTE)


def forget() -> bool:
    """Delete what says nothing any more. Returns whether there may be more: no."""
    FORGET.run()
    return False
