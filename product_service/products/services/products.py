"""Create, change and archive products."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from products.errors import DuplicateSku, ProductNotFound, StaleProductVersion
from products.models import Product


def create(**fields: Any) -> Product:
    """Raises DuplicateSku."""
    with unique_sku():
        return Product.objects.create(**fields)


def update(*, product_id: UUID, versions: Container[int] | None = None, **fields: Any) -> Product:
    """Write the given fields and leave the others. Raises DuplicateSku, and as `get_product`."""
    with unique_sku():
        product = get_product(product_id, versions, lock=True)
        Product.objects.filter(pk=product_id).update(**fields)
        product.refresh_from_db()
    return product


def get_product(
    product_id: UUID, versions: Container[int] | None = None, *, lock: bool = False
) -> Product:
    """The product, archived or not, if its version is in `versions` (None: any version).

    Raises ProductNotFound or StaleProductVersion.
    """
    rows = Product.objects.select_for_update() if lock else Product.objects.all()
    product = rows.filter(pk=product_id).first()
    if product is None:
        raise ProductNotFound
    if versions is not None and product.version not in versions:
        raise StaleProductVersion
    return product


def archive(*, product_id: UUID, versions: Container[int] | None = None) -> None:
    """Raises as `update` does."""
    update(product_id=product_id, versions=versions, is_active=False)


@contextmanager
def unique_sku() -> Iterator[None]:
    """A transaction that raises DuplicateSku when the unique constraint is violated.

    Looking for the SKU before the write would leave a gap for a concurrent transaction.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if getattr(diagnostics, "constraint_name", "") != "sku_is_unique":
            raise
        raise DuplicateSku from error
