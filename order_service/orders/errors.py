"""The ways to say no.

    Conflict
    ├── InsufficientStock      insufficient_stock       `items` says how much there is; nothing is held
    ├── PriceChanged           price_changed            `total` is what it would cost now
    ├── RequestInProgress      request_in_progress      the same Idempotency-Key is being worked on
    └── InvalidTransition      invalid_transition       the order is not in a state from which this can be done
    UnprocessableContent
    ├── ProductNotFound        product_not_found        `items` says which
    ├── AddressNotFound        address_not_found        the buyer has no such address
    └── IdempotencyKeyReused   idempotency_key_reused
    NotAuthenticated
    └── TokenRefused           invalid_token            good here still, but not at the user service
    PermissionDenied
    └── NotStaffAnyMore        permission_denied        by the role of now, which the token does not know
    NotFound
    ├── UnknownOrder           order_not_found          or somebody else's
    └── StockTaskNotFound      stock_task_not_found
    TooManyRequests
    └── TooManyOrders          too_many_requests        Retry-After says when there is room for another one
    ServiceUnavailable
    ├── NeighbourAway          service_unavailable      `service` is out of reach; nothing was ordered
    │   └── StockOperationRejected                      inventory says no to what it has to do for an order
    └── OutcomeUnknown         service_unavailable      `order_id` may have been placed, or not

A `Refusal` is definitive: it is kept under the Idempotency-Key and answered again.
"""

import math
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings

from chassis.problems import (
    Conflict,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    UnprocessableContent,
)

PRODUCT = "01964164-6260-7eb5-8431-10f63fcffedd"
"""Of the demo data, so that what the documents show works in a shop that has them."""


class Refusal(Problem):
    """A definitive no to placing an order."""


class InsufficientStock(Refusal, Conflict):
    code = "insufficient_stock"
    detail = "There is not enough stock."
    advice = "`items` says what is there of each product that is short. Nothing is held: order less, with a new Idempotency-Key."
    example: ClassVar = {
        "items": [{"product_id": PRODUCT, "requested": 2, "available": 1}],
        "detail": "1 of the products asked for are short.",
    }

    def __init__(self, shortages: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(shortages)} of the products asked for are short.", items=shortages)


class PriceChanged(Refusal, Conflict):
    code = "price_changed"
    detail = "The order would cost another sum than expected_total."
    advice = (
        "Show the buyer `total`, and order with it as `expected_total` and a new Idempotency-Key."
    )
    example: ClassVar = {"total": "59.00"}

    def __init__(self, total: Decimal) -> None:
        super().__init__(total=f"{total:.2f}")


class ProductNotFound(Refusal, UnprocessableContent):
    code = "product_not_found"
    detail = "A product is unknown or no longer sold."
    advice = "Take the products in `items` out of the basket, and order the others with a new Idempotency-Key."
    example: ClassVar = {"items": [{"product_id": PRODUCT}]}

    def __init__(self, product_ids: list[UUID]) -> None:
        super().__init__(items=[{"product_id": str(product_id)} for product_id in product_ids])


class AddressNotFound(Refusal, UnprocessableContent):
    code = "address_not_found"
    detail = "You have no such address in your address book."
    advice = (
        "Read the address book again, or send a `shipping_address`; with a new Idempotency-Key."
    )


class TokenRefused(NotAuthenticated):
    """Expired in this very moment, or its login is over. Not definitive: the same request with a new token is another try."""

    code = "invalid_token"
    detail = "The access token has expired, or its login is over. Get another one and repeat the request."
    advice = "Get another access token and repeat the request with the same Idempotency-Key."

    def __init__(self) -> None:
        super().__init__(f"{self.detail} Access tokens are at {settings.TOKEN_ENDPOINT_HINT}.")


class NotStaffAnyMore(PermissionDenied):
    code = "permission_denied"
    detail = "This is for staff."
    advice = "Sign in again; the new token knows the role of now."


class RequestInProgress(Conflict):
    code = "request_in_progress"
    detail = "A request with this Idempotency-Key is still being worked on. Ask again in a moment."
    advice = "Repeat the request with the same key after as many seconds as `Retry-After` says, until the answer is another one."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class IdempotencyKeyReused(UnprocessableContent):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key came with another request before."
    advice = "Take a new key for a new order, and the same key only to repeat the same request."


class InvalidTransition(Conflict):
    code = "invalid_transition"
    detail = "The order is not in a state from which this can be done."
    advice = "Read the order: `order_status` has changed, or the step before is missing."
    example: ClassVar = {
        "order_status": "shipped",
        "detail": "The order is shipped; this cannot be done with it any more, or not yet.",
    }

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The order is {status}; this cannot be done with it any more, or not yet.",
            order_status=status,
        )


class UnknownOrder(NotFound):
    code = "order_not_found"
    detail = "You have no such order."
    advice = (
        "Compare the id with one of `GET /api/orders/`. Somebody else's order is not found, either."
    )


class TooManyOrders(TooManyRequests):
    detail = "Too many orders in a short time. Nothing was ordered; wait for a moment."
    advice = (
        "Wait for as many seconds as `Retry-After` says and repeat the request with the same Idempotency-Key. "
        "A key that the shop has seen already is always answered."
    )

    def __init__(self, seconds: float) -> None:
        super().__init__(headers={"Retry-After": str(max(1, math.ceil(seconds)))})


class NeighbourAway(ServiceUnavailable):
    """A service that an order needs is out of reach, slow or answering nonsense."""

    detail = "The inventory service is out of reach at the moment. Nothing is lost; try again."
    advice = "Wait as `Retry-After` says and repeat the request with the same Idempotency-Key until the answer is definitive."
    example: ClassVar = {"service": "inventory"}

    def __init__(self, service: str) -> None:
        super().__init__(
            service,
            f"The {service} service is out of reach at the moment. Nothing is lost; try again.",
        )


class StockOperationRejected(NeighbourAway):
    """Inventory rejects what an order needs of it: to repeat it soon does not help."""

    def __init__(self, code: str) -> None:
        super().__init__("inventory")
        self.args = (f"rejected by inventory: {code}",)


class StockTaskNotFound(NotFound):
    code = "stock_task_not_found"
    detail = "There is no unfinished stock task of this order."
    advice = "It is done by now, or there was none. `GET /api/orders/outbox/` lists those that are not done."


class OutcomeUnknown(ServiceUnavailable):
    """The orders database went away while the order was being saved, and stayed away."""

    detail = "It is not known whether the order was placed."
    advice = (
        "Repeat the request with the same Idempotency-Key until the answer is definitive. Without a key, look for `order_id` "
        "first: if `GET /api/orders/{order_id}/` finds it after a minute, the order was placed; if not, it never will be."
    )
    example: ClassVar = {"service": "database", "order_id": "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22"}

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "database", f"{self.detail} Look for order {order_id} before you order again."
        )
        self.extra["order_id"] = str(order_id)
