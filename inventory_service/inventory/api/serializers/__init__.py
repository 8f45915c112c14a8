from inventory.api.serializers.receipts import ImportResponse, ReceiptRequest, ReceiptRow
from inventory.api.serializers.reservations import (
    ReservationQuery,
    ReservationRequest,
    ReservationResponse,
)
from inventory.api.serializers.stock import (
    AdjustmentRequest,
    MovementQuery,
    MovementResponse,
    StockQuery,
    StockResponse,
    ThresholdRequest,
)

__all__ = [
    "AdjustmentRequest",
    "ImportResponse",
    "MovementQuery",
    "MovementResponse",
    "ReceiptRequest",
    "ReceiptRow",
    "ReservationQuery",
    "ReservationRequest",
    "ReservationResponse",
    "StockQuery",
    "StockResponse",
    "ThresholdRequest",
]
