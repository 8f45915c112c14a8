"""The errors of this service.

Conflict
├── InsufficientStock        insufficient_stock      `items` has the available quantities
├── ReservationReleased      reservation_released    this order id can no longer be reserved
└── ReservationFulfilled     reservation_fulfilled   the order has been shipped
UnprocessableContent
├── ReservationMismatch      reservation_mismatch    same order id, different items
├── ProductNotFound          product_not_found       `items` has the unknown ids
└── IdempotencyKeyReused     idempotency_key_reused
NotFound
├── StockNotFound            stock_not_found
└── ReservationNotFound      reservation_not_found
ServiceUnavailable
└── ProductServiceUnavailable  service_unavailable   `service` is product
"""

from typing import ClassVar, TypedDict
from uuid import UUID

from chassis.problems import Conflict, NotFound, ServiceUnavailable, UnprocessableContent


class Shortage(TypedDict):
    product_id: UUID
    requested: int
    available: int


class InsufficientStock(Conflict):
    code = "insufficient_stock"
    detail = "There is not enough stock."
    advice = (
        "`items` has the available quantity of each product that is short. Nothing was changed. "
        "Request no more than is available."
    )
    example: ClassVar = {
        "detail": "Stock of 1 of the requested products is insufficient.",
        "items": [
            {"product_id": "01964164-6260-7eb5-8431-10f63fcffedd", "requested": 2, "available": 1}
        ],
    }

    def __init__(self, shortages: list[Shortage]) -> None:
        detail = f"Stock of {len(shortages)} of the requested products is insufficient."
        super().__init__(detail, items=shortages)


class ReservationReleased(Conflict):
    code = "reservation_released"
    detail = "This order id was released. No stock can be reserved for it."
    advice = (
        "Use a new order id. An order id that was released or rejected is never reserved again."
    )


class ReservationFulfilled(Conflict):
    code = "reservation_fulfilled"
    detail = "This order has been shipped. Its reservation cannot be released."
    advice = "Do not repeat the request. Record returned units as a receipt."


class ReservationMismatch(UnprocessableContent):
    code = "reservation_mismatch"
    detail = "The reservation of this order id has different items."
    advice = "The items of an order id cannot change. Use a new order id for different items."


class ProductNotFound(UnprocessableContent):
    code = "product_not_found"
    detail = "There is no product with this id."
    advice = "No stock was received. Compare the ids in `items` with those of the product service."
    example: ClassVar = {"items": [{"product_id": "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"}]}

    def __init__(self, product_ids: list[UUID]) -> None:
        super().__init__(items=[{"product_id": product_id} for product_id in product_ids])


class IdempotencyKeyReused(UnprocessableContent):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for a different request."
    advice = "Use a new key for each new request, and the same key only to repeat a request."


class StockNotFound(NotFound):
    code = "stock_not_found"
    detail = "No stock of this product has been received."
    advice = "Receive stock of the product first: `POST /api/inventory/`."


class ReservationNotFound(NotFound):
    code = "reservation_not_found"
    detail = "There is no reservation for this order id."
    advice = "Check the order id. An order that was rejected has no reservation."


class ProductServiceUnavailable(ServiceUnavailable):
    detail = "The product service is unavailable. Nothing was changed; try again."
    example: ClassVar = {"service": "product"}

    def __init__(self) -> None:
        super().__init__("product", self.detail)
