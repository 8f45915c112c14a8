"""One round of the order worker: expired leases, compensation, outbox delivery."""

import time
from collections.abc import Callable, Iterable
from functools import partial

from orders import clients
from orders.errors import DependencyUnavailable
from orders.services import compensation, order_attempts, outbox
from orders.services.order_attempts import WORKER_LEASE

BATCH_SIZE = 20


def run_once() -> bool:
    """Returns whether there may be more to do. Raises DependencyUnavailable if anything failed."""
    order_attempts.expire()
    leases = order_attempts.lease_aborting(BATCH_SIZE)
    failures = _run_batch(partial(compensation.compensate, lease) for lease in leases)
    messages = outbox.lease_due(BATCH_SIZE)
    failures += _run_batch(partial(outbox.deliver, *message) for message in messages)
    if failures:
        raise failures[0]
    return BATCH_SIZE in (len(leases), len(messages))


def _run_batch(tasks: Iterable[Callable[..., None]]) -> list[DependencyUnavailable]:
    """Run each task while its lease lasts. A failure must not block the rest of the batch."""
    deadline = time.monotonic() + WORKER_LEASE
    failures = []
    for task in tasks:
        try:
            task(timeout=min(clients.CALL_TIMEOUT, deadline - time.monotonic()))
        except DependencyUnavailable as failure:
            failures.append(failure)
    return failures
