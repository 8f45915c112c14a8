EXAMPLE_PRODUCT_ID = "01964164-6260-7eb5-8431-10f63fcffedd"
"""Part of the demo data, so that the examples in the documentation can be tried."""
EXAMPLE_ORDER_ID = "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22"
EXAMPLE_TIMESTAMP = "2026-01-31T12:00:00.000000Z"

PRODUCT_ID_HELP = "The product's id in the product service."
MAX_UNITS = 1_000_000_000
