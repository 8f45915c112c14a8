"""Fills the databases of a system by SQL: creating a million products over HTTP would take hours.

There are as many products as orders, and a tenth as many accounts. Order n is of product n; every
tenth order is of the first product, and by one buyer.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString
from uuid import UUID

from benchmarks.test_data import ADJECTIVES, NOUNS, PLENTY
from local_stack import Stack

FIRST_MOMENT_MS = 1_760_000_000_000
EVERY = 10
"""Every n-th order is by the buyer, and of the first product, whose ledger is therefore long."""
ORDERS_OF_AN_ACCOUNT = 10
BATCH_SIZE = 50_000
"""Rows per statement: triggers hold the new rows of a statement in memory."""

FUNCTIONS: LiteralString = """
CREATE FUNCTION pg_temp.product(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
CREATE FUNCTION pg_temp.ordered(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(%(first_ms)s + n), 12, '0') || '70008' || lpad(n::text, 15, '0'))::uuid $$;
CREATE FUNCTION pg_temp.sold(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN n %% %(every)s = 0 THEN 1 ELSE n END $$;
"""
PRODUCTS: LiteralString = """
INSERT INTO product (id, sku, name, description, price, category, created_at, updated_at)
SELECT pg_temp.product(n), 'SCALING-' || n,
    (%(looks)s::text[])[n %% cardinality(%(looks)s) + 1] || ' ' ||
        (%(kinds)s::text[])[n %% cardinality(%(kinds)s) + 1] || ' ' || n,
    'A thing for the house, of which there is a great number.', n %% 990 + 9.99,
    'Home/Room ' || n / 20 %% 20, at, at
FROM (SELECT n, uuid_extract_timestamp(pg_temp.ordered(n)) AS at FROM generate_series(%(first)s,
    %(last)s) AS n);
"""
STOCK: LiteralString = """
INSERT INTO stock (product_id, quantity, reserved, low_stock_threshold)
SELECT pg_temp.product(n), %(plenty)s, 1, CASE WHEN n %% 20 = 0 THEN %(plenty)s ELSE 0 END
FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO movement (product_id, kind, delta, reserved_delta, quantity_after, reserved_after,
    actor)
SELECT pg_temp.product(n), 'receipt', %(plenty)s, 0, %(plenty)s, 0, 'scaling'
    FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO movement (product_id, kind, delta, reserved_delta, quantity_after, reserved_after,
    reference, actor)
SELECT pg_temp.product(pg_temp.sold(n)), 'reservation', -1, 1, %(plenty)s - 1, 1,
    pg_temp.ordered(n), 'scaling'
FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO reservation (order_id, status, items)
SELECT pg_temp.ordered(n), CASE WHEN n %% 5 = 0 THEN 'held' ELSE 'fulfilled' END,
    jsonb_build_array(jsonb_build_object('product_id', pg_temp.product(pg_temp.sold(n)), 'quantity',
        1))
FROM generate_series(%(first)s, %(last)s) AS n;
"""
ORDERS: LiteralString = """
CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT n, pg_temp.ordered(n) AS id,
    uuid_extract_timestamp(pg_temp.ordered(n)) AS at,
    CASE WHEN n %% %(every)s = 0 THEN %(buyer)s::uuid ELSE pg_temp.product(n %% 50000) END AS buyer
FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO "order" (id, number, user_id, status, total, currency, shipping_address, created_at,
    updated_at)
SELECT id, 'SO-G' || n, buyer, CASE WHEN n %% 5 = 0 THEN 'confirmed' ELSE 'delivered' END, 19.99,
    'USD', NULL, at, at FROM made;
INSERT INTO order_line (order_id, position, product_id, sku, name, unit_price, quantity, line_total)
SELECT id, 0, pg_temp.product(pg_temp.sold(n)), 'SCALING-' || pg_temp.sold(n), 'A thing', 19.99, 1,
    19.99 FROM made;
INSERT INTO event (order_id, type, actor, created_at) SELECT id, 'placed', buyer, at FROM made;
INSERT INTO attempt (user_id, idempotency_key, fingerprint, state, order_id, lease_until,
    response_status, response_body)
SELECT buyer, 'scaling-' || n, '', 'completed', id, at, 201, '{}' FROM made;
"""
ACCOUNTS: LiteralString = """
INSERT INTO account (email, name, password) SELECT 'person-' || n / 10 || '@example.com',
    'Person ' || n / 10, '!'
FROM generate_series(%(first)s, %(last)s) AS n WHERE n %% 10 = 0;
"""
ROWS: Mapping[str, LiteralString] = {
    "product": PRODUCTS,
    "inventory": STOCK,
    "order": ORDERS,
    "user": ACCOUNTS,
}


def fill_all(stack: Stack, size: int, buyer: str) -> None:
    with ThreadPoolExecutor(len(ROWS)) as pool:
        for filling in [pool.submit(fill, stack, service, size, buyer) for service in ROWS]:
            filling.result()


def fill(stack: Stack, service: str, size: int, buyer: str) -> None:
    parameters = {
        "looks": ADJECTIVES,
        "kinds": NOUNS,
        "plenty": PLENTY,
        "buyer": buyer,
        "every": EVERY,
        "first_ms": FIRST_MOMENT_MS,
    }
    with stack.database_session(service) as session, session.cursor() as cursor:
        cursor.execute(FUNCTIONS, parameters)
        for first in range(1, size + 1, BATCH_SIZE):
            batch = parameters | {"first": first, "last": min(first + BATCH_SIZE - 1, size)}
            cursor.execute(f"BEGIN; {ROWS[service]} COMMIT", batch)
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def product(n: int) -> str:
    return f"00000000-0000-7000-8000-{n:012}"


def order(n: int) -> str:
    return str(UUID(f"{FIRST_MOMENT_MS + n:012x}70008{n:015}"))
