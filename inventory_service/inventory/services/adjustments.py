"""Corrections by staff: the quantity, and the low-stock threshold."""

from uuid import UUID

from django.db.models.functions import Now

from inventory import selectors
from inventory.errors import InsufficientStock, Shortage, StockNotFound
from inventory.models import Movement, Stock
from inventory.services import stock_ledger


def adjust(*, product_id: UUID, delta: int, reason: str, actor: str) -> Movement:
    """Correct the quantity, up or down. Raises InsufficientStock if it would become negative."""
    changed = stock_ledger.change_quantity(
        product_id, delta, kind=Movement.Kind.ADJUSTMENT, note=reason, actor=actor
    )
    if changed is None:
        raise StockNotFound
    available, movement_id = changed
    if movement_id is None:
        raise InsufficientStock(
            [Shortage(product_id=product_id, requested=-delta, available=available)]
        )
    return Movement.objects.get(pk=movement_id)


def set_threshold(*, product_id: UUID, low_stock_threshold: int) -> Stock:
    Stock.objects.filter(pk=product_id).update(
        low_stock_threshold=low_stock_threshold, updated_at=Now()
    )
    return selectors.get_stock(product_id)
