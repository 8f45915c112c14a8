from products.selectors.products import by_ids, list_products

__all__ = ["by_ids", "list_products"]
