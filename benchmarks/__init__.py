"""What an order costs, beside the same shop as tutorials write it, in async Python, and beside its bare SQL: `make bench`."""
