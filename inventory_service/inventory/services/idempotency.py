"""Idempotency-Key: a command runs once, and its response is stored in the same transaction."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from inventory.errors import IdempotencyKeyReused
from inventory.models import IdempotencyKey

RETENTION_HOURS = 48
"""The API promises 24."""
PURGE_BATCH = 10
"""Keys deleted by each request with a key: more than it adds, so that a backlog shrinks."""

PURGE = """
    WITH expired AS MATERIALIZED (
        SELECT id FROM idempotency_key
        WHERE id < (SELECT uuidv7(make_interval(hours => -%(hours)s)))
        ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    DELETE FROM idempotency_key USING expired WHERE idempotency_key.id = expired.id"""


class StoredResponse(NamedTuple):
    status: int
    body: str
    """JSON, byte for byte as it was sent."""


def run_once(
    *,
    user_id: UUID,
    key: str,
    fingerprint: str,
    execute: Callable[..., StoredResponse],
    prepare: Callable[[], Mapping[str, Any]],
) -> tuple[StoredResponse, bool]:
    """Execute a command, or replay its stored response. Returns whether the response is a replay.

    `prepare` returns the arguments of `execute`. It runs outside of the transaction, because it may
    call another service. Raises IdempotencyKeyReused when the key came with another fingerprint.
    """
    if stored := IdempotencyKey.objects.filter(user_id=user_id, key=key).first():
        return _replay(stored, fingerprint), True
    purge_expired_keys()
    arguments = prepare()
    with transaction.atomic():
        row = _lock_key(user_id, key, fingerprint)
        if row.status:
            return _replay(row, fingerprint), True
        response = execute(**arguments)
        row.status, row.response = response
        row.save(update_fields=["status", "response"])
    return response, False


def purge_expired_keys() -> None:
    """Delete some expired keys, except those that another transaction has locked."""
    with connection.cursor() as cursor:
        cursor.execute(PURGE, {"hours": RETENTION_HOURS, "limit": PURGE_BATCH})


def _lock_key(user_id: UUID, key: str, fingerprint: str) -> IdempotencyKey:
    """Insert the key, or lock the existing row until the end of the transaction.

    Waits for a concurrent request with the same key. An existing row is updated to its own values,
    which locks it in the same statement, so that it cannot be purged in between.
    """
    row = IdempotencyKey(user_id=user_id, key=key, fingerprint=fingerprint, status=0, response=None)
    IdempotencyKey.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["user_id", "key"], update_fields=["key"]
    )
    return IdempotencyKey.objects.get(user_id=user_id, key=key)


def _replay(stored: IdempotencyKey, fingerprint: str) -> StoredResponse:
    if stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return StoredResponse(stored.status, str(stored.response))
