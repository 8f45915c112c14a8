"""Finishing what a crash or a silent neighbour left undone. All of it may be repeated, by several at once."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from uuid import UUID

from django.db.models.functions import Now

from chassis.failpoints import failpoint
from chassis.http_client import UpstreamUnavailable
from chassis.statements import PreparedStatement
from orders import clients
from orders.errors import NeighbourAway, StockOperationRejected, StockTaskNotFound
from orders.models import StockTask
from orders.services import attempts
from orders.services.attempts import WORKER_LEASE_SECONDS, Claim

log = logging.getLogger(__name__)

CALL_SECONDS = 2.0
BATCH = 20
KEPT_HOURS = 48
"""How long a finished attempt answers for its Idempotency-Key; 24 are promised."""

MAX_PAUSE = {False: 20, True: 3600}
"""Seconds between two attempts at a stock task; True where inventory has rejected it."""
FAILS_AFTER_HOURS = 24

TAKE_TASKS = PreparedStatement(
    "take_tasks",
    """
    WITH taken AS MATERIALIZED (
        SELECT order_id FROM stock_task WHERE due_at <= now() AND failed_at IS NULL
        ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    UPDATE stock_task SET due_at = now() + make_interval(secs => %(lease)s)
    FROM taken WHERE stock_task.order_id = taken.order_id
    RETURNING stock_task.order_id, verb""",
)

# Exponential backoff with jitter: half of the pause is certain.
RETRY_LATER = PreparedStatement(
    "retry_later",
    """
    UPDATE stock_task SET attempts = attempts + 1, last_error = %(error)s,
        due_at = now() + make_interval(secs => least(%(max_pause)s, 2 ^ least(attempts, 20)) * (0.5 + random() / 2)),
        failed_at = CASE WHEN %(rejected)s AND created_at < now() - make_interval(hours => %(hours)s) THEN now() END
    WHERE order_id = %(order_id)s AND verb = %(verb)s
    RETURNING failed_at""",
)

FORGET = PreparedStatement(
    "forget",
    """
    WITH old AS MATERIALIZED (
        SELECT id FROM attempt
        WHERE created_at < now() - make_interval(hours => %(hours)s) AND state IN ('completed', 'refused', 'aborted')
        LIMIT %(most)s
    )
    DELETE FROM attempt USING old
    WHERE attempt.id = old.id AND created_at < now() - make_interval(hours => %(hours)s) -- not begun anew meanwhile
      AND state IN ('completed', 'refused', 'aborted')
    RETURNING attempt.id""",
)


def abort(claim: Claim, *, within: float) -> None:
    """Give a try up: from here on it cannot be completed. It is undone at once if that works, or else by the worker."""
    if attempts.abort(claim):
        with suppress(NeighbourAway):
            undo(claim, within=within)


def undo(claim: Claim, *, within: float) -> None:
    """Close the door at inventory for an aborting attempt's order id. Raises NeighbourAway."""
    try:
        clients.inventory().release(claim.order_id, timeout=within)
    except UpstreamUnavailable as error:
        raise NeighbourAway("inventory") from error
    attempts.abort_done(claim)


def carry_out(order_id: UUID, verb: str, *, within: float = CALL_SECONDS) -> None:
    """Have inventory do what an order needs. What fails is due again after a pause. Raises NeighbourAway."""
    operation = (
        clients.inventory().release
        if verb == StockTask.Verb.RELEASE
        else clients.inventory().fulfil
    )
    try:
        operation(order_id, timeout=within)
    except (UpstreamUnavailable, StockOperationRejected) as error:
        _retry_later(order_id, verb, error)
        raise NeighbourAway("inventory") from error
    _task_done(order_id, verb)


def _retry_later(order_id: UUID, verb: str, error: Exception) -> None:
    rejected = isinstance(error, StockOperationRejected)
    [(failed_at,)] = RETRY_LATER.execute(
        order_id=order_id,
        verb=verb,
        error=str(error.args[0])[:200],
        rejected=rejected,
        max_pause=MAX_PAUSE[rejected],
        hours=FAILS_AFTER_HOURS,
    ) or [(None,)]
    if failed_at:
        log.error("stock task failed: %s of order %s, %s", verb, order_id, error.args[0])


def retry(order_id: UUID) -> StockTask:
    """Let the worker try a stock task again, now. Raises StockTaskNotFound."""
    if not StockTask.objects.filter(pk=order_id).update(
        due_at=Now(), failed_at=None, created_at=Now(), attempts=0
    ):
        raise StockTaskNotFound
    return StockTask.objects.get(pk=order_id)


@failpoint("task done")
def _task_done(order_id: UUID, verb: str) -> None:
    StockTask.objects.filter(pk=order_id, verb=verb).delete()


def catch_up() -> bool:
    """One round of the worker. Returns whether there may be more to do at once; raises NeighbourAway when something is left."""
    attempts.expire()
    claims = attempts.take_aborting(BATCH)
    failures = _each(partial(undo, claim) for claim in claims)
    tasks = TAKE_TASKS.execute(lease=WORKER_LEASE_SECONDS, most=BATCH)
    failures += _each(partial(carry_out, order_id, verb) for order_id, verb in tasks)
    if failures:
        raise failures[0]
    return BATCH in (len(claims), len(tasks))


def _each(tasks: Iterable[Callable[..., None]]) -> list[NeighbourAway]:
    """Do each task, for as long as its lease lasts. Returns why some could not be done: that must not keep others from it."""
    deadline = time.monotonic() + WORKER_LEASE_SECONDS
    failures = []
    for task in tasks:
        try:
            task(within=min(CALL_SECONDS, deadline - time.monotonic()))
        except NeighbourAway as failure:
            failures.append(failure)
    return failures


def forget_old_attempts() -> bool:
    """Delete some of the attempts whose keys are no longer promised. Returns whether there may be more."""
    return len(FORGET.execute(hours=KEPT_HOURS, most=1000)) == 1000
