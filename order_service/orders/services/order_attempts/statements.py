"""The SQL of the state machine: one prepared statement per change."""

from chassis.statements import PreparedStatement

CLAIM = PreparedStatement(
    "claim",
    """
    INSERT INTO attempt (user_id, idempotency_key, fingerprint, state, order_id, lease_until)
    VALUES (%(user_id)s, coalesce(%(key)s, uuidv7()::text), %(fingerprint)s, 'started', uuidv7(),
            now() + make_interval(secs => %(lease)s))
    ON CONFLICT ON CONSTRAINT one_attempt_per_key DO UPDATE
    SET state = 'started', order_id = excluded.order_id, lease_until = excluded.lease_until,
        created_at = excluded.created_at
    WHERE attempt.state = 'aborted' AND attempt.fingerprint = excluded.fingerprint
    RETURNING id, order_id""",
)

COMPLETE = PreparedStatement(
    "complete",
    """
    WITH completed AS (
        UPDATE attempt SET state = 'completed', response_status = 201, response_body = %(body)s
        WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'started'
        RETURNING order_id, user_id
    ), order_row AS (
        INSERT INTO "order" (id, number, user_id, status, total, currency, shipping_address,
                             created_at, updated_at)
        SELECT order_id, %(number)s, user_id, %(status)s, %(total)s, %(currency)s, %(address)s,
               %(now)s, %(now)s
        FROM completed
    ), line_rows AS (
        INSERT INTO order_line (order_id, position, product_id, sku, name, unit_price, quantity,
                                line_total)
        SELECT completed.order_id, line.position, product_id, sku, name, unit_price, quantity,
               unit_price * quantity
        FROM completed, unnest(%(product_ids)s::uuid[], %(skus)s::text[], %(names)s::text[],
                               %(prices)s::numeric[], %(quantities)s::int[])
            WITH ORDINALITY AS line(product_id, sku, name, unit_price, quantity, position)
    ), event_row AS (
        INSERT INTO event (order_id, type, actor, created_at)
        SELECT order_id, %(event)s, user_id, %(now)s FROM completed
    )
    SELECT order_id FROM completed""",
)

REJECT = PreparedStatement(
    "reject",
    """
    UPDATE attempt SET state = 'rejected', response_status = %(status)s, response_body = %(body)s
    WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'started'
    RETURNING id""",
)

ABORT = PreparedStatement(
    "abort",
    """
    UPDATE attempt SET state = 'aborting', lease_until = now() + make_interval(secs => %(lease)s)
    WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'started'
    RETURNING id""",
)

MARK_ABORTED = PreparedStatement(
    "mark_aborted",
    """
    UPDATE attempt SET state = 'aborted'
    WHERE id = %(attempt_id)s AND order_id = %(order_id)s AND state = 'aborting'
    RETURNING id""",
)

EXPIRE = PreparedStatement(
    "expire",
    """
    UPDATE attempt SET state = 'aborting', lease_until = now()
    WHERE state = 'started' AND lease_until < now()
    RETURNING id""",
)

# MATERIALIZED: a plain subquery may run once per row, each time with its own LIMIT.
# The lease grows with the attempt's age, up to 20 s: this is the backoff of failed compensations.
LEASE_ABORTING = PreparedStatement(
    "lease_aborting",
    """
    WITH due AS MATERIALIZED (
        SELECT id FROM attempt WHERE state = 'aborting' AND lease_until <= now()
        ORDER BY lease_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE attempt SET lease_until = now() + greatest(
        make_interval(secs => %(lease)s), least((now() - created_at) / 10, '20 s'))
    FROM due WHERE attempt.id = due.id
    RETURNING attempt.id, order_id""",
)

# The conditions are repeated because an aborted attempt may restart after the subquery.
PURGE = PreparedStatement(
    "purge_attempts",
    """
    WITH expired AS MATERIALIZED (
        SELECT id FROM attempt
        WHERE created_at < now() - make_interval(hours => %(hours)s)
          AND state IN ('completed', 'rejected', 'aborted')
        LIMIT %(limit)s
    )
    DELETE FROM attempt USING expired
    WHERE attempt.id = expired.id
      AND created_at < now() - make_interval(hours => %(hours)s)
      AND state IN ('completed', 'rejected', 'aborted')
    RETURNING attempt.id""",
)
