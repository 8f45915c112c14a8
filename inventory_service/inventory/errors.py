"""The ways to say no.

Conflict
├── InsufficientStock        insufficient_stock      `items` says how much there is
├── ReservationReleased      reservation_released    the door is closed for this order id
└── ReservationFulfilled     reservation_fulfilled   the goods have left
UnprocessableContent
├── ReservationMismatch      reservation_mismatch    the same order id with other items
├── ProductNotFound          product_not_found       `items` says which
└── IdempotencyKeyReused     idempotency_key_reused
NotFound
├── UnknownStock             stock_not_found
└── UnknownReservation       reservation_not_found
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
    advice = "`items` says what is there of each product that is short. Nothing was changed: ask for no more than that."
    example: ClassVar = {
        "detail": "1 of the products asked for are short.",
        "items": [
            {"product_id": "01964164-6260-7eb5-8431-10f63fcffedd", "requested": 2, "available": 1}
        ],
    }

    def __init__(self, shortages: list[Shortage]) -> None:
        super().__init__(f"{len(shortages)} of the products asked for are short.", items=shortages)


class ReservationReleased(Conflict):
    code = "reservation_released"
    detail = "This order id was released; nothing can be reserved for it any more."
    advice = "Take a new order id. An order id that was released, or refused once, is never reserved again."


class ReservationFulfilled(Conflict):
    code = "reservation_fulfilled"
    detail = "The goods of this order have left; they cannot be given back."
    advice = "Nothing can be given back. Book goods that come back as a receipt."


class ReservationMismatch(UnprocessableContent):
    code = "reservation_mismatch"
    detail = "There is a reservation of other items for this order id."
    advice = "One order id stands for one list of items. Take a new order id for another list."


class ProductNotFound(UnprocessableContent):
    code = "product_not_found"
    detail = "There is no product with this id."
    advice = "Compare the ids in `items` with those of the product service. Nothing was received."
    example: ClassVar = {"items": [{"product_id": "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"}]}

    def __init__(self, product_ids: list[UUID]) -> None:
        super().__init__(items=[{"product_id": product_id} for product_id in product_ids])


class IdempotencyKeyReused(UnprocessableContent):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key came with another request before."
    advice = "Take a new key for a new request, and the same key only to repeat the same request."


class UnknownStock(NotFound):
    code = "stock_not_found"
    detail = "No stock of this product was ever received."
    advice = "Receive stock of it first: `POST /api/inventory/`."


class UnknownReservation(NotFound):
    code = "reservation_not_found"
    detail = "There is no reservation for this order id."
    advice = "Compare the id with that of the order. An order that was refused has no reservation."


class ProductServiceUnavailable(ServiceUnavailable):
    detail = "The product service is out of reach at the moment. Nothing is lost; try again."
    example: ClassVar = {"service": "product"}

    def __init__(self) -> None:
        super().__init__("product", self.detail)
