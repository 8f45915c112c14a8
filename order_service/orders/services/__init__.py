"""Business logic: writes.

place_order       places an order; the path of a POST, top-down
commands          what place_order takes and returns
build_order       the order as it will be saved: lines, total, price check
order_attempts    the state machine of an attempt: idempotency keys, leases, optimistic locking
compensation      undoes an aborted attempt: releases its stock (the saga's compensating action)
transitions       cancel, ship, deliver
outbox            delivers messages to inventory: retries with backoff, dead letters
rate_limit        limits orders by user and by client address (GCRA)
notes             notes of staff about an order
account_erasure   erases the addresses in orders of closed accounts
background        one round of the order worker
"""
