"""Compensation: undoes an attempt that cannot be completed, by releasing its stock.

Inventory remembers a released order id, so a reservation that arrives late is rejected. Every step
is safe to repeat, also by several workers at once.
"""

from contextlib import suppress

from chassis.http_client import UpstreamUnavailable
from orders import clients
from orders.errors import DependencyUnavailable
from orders.services import order_attempts
from orders.services.order_attempts import AttemptLease


def abort(lease: AttemptLease, *, timeout: float) -> None:
    """Give an attempt up, and compensate at once if possible; otherwise the worker does it."""
    if order_attempts.abort(lease):
        with suppress(DependencyUnavailable):
            compensate(lease, timeout=timeout)


def compensate(lease: AttemptLease, *, timeout: float) -> None:
    """Release the stock of an aborting attempt. Raises DependencyUnavailable."""
    try:
        clients.inventory().release(lease.order_id, timeout=timeout)
    except UpstreamUnavailable as error:
        raise DependencyUnavailable("inventory") from error
    order_attempts.mark_aborted(lease)
