"""The work: putting products into the catalogue, changing them, and archiving them."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction

from products.errors import ProductChanged, SkuTaken, UnknownProduct
from products.models import Product


class Facts(TypedDict, total=False):
    """What staff say of a product."""

    sku: str
    name: str
    description: str
    price: Decimal
    category: str
    image_url: str
    is_active: bool


def create(**facts: Unpack[Facts]) -> Product:
    """Raises SkuTaken."""
    with one_product_per_sku():
        return Product.objects.create(**facts)


def change(
    *, product_id: UUID, versions: Container[int] | None = None, **facts: Unpack[Facts]
) -> Product:
    """Write the facts given and leave the others as they are.

    Raises SkuTaken, and as `product_at` does.
    """
    with one_product_per_sku():
        product = product_at(product_id, versions, is_locked=True)
        Product.objects.filter(pk=product_id).update(**facts)
        product.refresh_from_db()
    return product


def product_at(
    product_id: UUID, versions: Container[int] | None, *, is_locked: bool = False
) -> Product:
    """Raises UnknownProduct, or ProductChanged when the product is at none of `versions`, where the caller names some."""
    rows = Product.objects.select_for_update() if is_locked else Product.objects.all()
    product = rows.filter(pk=product_id).first()
    if product is None:
        raise UnknownProduct
    if versions is not None and product.version not in versions:
        raise ProductChanged
    return product


def archive(*, product_id: UUID, versions: Container[int] | None = None) -> None:
    """Take the product out of the shop, for good or until it is made active again. Raises as `change` does."""
    change(product_id=product_id, versions=versions, is_active=False)


@contextmanager
def one_product_per_sku() -> Iterator[None]:
    """A transaction. The database itself says when a SKU is taken: to look first would leave a gap."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if (
            getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
            != "sku_is_unique"
        ):
            raise
        raise SkuTaken from error
