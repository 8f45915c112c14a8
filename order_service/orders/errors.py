"""The errors of this service.

    Conflict
    ├── InsufficientStock      insufficient_stock       `items` has the available quantities
    ├── PriceChanged           price_changed            `total` is the current total
    ├── RequestInProgress      request_in_progress      another request with the Idempotency-Key
    └── InvalidTransition      invalid_transition       not possible from the order's status
    UnprocessableContent
    ├── ProductNotFound        product_not_found        `items` has the products
    ├── AddressNotFound        address_not_found        not in the user's address book
    └── IdempotencyKeyReused   idempotency_key_reused   with another request
    NotAuthenticated
    └── UpstreamTokenRejected  invalid_token            valid here, but not at the user service
    PermissionDenied
    └── StaffRoleRevoked       permission_denied        the token still has the role
    NotFound
    ├── OrderNotFound          order_not_found          unknown, or another user's
    └── OutboxMessageNotFound  stock_task_not_found
    TooManyRequests
    └── OrderRateLimited       too_many_requests        Retry-After has the seconds to wait
    ServiceUnavailable
    ├── DependencyUnavailable  service_unavailable      `service` is down; nothing was ordered
    │   └── StockOperationRejected                      inventory rejects an outbox message
    └── OutcomeUnknown         service_unavailable      `order_id` may have been placed, or not

An OrderRejected is definitive: it is stored under the Idempotency-Key and sent again on repetition.
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

EXAMPLE_PRODUCT_ID = "01964164-6260-7eb5-8431-10f63fcffedd"
"""A product of the demo data, so that the examples work in a shop with demo data."""


class OrderRejected(Problem):
    """A definitive rejection of an order."""


class InsufficientStock(OrderRejected, Conflict):
    code = "insufficient_stock"
    detail = "There is not enough stock."
    advice = (
        "`items` has the available quantity of each product that is short. Nothing is reserved: "
        "order less, with a new Idempotency-Key."
    )
    example: ClassVar = {
        "items": [{"product_id": EXAMPLE_PRODUCT_ID, "requested": 2, "available": 1}],
        "detail": "1 of the ordered products are short.",
    }

    def __init__(self, shortages: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(shortages)} of the ordered products are short.", items=shortages)


class PriceChanged(OrderRejected, Conflict):
    code = "price_changed"
    detail = "The total of the order is not expected_total."
    advice = (
        "Show `total` to the buyer, then order with it as `expected_total` "
        "and with a new Idempotency-Key."
    )
    example: ClassVar = {"total": "59.00"}

    def __init__(self, total: Decimal) -> None:
        super().__init__(total=f"{total:.2f}")


class ProductNotFound(OrderRejected, UnprocessableContent):
    code = "product_not_found"
    detail = "A product does not exist or is no longer sold."
    advice = (
        "Remove the products in `items` from the basket, then order the others "
        "with a new Idempotency-Key."
    )
    example: ClassVar = {"items": [{"product_id": EXAMPLE_PRODUCT_ID}]}

    def __init__(self, product_ids: list[UUID]) -> None:
        super().__init__(items=[{"product_id": str(product_id)} for product_id in product_ids])


class AddressNotFound(OrderRejected, UnprocessableContent):
    code = "address_not_found"
    detail = "You have no such address in your address book."
    advice = (
        "Read the address book again, or send a `shipping_address`, with a new Idempotency-Key."
    )


class UpstreamTokenRejected(NotAuthenticated):
    """Not definitive: the client can repeat the request with a new token."""

    code = "invalid_token"
    detail = (
        "The access token has expired, or its session has ended. "
        "Get a new one and repeat the request."
    )
    advice = "Get a new access token and repeat the request with the same Idempotency-Key."

    def __init__(self) -> None:
        super().__init__(f"{self.detail} Access tokens are at {settings.TOKEN_ENDPOINT_HINT}.")


class StaffRoleRevoked(PermissionDenied):
    code = "permission_denied"
    detail = "This is for staff."
    advice = "Sign in again; the new token has your current role."


class RequestInProgress(Conflict):
    code = "request_in_progress"
    detail = "A request with this Idempotency-Key is still being processed. Repeat it in a moment."
    advice = (
        "Repeat the request with the same key after the seconds in `Retry-After`, "
        "until the response is a different one."
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class IdempotencyKeyReused(UnprocessableContent):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used with another request."
    advice = "Use a new key for a new order, and the same key only to repeat the same request."


class InvalidTransition(Conflict):
    code = "invalid_transition"
    detail = "The order's status does not allow this."
    advice = "Read the order: `order_status` has changed, or an earlier step is missing."
    example: ClassVar = {
        "order_status": "shipped",
        "detail": "The order is shipped, which does not allow this.",
    }

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The order is {status}, which does not allow this.",
            order_status=status,
        )


class OrderNotFound(NotFound):
    code = "order_not_found"
    detail = "You have no such order."
    advice = (
        "Compare the id with the list of `GET /api/orders/`. Another user's order is not found."
    )


class OrderRateLimited(TooManyRequests):
    detail = "The rate limit of orders is exceeded. Nothing was ordered; try again later."
    advice = (
        "Wait for the seconds in `Retry-After`, then repeat the request with the same "
        "Idempotency-Key. A request with a known key is never limited."
    )

    def __init__(self, seconds: float) -> None:
        super().__init__(headers={"Retry-After": str(max(1, math.ceil(seconds)))})


class DependencyUnavailable(ServiceUnavailable):
    """An upstream service is unreachable, slow, or gives invalid responses."""

    detail = "The inventory service is unavailable. Nothing is lost; try again."
    advice = (
        "Wait for the seconds in `Retry-After`, then repeat the request with the same "
        "Idempotency-Key until the response is definitive."
    )
    example: ClassVar = {"service": "inventory"}

    def __init__(self, service: str) -> None:
        super().__init__(
            service,
            f"The {service} service is unavailable. Nothing is lost; try again.",
        )


class StockOperationRejected(DependencyUnavailable):
    """Inventory rejects an operation of the outbox: an immediate retry does not help."""

    def __init__(self, code: str) -> None:
        super().__init__("inventory")
        self.args = (f"rejected by inventory: {code}",)


class OutboxMessageNotFound(NotFound):
    code = "stock_task_not_found"
    detail = "This order has no unfinished stock task."
    advice = (
        "It has been delivered, or there was none. "
        "`GET /api/orders/outbox/` lists the unfinished ones."
    )


class OutcomeUnknown(ServiceUnavailable):
    """The orders database became unavailable while the order was being saved."""

    detail = "It is unknown whether the order was placed."
    advice = (
        "Repeat the request with the same Idempotency-Key until the response is definitive. "
        "Without a key, read `GET /api/orders/{order_id}/` after a minute: "
        "404 means that the order was not placed and never will be."
    )
    example: ClassVar = {"service": "database", "order_id": "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22"}

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "database", f"{self.detail} Look for order {order_id} before you order again."
        )
        self.extra["order_id"] = str(order_id)
