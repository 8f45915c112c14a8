"""Transactional outbox: delivers to inventory what a transition requires, at least once.

Inventory's operations are safe to repeat. A failed delivery is retried with exponential backoff and
jitter. A message that inventory has rejected for a day becomes a dead letter: `failed_at` is set,
an ERROR is logged, and only staff can retry it.
"""

import logging
from uuid import UUID

from django.db.models.functions import Now

from chassis.failpoints import failpoint
from chassis.http_client import UpstreamUnavailable
from chassis.statements import PreparedStatement
from orders import clients
from orders.errors import DependencyUnavailable, OutboxMessageNotFound, StockOperationRejected
from orders.models import OutboxMessage
from orders.services.order_attempts import WORKER_LEASE

log = logging.getLogger(__name__)

MAX_BACKOFF, MAX_BACKOFF_AFTER_REJECTION = 20, 3600
"""Seconds: inventory soon recovers from an outage, but seldom changes its mind."""
DEAD_LETTER_HOURS = 24

LEASE_DUE_MESSAGES = PreparedStatement(
    "lease_due_messages",
    """
    WITH due AS MATERIALIZED (
        SELECT order_id FROM outbox_message WHERE due_at <= now() AND failed_at IS NULL
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox_message SET due_at = now() + make_interval(secs => %(lease)s)
    FROM due WHERE outbox_message.order_id = due.order_id
    RETURNING outbox_message.order_id, verb""",
)

RECORD_FAILURE = PreparedStatement(
    "record_failure",
    """
    UPDATE outbox_message SET attempts = attempts + 1, last_error = %(error)s,
        due_at = now() + make_interval(secs =>
            least(%(max_backoff)s, 2 ^ least(attempts, 20)) * (0.5 + random() / 2)),
        failed_at = CASE WHEN %(is_rejected)s
            AND created_at < now() - make_interval(hours => %(hours)s) THEN now() END
    WHERE order_id = %(order_id)s AND verb = %(operation)s
    RETURNING failed_at""",
)


def deliver(order_id: UUID, operation: str, *, timeout: float | None = None) -> None:
    """Call inventory, and schedule a retry if that fails. Raises DependencyUnavailable."""
    is_release = operation == OutboxMessage.Operation.RELEASE
    call = clients.inventory().release if is_release else clients.inventory().fulfil
    try:
        call(order_id, timeout=clients.CALL_TIMEOUT if timeout is None else timeout)
    except (UpstreamUnavailable, StockOperationRejected) as error:
        _schedule_retry(order_id, operation, error)
        raise DependencyUnavailable("inventory") from error
    _delete(order_id, operation)


def lease_due(limit: int) -> list[tuple[UUID, str]]:
    """Order ids and operations that are due; no other worker gets them for WORKER_LEASE."""
    return LEASE_DUE_MESSAGES.execute(lease=WORKER_LEASE, limit=limit)


def retry(order_id: UUID) -> OutboxMessage:
    """Make a message due now, also a dead letter. Raises OutboxMessageNotFound."""
    reset = {"due_at": Now(), "failed_at": None, "created_at": Now(), "attempts": 0}
    if not OutboxMessage.objects.filter(pk=order_id).update(**reset):
        raise OutboxMessageNotFound
    return OutboxMessage.objects.get(pk=order_id)


def _schedule_retry(order_id: UUID, operation: str, error: Exception) -> None:
    is_rejected = isinstance(error, StockOperationRejected)
    [(failed_at,)] = RECORD_FAILURE.execute(
        order_id=order_id,
        operation=operation,
        error=str(error.args[0])[:200],
        is_rejected=is_rejected,
        max_backoff=MAX_BACKOFF_AFTER_REJECTION if is_rejected else MAX_BACKOFF,
        hours=DEAD_LETTER_HOURS,
    ) or [(None,)]
    if failed_at:
        log.error("dead letter: %s of order %s, %s", operation, order_id, error.args[0])


@failpoint("delivered")
def _delete(order_id: UUID, operation: str) -> None:
    OutboxMessage.objects.filter(pk=order_id, verb=operation).delete()
