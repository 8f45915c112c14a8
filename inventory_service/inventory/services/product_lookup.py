"""Product lookups in the product service: by id and by SKU. None is on the path of an order."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from time import monotonic
from typing import TypeVar
from uuid import UUID

from chassis.http_client import UpstreamUnavailable
from inventory import clients
from inventory.clients.product import MAX_IDS, MAX_SKUS
from inventory.errors import ProductNotFound, ProductServiceUnavailable
from inventory.models import Stock

log = logging.getLogger(__name__)

CALL_TIMEOUT = 1.0
IMPORT_TIMEOUT = 10.0
"""For all calls of one import: 10,000 new products take 100 calls."""

T = TypeVar("T")


def find_unverified(
    product_ids: Collection[UUID], *, staff_token: str, timeout: float = CALL_TIMEOUT
) -> set[UUID]:
    """The products whose existence the product service did not confirm within the timeout.

    Archived products exist. Only products without a verified stock row are looked up.
    Raises ProductNotFound for products that do not exist.
    """
    verified = Stock.objects.filter(pk__in=product_ids, product_unverified=False)
    to_verify = set(product_ids).difference(verified.values_list("pk", flat=True))
    missing, unverified, deadline = set[UUID](), set(to_verify), monotonic() + timeout
    try:
        for chunk in _chunks(sorted(to_verify), MAX_IDS):
            missing |= {*chunk} - clients.products().find_existing(
                chunk, timeout=min(CALL_TIMEOUT, deadline - monotonic()), staff_token=staff_token
            )
            unverified.difference_update(chunk)
    except UpstreamUnavailable as error:
        log.warning("receiving stock of unverified products: %s", error)
    if missing:
        raise ProductNotFound(sorted(missing))
    return unverified


def active_products_filter() -> Callable[[list[Stock]], list[Stock]]:
    """A filter for pages of stock that removes archived and unknown products.

    After the first call that fails it removes nothing. All calls share one timeout.
    """
    deadline = monotonic() + CALL_TIMEOUT

    def keep_active(rows: list[Stock]) -> list[Stock]:
        nonlocal deadline
        product_ids = [row.pk for row in rows]
        try:
            active = clients.products().find_existing(product_ids, timeout=deadline - monotonic())
        except UpstreamUnavailable as error:
            log.warning("listing low stock including archived products: %s", error)
            deadline = monotonic()
            return rows
        return [row for row in rows if row.pk in active]

    return keep_active


def find_ids_by_sku(skus: Sequence[str], *, staff_token: str | None) -> set[UUID]:
    """The ids of the products with these SKUs. Raises ProductServiceUnavailable."""
    found, deadline = set[UUID](), monotonic() + CALL_TIMEOUT
    try:
        for chunk in _chunks(skus, MAX_SKUS):
            found |= clients.products().find_by_sku(
                chunk, timeout=deadline - monotonic(), staff_token=staff_token
            )
    except UpstreamUnavailable as error:
        raise ProductServiceUnavailable from error
    return found


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
