from decimal import Decimal
from uuid import UUID

from django.conf import settings

from orders.clients import Address, Product
from orders.errors import PriceChanged
from orders.models import Order, OrderLine
from orders.services.commands import PlaceOrder
from orders.services.order_attempts import AttemptLease


def build_order(
    lease: AttemptLease,
    command: PlaceOrder,
    address: Address | None,
    products: dict[UUID, Product],
) -> Order:
    """The unsaved order, with the current prices and names. Raises PriceChanged."""
    lines = [
        _build_line(lease, position, products[product_id], quantity)
        for position, (product_id, quantity) in enumerate(command.quantities.items(), 1)
    ]
    total = sum((line.line_total for line in lines), Decimal(0))
    if command.expected_total is not None and command.expected_total != total:
        raise PriceChanged(total)
    order = Order(
        id=lease.order_id,
        number=lease.number,
        user_id=command.user_id,
        status=Order.Status.CONFIRMED,
        total=total,
        currency=settings.SHOP_CURRENCY,
        shipping_address=address,
        created_at=lease.created_at,
        updated_at=lease.created_at,
    )
    order.items = lines
    return order


def _build_line(lease: AttemptLease, position: int, product: Product, quantity: int) -> OrderLine:
    """Positional arguments: keyword arguments take twice as long, 0.1 ms for fifty lines."""
    total = product.price * quantity
    values = (product.id, product.sku, product.name, product.price, quantity, total)
    return OrderLine(None, lease.order_id, position, *values)  # type: ignore[misc]
