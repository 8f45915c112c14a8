"""What the product service says of products. Never asked for an order."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from time import monotonic
from typing import TypeVar
from uuid import UUID

from chassis.http_client import UpstreamUnavailable
from inventory import clients
from inventory.clients.product import MAX_IDS, MOST_SKUS
from inventory.errors import ProductNotFound, ProductServiceUnavailable
from inventory.models import Stock

log = logging.getLogger(__name__)

CALL_SECONDS = 1.0
IMPORT_SECONDS = 10.0
"""For all calls of an import: 10,000 new products are 100 calls."""

T = TypeVar("T")


def unverified(
    product_ids: Collection[UUID], *, staff_token: str, timeout: float = CALL_SECONDS
) -> set[UUID]:
    """Those of the products that the product service could not be asked about in time. Archived products exist.

    Only products without a verified stock row are asked about. Raises ProductNotFound.
    """
    verified = Stock.objects.filter(pk__in=product_ids, product_unverified=False).values_list(
        "pk", flat=True
    )
    asked = set(product_ids).difference(verified)
    unknown, left, deadline = set[UUID](), set(asked), monotonic() + timeout
    try:
        for chunk in _chunks(sorted(asked), MAX_IDS):
            seconds = min(CALL_SECONDS, deadline - monotonic())
            unknown |= {*chunk} - clients.products().existing(
                chunk, timeout=seconds, staff_token=staff_token
            )
            left.difference_update(chunk)
    except UpstreamUnavailable as error:
        log.warning("stock is received for products that are not verified: %s", error)
    if unknown:
        raise ProductNotFound(sorted(unknown))
    return left


def only_sold() -> Callable[[list[Stock]], list[Stock]]:
    """A filter for pages of stock, which leaves out archived and unknown products; once no answer has come, none."""
    deadline = monotonic() + CALL_SECONDS

    def sold(rows: list[Stock]) -> list[Stock]:
        nonlocal deadline
        try:
            found = clients.products().existing(
                [row.pk for row in rows], timeout=deadline - monotonic()
            )
        except UpstreamUnavailable as error:
            log.warning("archived products are listed: %s", error)
            deadline = monotonic()
            return rows
        return [row for row in rows if row.pk in found]

    return sold


def ids_of(skus: Sequence[str], *, staff_token: str | None) -> set[UUID]:
    """The ids of the products with these SKUs. Raises ProductServiceUnavailable."""
    found, deadline = set[UUID](), monotonic() + CALL_SECONDS
    try:
        for chunk in _chunks(skus, MOST_SKUS):
            found |= clients.products().with_skus(
                chunk, timeout=deadline - monotonic(), staff_token=staff_token
            )
    except UpstreamUnavailable as error:
        raise ProductServiceUnavailable from error
    return found


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
