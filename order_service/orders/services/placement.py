"""Placing an order.

    absent ─claim→ started ─┬─ saved with the order ──→ completed
       ▲                    ├─ refused for good ──────→ refused
       └── aborted ←─release─ aborting ←── anything unknown, or the lease is over

Three databases, no transaction over two of them, none open while we wait for the network. What makes it right is the
attempt, an order id that exists before the first call, and an inventory that decides once for each order id.
"""

import time
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from chassis.database import CLIENT_TIMEOUT, client_timeout
from chassis.http_client import UpstreamUnavailable
from chassis.json_text import dumps
from chassis.problems import Problem
from orders import clients
from orders.clients import Address, Product, Quantities
from orders.errors import (
    IdempotencyKeyReused,
    InsufficientStock,
    NeighbourAway,
    OutcomeUnknown,
    PriceChanged,
    ProductNotFound,
    Refusal,
    RequestInProgress,
    TokenRefused,
)
from orders.models import Attempt, Order, OrderLine
from orders.services import attempts, recovery
from orders.services.attempts import Claim

CALLS_SECONDS = 3.4
"""For the claim and all calls of a request together; with the save (chassis.database) it stays under 6 s."""
CALL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to order."""

    user_id: UUID
    quantities: Quantities
    shipping_address: Address | None = None
    address_id: UUID | None = None
    """Of the buyer's address book, instead of a shipping_address."""
    expected_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A definitive response: what the client gets is what is stored, byte for byte."""

    order_id: UUID
    status: int
    body: bytes
    replayed: bool = False

    @classmethod
    def of_order(cls, order: Order) -> "StoredResponse":
        return cls(order.id, 201, dumps(order.to_dict()))

    @classmethod
    def of_rejection(cls, order_id: UUID, rejection: Problem) -> "StoredResponse":
        return cls(order_id, rejection.status, dumps(rejection.body))


def place(
    wish: Wish, *, key: str | None, fingerprint: str, token: str, arrived: float | None = None
) -> StoredResponse:
    """Place an order, once for each key. `token` opens the buyer's address book, `arrived` is when the request came in, by
    time.monotonic().

    Raises RequestInProgress, IdempotencyKeyReused, TokenRefused or ServiceUnavailable; every other outcome is a StoredResponse.
    """
    deadline = (arrived or time.monotonic()) + CALLS_SECONDS
    claim = attempts.claim(wish.user_id, key, fingerprint)
    if claim is None:
        earlier = attempts.of(wish.user_id, str(key))
        if earlier is None:  # old, and forgotten since: the next request with this key begins anew
            raise RequestInProgress
        if (answer := _answer_of(earlier, fingerprint)) is not None:
            return answer
        claim = _start_over(wish, earlier, fingerprint, deadline)
    return go_through(claim, wish, deadline=deadline, token=token)


def go_through(claim: Claim, wish: Wish, *, deadline: float, token: str) -> StoredResponse:
    """Take a claim to its answer, or give it up when there is none."""
    try:
        return _try(claim, wish, deadline, token)
    except (NeighbourAway, TokenRefused):
        recovery.abort(claim, within=deadline - time.monotonic())
        raise


def _answer_of(attempt: Attempt, fingerprint: str) -> StoredResponse | None:
    """What an earlier request with this key came to; None when it is being undone."""
    if attempt.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if attempt.state == Attempt.State.STARTED:
        raise RequestInProgress
    if attempt.answer is None or attempt.answer_status is None:
        return None
    return StoredResponse(
        attempt.order_id, attempt.answer_status, attempt.answer.encode(), replayed=True
    )


def _start_over(wish: Wish, earlier: Attempt, fingerprint: str, deadline: float) -> Claim:
    """Undo what the last try may have left, if the worker has not done so yet, and claim the key anew."""
    undone = Claim(earlier.id, earlier.order_id)
    recovery.undo(undone, within=min(CALL_SECONDS, deadline - time.monotonic()))
    claim = attempts.claim(wish.user_id, earlier.idempotency_key, fingerprint)
    if claim is None:  # somebody else with the same key was faster
        raise RequestInProgress
    return claim


def _try(claim: Claim, wish: Wish, deadline: float, token: str) -> StoredResponse:
    try:
        address = _copy_address(wish, deadline, token)
        products = _find_products(wish, deadline)
        order = _draw_up(claim, wish, address, products)
        _reserve(claim.order_id, wish.quantities, deadline)
    except Refusal as refusal:
        return _refuse(claim, refusal)
    response = StoredResponse.of_order(order)
    if not _save(claim, order, response, deadline):
        raise NeighbourAway("order")  # we were too slow, and the worker took the attempt from us
    return response


def _save(claim: Claim, order: Order, response: StoredResponse, deadline: float) -> bool:
    """False when it is certain that nothing was ordered. Raises OutcomeUnknown."""
    try:
        return attempts.complete(claim, order, response.body)
    except (OperationalError, InterfaceError):
        return _was_saved(claim, deadline)


def _was_saved(claim: Claim, deadline: float) -> bool:
    """The connection broke: between the commit and its answer, or before. A fresh one tells; what was not saved is given up."""
    remaining = deadline + CLIENT_TIMEOUT - time.monotonic()
    try:
        with client_timeout(max(0.2, remaining / 3)):  # to connect, and for each of two statements
            connection.close()
            return not attempts.abort(claim) and attempts.is_completed(claim)
    except (OperationalError, InterfaceError) as error:
        raise OutcomeUnknown(claim.order_id) from error


def _copy_address(wish: Wish, deadline: float, token: str) -> Address | None:
    if wish.address_id is None:
        return wish.shipping_address
    try:
        return clients.users().address(wish.address_id, token=token, timeout=_patience(deadline))
    except UpstreamUnavailable as error:
        raise NeighbourAway("user") from error


def _find_products(wish: Wish, deadline: float) -> dict[UUID, Product]:
    try:
        products = clients.products().find(wish.quantities, timeout=_patience(deadline))
    except UpstreamUnavailable as error:
        raise NeighbourAway("product") from error
    if unknown := [product_id for product_id in wish.quantities if product_id not in products]:
        raise ProductNotFound(unknown)
    return products


def _draw_up(
    claim: Claim, wish: Wish, address: Address | None, products: dict[UUID, Product]
) -> Order:
    """The order as it will be saved, with the prices and names of this moment."""
    lines = [
        _line(claim, position, products[id], units)
        for position, (id, units) in enumerate(wish.quantities.items(), 1)
    ]
    total = sum((line.line_total for line in lines), Decimal(0))
    if wish.expected_total is not None and wish.expected_total != total:
        raise PriceChanged(total)
    order = Order(
        id=claim.order_id,
        number=claim.number,
        user_id=wish.user_id,
        status=Order.Status.CONFIRMED,
        total=total,
        currency=settings.SHOP_CURRENCY,
        shipping_address=address,
        created_at=claim.moment,
        updated_at=claim.moment,
    )
    order.items = lines
    return order


def _line(claim: Claim, position: int, product: Product, units: int) -> OrderLine:
    """By position, as the columns are: by name it takes Django twice as long, a tenth of a millisecond for fifty lines."""
    total = product.price * units
    return OrderLine(
        None,
        claim.order_id,
        position,
        product.id,
        product.sku,
        product.name,
        product.price,
        units,
        total,
    )  # type: ignore[misc]


def _reserve(order_id: UUID, quantities: Quantities, deadline: float) -> None:
    """One more try after an unknown outcome, never more.

    A refusal counts on the first try only: after an unknown outcome the first request may still arrive, and be granted.
    """
    try:
        clients.inventory().reserve(order_id, quantities, timeout=_patience(deadline))
    except UpstreamUnavailable:
        try:
            clients.inventory().reserve(order_id, quantities, timeout=_patience(deadline))
        except (UpstreamUnavailable, InsufficientStock) as error:
            raise NeighbourAway("inventory") from error


def _refuse(claim: Claim, refusal: Refusal) -> StoredResponse:
    answer = StoredResponse.of_rejection(claim.order_id, refusal)
    if not attempts.refuse(claim, answer.status, answer.body):
        raise NeighbourAway("order") from refusal
    return answer


def _patience(deadline: float) -> float:
    return min(CALL_SECONDS, deadline - time.monotonic())
