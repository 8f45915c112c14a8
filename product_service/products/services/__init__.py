from products.services.products import archive, create, get_product, update

__all__ = ["archive", "create", "get_product", "update"]
