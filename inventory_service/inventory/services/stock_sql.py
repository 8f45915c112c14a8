"""The SQL statements that change stock. Except receipts, a change is one statement in autocommit.

A statement locks the stock rows in product_id order, updates them and inserts the ledger rows. So
concurrent statements cannot deadlock, and the row of a popular product is locked only while
PostgreSQL executes the statement and commits it.

Common table expressions of each statement:

    change           product_id; quantity and reserved, the units to add to the two columns
                     (may be negative); note, for the ledger
    locked           (LOCK) the stock rows of `change`, locked, in their newest version
    decision         one row if the change is to be applied, else none
    updated, ledger  (APPLY) the updated stock rows, and their rows in the ledger

APPLY computes from `locked`: the version of a row that UPDATE itself sees is as old as the
statement's snapshot, and PostgreSQL checks the constraints with it before it looks for a newer one.
"""

from chassis.statements import PreparedStatement

LOCK = """
    locked AS (
        SELECT s.product_id, s.quantity, s.reserved,
               c.quantity AS quantity_delta, c.reserved AS reserved_delta, c.note
        FROM stock s JOIN change c USING (product_id)
        ORDER BY s.product_id
        FOR NO KEY UPDATE OF s
    )"""

APPLY = """
    updated AS (
        UPDATE stock s
        SET quantity = l.quantity + l.quantity_delta, reserved = l.reserved + l.reserved_delta,
            updated_at = now()
        FROM locked l
        WHERE s.product_id = l.product_id AND EXISTS (SELECT FROM decision)
        RETURNING s.product_id, s.quantity, s.reserved, l.quantity_delta, l.reserved_delta, l.note
    ), ledger AS (
        INSERT INTO movement (product_id, kind, delta, reserved_delta, quantity_after,
                              reserved_after, reference, note, actor)
        SELECT product_id, %(kind)s, quantity_delta + reserved_delta, reserved_delta, quantity,
               reserved, %(reference)s::uuid, note, %(actor)s
        FROM updated
        RETURNING id
    )"""

RESERVE = PreparedStatement(
    "reserve",
    f"""
    WITH change AS (
        SELECT product_id, -units AS quantity, units AS reserved, '' AS note
        FROM unnest(%(product_ids)s::uuid[], %(units)s::bigint[]) AS line(product_id, units)
    ), {LOCK}, decision AS (
        INSERT INTO reservation (order_id, status, items)
        SELECT %(reference)s, 'held', %(items)s
        WHERE (SELECT count(*) FROM locked WHERE quantity + quantity_delta >= 0)
              = cardinality(%(product_ids)s::uuid[])
        ON CONFLICT (order_id) DO NOTHING
        RETURNING created_at
    ), {APPLY}
    SELECT locked.product_id, locked.quantity, (SELECT created_at FROM decision)
    FROM (SELECT) AS always LEFT JOIN locked ON true""",
)

FINALIZE = PreparedStatement(
    "finalize",
    f"""
    WITH change AS (
        SELECT (item->>'product_id')::uuid AS product_id,
               (item->>'quantity')::bigint * %(returned)s AS quantity,
               -(item->>'quantity')::bigint AS reserved, '' AS note
        FROM reservation, jsonb_array_elements(items) AS item
        WHERE order_id = %(reference)s AND status = 'held'
    ), {LOCK}, decision AS (
        UPDATE reservation SET status = %(status)s, updated_at = now()
        WHERE order_id = %(reference)s AND status = 'held' AND (SELECT count(*) FROM locked) > 0
        RETURNING order_id
    ), {APPLY}
    SELECT EXISTS (SELECT FROM decision)""",
)

CHANGE_QUANTITY = PreparedStatement(
    "change_quantity",
    f"""
    WITH change AS (
        SELECT %(product_id)s::uuid AS product_id, %(units)s::bigint AS quantity, 0 AS reserved,
               %(note)s AS note
    ), {LOCK}, decision AS (
        SELECT FROM locked WHERE quantity + quantity_delta >= 0
    ), {APPLY}
    SELECT locked.quantity, (SELECT id FROM ledger) FROM locked""",
)

BULK_RECEIVE = PreparedStatement(
    "bulk_receive",
    f"""
    WITH change AS (
        SELECT product_id, units AS quantity, 0 AS reserved, note
        FROM unnest(%(product_ids)s::uuid[], %(units)s::bigint[], %(notes)s::text[])
             AS line(product_id, units, note)
    ), {LOCK}, decision AS (
        SELECT
    ), {APPLY}
    SELECT count(*) FROM ledger""",
    prepare=False,  # the best plan depends on the number of rows: 2 or 10,000
)

ENSURE_ROWS = PreparedStatement(
    "ensure_rows",
    """
    INSERT INTO stock (product_id, product_unverified)
    SELECT product_id, product_id = ANY(%(unverified)s::uuid[])
    FROM unnest(%(product_ids)s::uuid[]) AS product_id
    ORDER BY product_id
    ON CONFLICT (product_id) DO NOTHING
    RETURNING product_id""",
)

TOMBSTONE = PreparedStatement(
    "tombstone",
    """
    INSERT INTO reservation (order_id, status, items) VALUES (%(order_id)s, 'released', %(items)s)
    ON CONFLICT (order_id) DO NOTHING
    RETURNING order_id""",
)
