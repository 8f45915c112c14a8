"""Receiving stock: one product, or a whole delivery."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import transaction

from chassis.database import statement_timeout
from inventory import selectors
from inventory.models import Movement, Stock
from inventory.services import stock_ledger
from inventory.services.stock_ledger import Receipt

BULK_TIMEOUT = 10
"""Seconds for one statement: 10,000 rows in a table of a million take one second on idle cores."""


@transaction.atomic
def receive(
    *,
    product_id: UUID,
    quantity: int,
    actor: str,
    note: str = "",
    unverified: Collection[UUID] = (),
) -> tuple[Stock, bool]:
    """Add received units; the first receipt of a product creates its stock. Returns whether it did.

    `unverified` has the product's id if the product service did not confirm that it exists.
    """
    created = bool(stock_ledger.ensure_rows([product_id], unverified))
    stock_ledger.change_quantity(
        product_id, quantity, kind=Movement.Kind.RECEIPT, note=note, actor=actor
    )
    _mark_verified({product_id}.difference(unverified))
    return selectors.get_stock(product_id), created


@transaction.atomic
def bulk_receive(
    *, receipts: Sequence[Receipt], actor: str, unverified: Collection[UUID] = ()
) -> tuple[int, int]:
    """Receive all receipts or none; each is of a different product.

    Returns how many products were received for the first time, and how many were not.
    """
    with statement_timeout(BULK_TIMEOUT):
        product_ids = [receipt.product_id for receipt in receipts]
        created = stock_ledger.ensure_rows(product_ids, unverified)
        stock_ledger.bulk_receive(receipts, actor=actor)
        _mark_verified(set(product_ids).difference(unverified))
    return created, len(receipts) - created


def _mark_verified(product_ids: Iterable[UUID]) -> None:
    """Called after the receipt, which has locked these rows in product_id order."""
    Stock.objects.filter(pk__in=product_ids, product_unverified=True).update(
        product_unverified=False
    )
