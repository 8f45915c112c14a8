"""Finishing what a crash or a silent neighbour left undone. All of it may be repeated, by several at once."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from uuid import UUID

from chassis.crash_points import step
from chassis.http_client import UpstreamUnavailable
from chassis.statements import Statement
from orders import clients
from orders.errors import NeighbourAway
from orders.models import StockTask
from orders.services import attempts
from orders.services.attempts import WORKER_LEASE_SECONDS, Claim

CALL_SECONDS = 2.0
BATCH = 20
KEPT_HOURS = 48
"""How long a finished attempt answers for its Idempotency-Key; 24 are promised."""

TAKE_TASKS = Statement(
    "take_tasks",
    """
    WITH taken AS MATERIALIZED (
        SELECT order_id FROM stock_task WHERE due_at <= now() ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    UPDATE stock_task SET due_at = now() + make_interval(secs => %(lease)s)
    FROM taken WHERE stock_task.order_id = taken.order_id
    RETURNING stock_task.order_id, verb""",
)

FORGET = Statement(
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
    """Tell inventory what became of an order. Raises NeighbourAway."""
    tell = clients.inventory().release if verb == StockTask.Verb.RELEASE else clients.inventory().fulfil
    try:
        tell(order_id, timeout=within)
    except UpstreamUnavailable as error:
        raise NeighbourAway("inventory") from error
    _task_done(order_id, verb)


@step("task done")
def _task_done(order_id: UUID, verb: str) -> None:
    StockTask.objects.filter(pk=order_id, verb=verb).delete()


def catch_up() -> bool:
    """One round of the worker. Returns whether there may be more to do at once; raises NeighbourAway when something is left."""
    attempts.expire()
    claims = attempts.take_aborting(BATCH)
    failures = _each(partial(undo, claim) for claim in claims)
    tasks = TAKE_TASKS.run(lease=WORKER_LEASE_SECONDS, most=BATCH)
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
    return len(FORGET.run(hours=KEPT_HOURS, most=1000)) == 1000
