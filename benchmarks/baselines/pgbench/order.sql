-- One order, in three commits, as the order service and inventory write it, with the same tables, constraints and indexes.
-- What stands in braces is filled in for a number of lines; what follows a colon is a variable of pgbench.

INSERT INTO attempt (user_id, idempotency_key, fingerprint, state, order_id, lease_until)
VALUES ('{user_id}', uuidv7()::text, '{fingerprint}', 'started', uuidv7(), now() + make_interval(secs => 10))
ON CONFLICT ON CONSTRAINT one_attempt_per_key DO UPDATE
SET state = 'started', order_id = excluded.order_id, lease_until = excluded.lease_until, created_at = excluded.created_at
WHERE attempt.state = 'aborted' AND attempt.fingerprint = excluded.fingerprint
RETURNING id AS attempt_id, order_id \gset

WITH wanted AS (
    SELECT product_id, -units AS quantity, units AS reserved, '' AS note
    FROM unnest({product_ids}::uuid[], {units}::bigint[]) AS line(product_id, units)
), locked AS (
    SELECT s.product_id, s.quantity, s.reserved, w.quantity AS quantity_delta, w.reserved AS reserved_delta, w.note
    FROM stock s JOIN wanted w USING (product_id)
    ORDER BY s.product_id
    FOR NO KEY UPDATE OF s
), decided AS (
    INSERT INTO reservation (order_id, status, items)
    SELECT ':order_id', 'held', '{items}'
    WHERE (SELECT count(*) FROM locked WHERE quantity + quantity_delta >= 0) = cardinality({product_ids}::uuid[])
    ON CONFLICT (order_id) DO NOTHING
    RETURNING created_at
), moved AS (
    UPDATE stock s
    SET quantity = l.quantity + l.quantity_delta, reserved = l.reserved + l.reserved_delta, updated_at = now()
    FROM locked l
    WHERE s.product_id = l.product_id AND EXISTS (SELECT FROM decided)
    RETURNING s.product_id, s.quantity, s.reserved, l.quantity_delta, l.reserved_delta, l.note
), written AS (
    INSERT INTO movement (product_id, kind, delta, reserved_delta, quantity_after, reserved_after, reference, note, actor)
    SELECT product_id, 'reservation', quantity_delta + reserved_delta, reserved_delta, quantity, reserved,
           ':order_id'::uuid, note, 'order service'
    FROM moved
    RETURNING id
)
SELECT locked.product_id, locked.quantity, (SELECT created_at FROM decided)
FROM (SELECT) AS always LEFT JOIN locked ON true;

WITH won AS (
    UPDATE attempt SET state = 'completed', response_status = 201, response_body = '{answer}'
    WHERE id = ':attempt_id' AND order_id = ':order_id' AND state = 'started'
    RETURNING order_id, user_id, uuid_extract_timestamp(order_id) AS moment
), placed AS (
    INSERT INTO "order" (id, number, user_id, status, total, currency, shipping_address, created_at, updated_at)
    SELECT order_id, 'SO-' || right(':order_id', 15), user_id, 'confirmed', {total}, 'USD', NULL, moment, moment FROM won
), lines AS (
    INSERT INTO order_line (order_id, position, product_id, sku, name, unit_price, quantity, line_total)
    SELECT won.order_id, line.position, product_id, sku, name, unit_price, quantity, unit_price * quantity
    FROM won, unnest({product_ids}::uuid[], {skus}::text[], {names}::text[], {prices}::numeric[], {units}::int[])
        WITH ORDINALITY AS line(product_id, sku, name, unit_price, quantity, position)
), notified AS (
    INSERT INTO event (order_id, type, actor, created_at) SELECT order_id, 'placed', user_id, moment FROM won
)
SELECT order_id FROM won;
