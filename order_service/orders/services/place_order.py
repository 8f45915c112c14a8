"""Places an order.

    absent ─claim→ started ─┬─ saved with the order ──→ completed
       ▲                    ├─ definitive rejection ──→ rejected
       └── aborted ←─release─ aborting ←── any unknown outcome, or the lease expires

Three databases; no transaction spans two of them, and none is open during a call to another
service. The attempt, an order id that exists before the first call, and an inventory that decides
once per order id make it safe (a saga with idempotent steps).
"""

import time
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from chassis.database import CLIENT_TIMEOUT, client_timeout
from chassis.http_client import UpstreamUnavailable
from orders import clients
from orders.clients import Address, Product, Quantities
from orders.errors import (
    DependencyUnavailable,
    IdempotencyKeyReused,
    InsufficientStock,
    OrderRejected,
    OutcomeUnknown,
    ProductNotFound,
    RequestInProgress,
    UpstreamTokenRejected,
)
from orders.models import Attempt, Order
from orders.services import compensation, order_attempts
from orders.services.build_order import build_order
from orders.services.commands import PlaceOrder, StoredResponse
from orders.services.order_attempts import AttemptLease

CALLS_TIMEOUT = 3.4
"""Seconds for the claim and all calls; with the save (chassis.database) a request takes < 6 s."""


def place_order(
    command: PlaceOrder,
    *,
    key: str | None,
    fingerprint: str,
    token: str,
    received_at: float | None = None,
) -> StoredResponse:
    """Place an order, once per idempotency key. `token` grants access to the address book;
    `received_at` is when the request arrived, by time.monotonic().

    Raises RequestInProgress, IdempotencyKeyReused, UpstreamTokenRejected or ServiceUnavailable;
    every other outcome is a StoredResponse.
    """
    deadline = (received_at or time.monotonic()) + CALLS_TIMEOUT
    lease = order_attempts.claim(command.user_id, key, fingerprint)
    if lease is None:
        earlier = order_attempts.get(command.user_id, str(key))
        if earlier is None:  # purged since the claim: the next request with this key starts over
            raise RequestInProgress
        if (response := _replay(earlier, fingerprint)) is not None:
            return response
        lease = _restart(command, earlier, fingerprint, deadline)
    return execute(lease, command, deadline=deadline, token=token)


def _replay(attempt: Attempt, fingerprint: str) -> StoredResponse | None:
    """The stored response of an earlier request with this key; None when it was aborted."""
    if attempt.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if attempt.state == Attempt.State.STARTED:
        raise RequestInProgress
    if attempt.response_body is None or attempt.response_status is None:
        return None
    body = attempt.response_body.encode()
    return StoredResponse(attempt.order_id, attempt.response_status, body, is_replayed=True)


def _restart(
    command: PlaceOrder, earlier: Attempt, fingerprint: str, deadline: float
) -> AttemptLease:
    """Compensate the aborted attempt, unless the worker already has, and claim its key again."""
    aborted = AttemptLease(earlier.id, earlier.order_id)
    compensation.compensate(aborted, timeout=_call_timeout(deadline))
    lease = order_attempts.claim(command.user_id, earlier.idempotency_key, fingerprint)
    if lease is None:  # a concurrent request has claimed it
        raise RequestInProgress
    return lease


def execute(
    lease: AttemptLease, command: PlaceOrder, *, deadline: float, token: str
) -> StoredResponse:
    """Run a claimed attempt to its response, or abort it."""
    try:
        return _execute(lease, command, deadline, token)
    except (DependencyUnavailable, UpstreamTokenRejected):
        compensation.abort(lease, timeout=deadline - time.monotonic())
        raise


def _execute(
    lease: AttemptLease, command: PlaceOrder, deadline: float, token: str
) -> StoredResponse:
    try:
        address = copy_address(command, deadline, token)
        products = find_products(command, deadline)
        order = build_order(lease, command, address, products)
        reserve_stock(lease.order_id, command.quantities, deadline)
    except OrderRejected as rejection:
        return _reject(lease, rejection)
    response = StoredResponse.of_order(order)
    if not _save(lease, order, response, deadline):
        raise DependencyUnavailable("order")  # the lease expired, and the worker took the attempt
    return response


def copy_address(command: PlaceOrder, deadline: float, token: str) -> Address | None:
    if command.address_id is None:
        return command.shipping_address
    timeout = _call_timeout(deadline)
    try:
        return clients.users().get_address(command.address_id, token=token, timeout=timeout)
    except UpstreamUnavailable as error:
        raise DependencyUnavailable("user") from error


def find_products(command: PlaceOrder, deadline: float) -> dict[UUID, Product]:
    try:
        products = clients.products().get_products(
            command.quantities, timeout=_call_timeout(deadline)
        )
    except UpstreamUnavailable as error:
        raise DependencyUnavailable("product") from error
    if unknown := [product_id for product_id in command.quantities if product_id not in products]:
        raise ProductNotFound(unknown)
    return products


def reserve_stock(order_id: UUID, quantities: Quantities, deadline: float) -> None:
    """One retry after an unknown outcome, never more.

    A shortage is definitive on the first call only: after an unknown outcome the first call may
    still arrive and succeed.
    """
    try:
        clients.inventory().reserve(order_id, quantities, timeout=_call_timeout(deadline))
    except UpstreamUnavailable:
        try:
            clients.inventory().reserve(order_id, quantities, timeout=_call_timeout(deadline))
        except (UpstreamUnavailable, InsufficientStock) as error:
            raise DependencyUnavailable("inventory") from error


def _reject(lease: AttemptLease, rejection: OrderRejected) -> StoredResponse:
    response = StoredResponse.of_rejection(lease.order_id, rejection)
    if not order_attempts.reject(lease, response.status, response.body):
        raise DependencyUnavailable("order") from rejection
    return response


def _save(lease: AttemptLease, order: Order, response: StoredResponse, deadline: float) -> bool:
    """False when it is certain that the order was not saved. Raises OutcomeUnknown."""
    try:
        return order_attempts.complete(lease, order, response.body)
    except (OperationalError, InterfaceError):
        return _was_saved(lease, deadline)


def _was_saved(lease: AttemptLease, deadline: float) -> bool:
    """The connection broke before or after the commit: check on a new one, and abort otherwise."""
    remaining = deadline + CLIENT_TIMEOUT - time.monotonic()
    try:
        with client_timeout(max(0.2, remaining / 3)):  # for the connection and two statements each
            connection.close()
            return not order_attempts.abort(lease) and order_attempts.is_completed(lease)
    except (OperationalError, InterfaceError) as error:
        raise OutcomeUnknown(lease.order_id) from error


def _call_timeout(deadline: float) -> float:
    return min(clients.CALL_TIMEOUT, deadline - time.monotonic())
