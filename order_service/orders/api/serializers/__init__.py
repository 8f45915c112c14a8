from orders.api.serializers.requests import (
    AddressRequest,
    NoteRequest,
    OrderQuery,
    OrderRequest,
    OutboxQuery,
)
from orders.api.serializers.responses import (
    EventResponse,
    NoteResponse,
    OrderResponse,
    StockTaskResponse,
)

__all__ = [
    "AddressRequest",
    "EventResponse",
    "NoteRequest",
    "NoteResponse",
    "OrderQuery",
    "OrderRequest",
    "OrderResponse",
    "OutboxQuery",
    "StockTaskResponse",
]
