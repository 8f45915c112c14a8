"""Rows for tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from orders.models import Attempt, Order, OrderLine
from orders.services.order_attempts import EPOCH, AttemptLease

PAST = datetime(2020, 1, 1, tzinfo=UTC)


def uuid7(moment: datetime) -> UUID:
    """As PostgreSQL would have generated it at that time."""
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | uuid4().int & ((1 << 62) - 1))


def create_attempt(state: str = "started", **fields: Any) -> Attempt:
    status = {"completed": 201, "rejected": 409}.get(state)
    defaults = {
        "user_id": uuid4(),
        "idempotency_key": "k",
        "fingerprint": "f",
        "order_id": uuid7(datetime.now(UTC)),
        "lease_until": PAST,
        "response_status": status,
        "response_body": status and "{}",
    }
    return Attempt.objects.create(state=state, **defaults | fields)


def create_order(
    status: str = "confirmed", user_id: UUID | None = None, sku: str = "LAMP", **fields: Any
) -> Order:
    id = fields.pop("id", None) or uuid7(fields.get("created_at", datetime.now(UTC)))
    product_id = fields.pop("product_id", None) or uuid4()
    now = fields.get("created_at") or AttemptLease(id, id).created_at
    defaults = {
        "id": id,
        "number": AttemptLease(id, id).number,
        "total": Decimal("39.98"),
        "currency": "USD",
    }
    defaults |= {"created_at": now, "updated_at": now}
    made = Order.objects.create(status=status, user_id=user_id or uuid4(), **defaults | fields)
    price = Decimal("19.99")
    line = {
        "sku": sku,
        "name": "A lamp",
        "unit_price": price,
        "quantity": 2,
        "line_total": price * 2,
    }
    OrderLine.objects.create(order=made, position=1, product_id=product_id, **line)
    return made
