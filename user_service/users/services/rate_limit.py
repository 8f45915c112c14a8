"""Fixed-window rate limits, counted in PostgreSQL so that all processes share them.

A window starts with the first hit and lasts `window`. A rejected hit is not counted, so rejected attempts never prolong a wait.
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
        resets_at = CASE WHEN stored.resets_at > statement_timestamp() THEN stored.resets_at ELSE excluded.resets_at END
    WHERE stored.hits < %(limit)s OR stored.resets_at <= statement_timestamp()
    RETURNING hits"""
WAIT = "SELECT extract(epoch FROM resets_at - statement_timestamp()) FROM rate_limit WHERE key = %s"
PURGE = """
    WITH expired AS MATERIALIZED (
        SELECT key FROM rate_limit WHERE resets_at <= statement_timestamp() ORDER BY resets_at LIMIT 10 FOR UPDATE SKIP LOCKED
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
        with connection.cursor() as cursor:
            cursor.execute(
                HIT, {"key": key, "limit": self.limit, "window": self.window.total_seconds()}
            )
            if (stored := cursor.fetchone()) is None:
                cursor.execute(WAIT, [key])
                row = cursor.fetchone()
                raise self.error(float(row[0]) if row else 0)
            if stored == (
                1,
            ):  # each new row removes several expired ones, so that they never pile up
                cursor.execute(PURGE)

    def give_back(self, *subjects: str) -> None:
        RateLimit.objects.filter(key=self.key(*subjects), hits__gt=0).update(hits=F("hits") - 1)

    def clear(self, *subjects: str) -> None:
        """Delete the counts of all keys that begin with these subjects."""
        RateLimit.objects.filter(key__startswith=self.key(*subjects)).delete()

    def key(self, *subjects: str) -> str:
        return " ".join((self.name, *subjects, ""))


def account(email: str) -> str:
    """Key of an account, whether it exists or not; e-mail addresses cannot be read from it."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def client(address: str) -> str:
    """Key of a client's address: of IPv6 its /64."""
    return rate_limit_key(address)[:64]
