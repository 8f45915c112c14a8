"""Rate limit of orders that come through the gateway: of each user, and generously of each address.

Generic cell rate algorithm: a row has the theoretical arrival time of its key; each order moves it on by one share of a minute, and
it may not lie more than a minute ahead. One statement counts for all processes and replicas.
"""

from uuid import UUID

from django.conf import settings

from chassis.client_address import rate_limit_key
from chassis.statements import PreparedStatement
from orders.errors import TooManyOrders

WINDOW = 60.0
"""Seconds."""
USERS_PER_ADDRESS = 50
"""So many users may order at full rate from one address: an office, a mobile network."""

CHECK = PreparedStatement(
    "check_rate_limit",
    """
    WITH known AS (
        SELECT FROM attempt WHERE user_id = %(user_id)s AND idempotency_key = %(key)s
    ), wanted AS (
        SELECT key, share, share - %(window)s::float8
            + extract(epoch FROM greatest(theoretical_arrival_time - now(), '0')) AS excess
        FROM unnest(%(keys)s::text[], %(shares)s::float8[]) AS wanted(key, share) LEFT JOIN rate_limit USING (key)
    ), counted AS (
        INSERT INTO rate_limit (key, theoretical_arrival_time)
        SELECT key, now() + make_interval(secs => share) FROM wanted
        WHERE NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM wanted WHERE excess > 0)
        ORDER BY key DESC
        ON CONFLICT (key) DO UPDATE SET theoretical_arrival_time =
            greatest(rate_limit.theoretical_arrival_time, now()) + (excluded.theoretical_arrival_time - now())
        WHERE greatest(rate_limit.theoretical_arrival_time, now()) + (excluded.theoretical_arrival_time - now())
            <= now() + make_interval(secs => %(window)s)
        RETURNING key
    )
    SELECT EXISTS (SELECT FROM known) OR (SELECT count(*) FROM counted) = cardinality(%(keys)s::text[]),
           (SELECT max(excess) FROM wanted)""",
)

PURGE = PreparedStatement(
    "purge_rate_limits",
    "DELETE FROM rate_limit WHERE theoretical_arrival_time < now() RETURNING key",
)


def check(*, user_id: UUID, address: str, key: str | None) -> None:
    """Count an order. One with an Idempotency-Key that was seen before is not counted and never refused, so that a client can
    repeat a request until it has the outcome. Raises TooManyOrders, and then nothing is counted.
    """
    share = WINDOW / settings.ORDER_RATE_LIMIT
    keys = [f"user {user_id}", f"address {rate_limit_key(address)[:64]}"]
    shares = [share, share / USERS_PER_ADDRESS]
    [(allowed, wait)] = CHECK.execute(
        user_id=user_id, key=key, keys=keys, shares=shares, window=WINDOW
    )
    if not allowed:
        raise TooManyOrders(wait)


def purge() -> bool:
    """Delete the rows that limit nothing any more. Returns whether there may be more: no."""
    PURGE.execute()
    return False
