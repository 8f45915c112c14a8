from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from chassis.json_text import dumps
from chassis.problems import Problem
from orders.clients import Address, Quantities
from orders.models import Order


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    user_id: UUID
    quantities: Quantities
    shipping_address: Address | None = None
    address_id: UUID | None = None
    """An address of the user's address book, instead of a shipping_address."""
    expected_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A definitive response: the client receives the stored bytes, now and when it repeats."""

    order_id: UUID
    status: int
    body: bytes
    is_replayed: bool = False

    @classmethod
    def of_order(cls, order: Order) -> "StoredResponse":
        return cls(order.id, 201, dumps(order.to_dict()))

    @classmethod
    def of_rejection(cls, order_id: UUID, rejection: Problem) -> "StoredResponse":
        return cls(order_id, rejection.status, dumps(rejection.body))
