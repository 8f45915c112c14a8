"""Rate limit of orders that come through the gateway: per user, and a larger one per address.

Generic cell rate algorithm (GCRA): a row stores the theoretical arrival time (TAT) of its key. Each
order advances it by one emission interval; an order that would move it further than the period
ahead of now is rejected. One statement counts for all processes and replicas.
"""

from uuid import UUID

from django.conf import settings

from chassis.client_address import rate_limit_key
from chassis.statements import PreparedStatement
from orders.errors import OrderRateLimited

USERS_PER_ADDRESS = 50
"""This many users may order at full rate from one address: an office, a mobile network."""

CHECK_RATE_LIMIT = PreparedStatement(
    "check_rate_limit",
    """
    WITH known_key AS (
        SELECT FROM attempt WHERE user_id = %(user_id)s AND idempotency_key = %(key)s
    ), requested AS (
        SELECT key, emission_interval, emission_interval - %(period)s::float8
            + extract(epoch FROM greatest(theoretical_arrival_time - now(), '0')) AS retry_after
        FROM unnest(%(keys)s::text[], %(emission_intervals)s::float8[])
            AS requested(key, emission_interval) LEFT JOIN rate_limit USING (key)
    ), counted AS (
        INSERT INTO rate_limit (key, theoretical_arrival_time)
        SELECT key, now() + make_interval(secs => emission_interval) FROM requested
        WHERE NOT EXISTS (SELECT FROM known_key)
          AND NOT EXISTS (SELECT FROM requested WHERE retry_after > 0)
        ORDER BY key DESC  -- rows are locked in one order
        ON CONFLICT (key) DO UPDATE SET theoretical_arrival_time =
            greatest(rate_limit.theoretical_arrival_time, now())
            + (excluded.theoretical_arrival_time - now())
        WHERE greatest(rate_limit.theoretical_arrival_time, now())
            + (excluded.theoretical_arrival_time - now())
            <= now() + make_interval(secs => %(period)s)
        RETURNING key
    )
    SELECT EXISTS (SELECT FROM known_key)
               OR (SELECT count(*) FROM counted) = cardinality(%(keys)s::text[]),
           (SELECT max(retry_after) FROM requested)""",
)

PURGE_RATE_LIMITS = PreparedStatement(
    "purge_rate_limits",
    "DELETE FROM rate_limit WHERE theoretical_arrival_time < now() RETURNING key",
)


def check(*, user_id: UUID, address: str, key: str | None) -> None:
    """Count an order. Raises OrderRateLimited, and then nothing is counted.

    An order with a known Idempotency-Key is neither counted nor rejected, so that a client can
    repeat a request until it has a definitive response.
    """
    limit, period = settings.ORDER_RATE_LIMIT
    emission_interval = period / limit
    [(is_allowed, retry_after)] = CHECK_RATE_LIMIT.execute(
        user_id=user_id,
        key=key,
        keys=[f"user {user_id}", f"address {rate_limit_key(address)[:64]}"],
        emission_intervals=[emission_interval, emission_interval / USERS_PER_ADDRESS],
        period=float(period),
    )
    if not is_allowed:
        raise OrderRateLimited(retry_after)


def purge() -> bool:
    """Delete the rows that limit nothing any more. Returns whether there may be more: no."""
    PURGE_RATE_LIMITS.execute()
    return False
