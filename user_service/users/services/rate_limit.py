"""Fixed-window rate limits, counted in PostgreSQL so that all processes share them.

A window starts with the first hit. A rejected hit is not counted, so it never prolongs the wait.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import F

from chassis.client_address import rate_limit_key
from users.errors import RateLimited
from users.models import RateLimit

HIT = """
    INSERT INTO rate_limit AS stored (key, hits, resets_at)
    VALUES (%(key)s, 1, statement_timestamp() + %(window)s * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN stored.resets_at > statement_timestamp() THEN stored.hits + 1 ELSE 1 END,
        resets_at = CASE WHEN stored.resets_at > statement_timestamp()
                    THEN stored.resets_at ELSE excluded.resets_at END
    WHERE stored.hits < %(limit)s OR stored.resets_at <= statement_timestamp()
    RETURNING hits"""
WAIT = "SELECT extract(epoch FROM resets_at - statement_timestamp()) FROM rate_limit WHERE key = %s"
PURGE = """
    WITH expired AS MATERIALIZED (
        SELECT key FROM rate_limit WHERE resets_at <= statement_timestamp()
        ORDER BY resets_at LIMIT 10 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM rate_limit USING expired WHERE rate_limit.key = expired.key"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `limit` hits of a key per `window`; one more raises `error`."""

    name: str
    limit: int
    window: timedelta
    error: type[RateLimited] = RateLimited

    def hit(self, *subjects: str) -> None:
        """Count a hit in one atomic statement. Raises `error`, and then counts nothing."""
        key = self.key(*subjects)
        seconds = self.window.total_seconds()
        with connection.cursor() as cursor:
            cursor.execute(HIT, {"key": key, "limit": self.limit, "window": seconds})
            if (stored := cursor.fetchone()) is None:
                cursor.execute(WAIT, [key])
                row = cursor.fetchone()
                raise self.error(float(row[0]) if row else 0)
            if stored == (1,):  # each new row deletes expired ones, so they do not accumulate
                cursor.execute(PURGE)

    def give_back(self, *subjects: str) -> None:
        RateLimit.objects.filter(key=self.key(*subjects), hits__gt=0).update(hits=F("hits") - 1)

    def clear(self, *subjects: str) -> None:
        """Delete the counts of all keys that begin with these subjects."""
        RateLimit.objects.filter(key__startswith=self.key(*subjects)).delete()

    def key(self, *subjects: str) -> str:
        return " ".join((self.name, *subjects, ""))


def account_key(email: str) -> str:
    """A hash, so that e-mail addresses, of accounts or not, cannot be read from the table."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def client_key(address: str) -> str:
    """The IPv4 address, or the /64 network of an IPv6 address."""
    return rate_limit_key(address)[:64]
