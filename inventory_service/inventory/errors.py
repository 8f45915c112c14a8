"""The ways to say no.

Conflict
├── InsufficientStock        insufficient_stock      `items` says how much there is
├── ReservationReleased      reservation_released    the door is closed for this order id
└── ReservationFulfilled     reservation_fulfilled   the goods have left
Unprocessable
├── ReservationMismatch      reservation_mismatch    the same order id with other items
└── IdempotencyKeyReused     idempotency_key_reused
Missing
├── UnknownStock             stock_not_found
└── UnknownReservation       reservation_not_found
"""

from typing import ClassVar, TypedDict
from uuid import UUID

from chassis.problems import Conflict, Missing, Unprocessable


class Shortage(TypedDict):
    product_id: UUID
    requested: int
    available: int


class InsufficientStock(Conflict):
    code = "insufficient_stock"
    detail = "There is not enough stock."
    example: ClassVar = {
        "items": [{"product_id": "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11", "requested": 2, "available": 1}],
    }

    def __init__(self, shortages: list[Shortage]) -> None:
        super().__init__(f"{len(shortages)} of the products asked for are short.", items=shortages)


class ReservationReleased(Conflict):
    code = "reservation_released"
    detail = "This order id was released; nothing can be reserved for it any more."


class ReservationFulfilled(Conflict):
    code = "reservation_fulfilled"
    detail = "The goods of this order have left; they cannot be given back."


class ReservationMismatch(Unprocessable):
    code = "reservation_mismatch"
    detail = "There is a reservation of other items for this order id."


class IdempotencyKeyReused(Unprocessable):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key came with another request before."


class UnknownStock(Missing):
    code = "stock_not_found"
    detail = "No stock of this product was ever received."


class UnknownReservation(Missing):
    code = "reservation_not_found"
    detail = "There is no reservation for this order id."
