"""The only place where stock changes: one statement for each change, which is its own transaction (but for deliveries).

It locks the stock rows in product_id order, updates them and writes the ledger. So two changes can wait for one another
but never in a circle, and a product that everybody wants is blocked only while PostgreSQL itself works and commits.

Each statement is put together from three parts:

    wanted     product_id, quantity, reserved, note: the units to add to the two columns of a product, which may be negative,
               and what the ledger is to say of it
    LOCK       → locked: the stock rows of what is wanted, as they are now that nobody else can change them
    decided    has a row if the change shall be made
    MOVE       → moved, written: the change and its rows in the ledger

MOVE counts from `locked`: what it sees of the rows itself is as old as the statement, and PostgreSQL would hold that against
the constraints before it looks for a newer version.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chassis.failpoints import failpoint
from chassis.statements import PreparedStatement
from inventory.models import Movement, Reservation

Quantities = Mapping[UUID, int]
ORDER_SERVICE = "order service"
"""The actor of what is done for an order."""


class Receipt(NamedTuple):
    product_id: UUID
    quantity: int
    note: str


LOCK = """
    locked AS (
        SELECT s.product_id, s.quantity, s.reserved, w.quantity AS quantity_delta, w.reserved AS reserved_delta, w.note
        FROM stock s JOIN wanted w USING (product_id)
        ORDER BY s.product_id
        FOR NO KEY UPDATE OF s
    )"""

MOVE = """
    moved AS (
        UPDATE stock s
        SET quantity = l.quantity + l.quantity_delta, reserved = l.reserved + l.reserved_delta, updated_at = now()
        FROM locked l
        WHERE s.product_id = l.product_id AND EXISTS (SELECT FROM decided)
        RETURNING s.product_id, s.quantity, s.reserved, l.quantity_delta, l.reserved_delta, l.note
    ), written AS (
        INSERT INTO movement (product_id, kind, delta, reserved_delta, quantity_after, reserved_after, reference, note, actor)
        SELECT product_id, %(kind)s, quantity_delta + reserved_delta, reserved_delta, quantity, reserved,
               %(reference)s::uuid, note, %(actor)s
        FROM moved
        RETURNING id
    )"""

RESERVE = PreparedStatement(
    "reserve",
    f"""
    WITH wanted AS (
        SELECT product_id, -units AS quantity, units AS reserved, '' AS note
        FROM unnest(%(product_ids)s::uuid[], %(units)s::bigint[]) AS line(product_id, units)
    ), {LOCK}, decided AS (
        INSERT INTO reservation (order_id, status, items)
        SELECT %(reference)s, 'held', %(items)s
        WHERE (SELECT count(*) FROM locked WHERE quantity + quantity_delta >= 0) = cardinality(%(product_ids)s::uuid[])
        ON CONFLICT (order_id) DO NOTHING
        RETURNING created_at
    ), {MOVE}
    SELECT locked.product_id, locked.quantity, (SELECT created_at FROM decided)
    FROM (SELECT) AS always LEFT JOIN locked ON true""",
)

CLOSE = PreparedStatement(
    "close",
    f"""
    WITH wanted AS (
        SELECT (item->>'product_id')::uuid AS product_id,
               (item->>'quantity')::bigint * %(back)s AS quantity, -(item->>'quantity')::bigint AS reserved,
               '' AS note
        FROM reservation, jsonb_array_elements(items) AS item
        WHERE order_id = %(reference)s AND status = 'held'
    ), {LOCK}, decided AS (
        UPDATE reservation SET status = %(status)s, updated_at = now()
        WHERE order_id = %(reference)s AND status = 'held' AND (SELECT count(*) FROM locked) > 0
        RETURNING order_id
    ), {MOVE}
    SELECT EXISTS (SELECT FROM decided)""",
)

ADD = PreparedStatement(
    "add",
    f"""
    WITH wanted AS (
        SELECT %(product_id)s::uuid AS product_id, %(units)s::bigint AS quantity, 0 AS reserved, %(note)s AS note
    ), {LOCK}, decided AS (
        SELECT FROM locked WHERE quantity + quantity_delta >= 0
    ), {MOVE}
    SELECT locked.quantity, (SELECT id FROM written) FROM locked""",
)

ADD_EACH = PreparedStatement(
    "add_each",
    f"""
    WITH wanted AS (
        SELECT product_id, units AS quantity, 0 AS reserved, note
        FROM unnest(%(product_ids)s::uuid[], %(units)s::bigint[], %(notes)s::text[]) AS line(product_id, units, note)
    ), {LOCK}, decided AS (
        SELECT
    ), {MOVE}
    SELECT count(*) FROM written""",
    prepare=False,  # two rows or ten thousand
)

BEGIN = PreparedStatement(
    "begin",
    """
    INSERT INTO stock (product_id, product_unverified)
    SELECT product_id, product_id = ANY(%(unverified)s::uuid[]) FROM unnest(%(product_ids)s::uuid[]) AS product_id
    ORDER BY product_id
    ON CONFLICT (product_id) DO NOTHING
    RETURNING product_id""",
)

SHUT = PreparedStatement(
    "shut",
    """
    INSERT INTO reservation (order_id, status, items) VALUES (%(order_id)s, 'released', %(items)s)
    ON CONFLICT (order_id) DO NOTHING
    RETURNING order_id""",
)


def begin(product_ids: Iterable[UUID], unverified: Iterable[UUID]) -> int:
    """See that each product has a stock row, marked where it is a new one and unverified; how many are new ones."""
    return len(BEGIN.execute(product_ids=list(product_ids), unverified=list(unverified)))


@failpoint("reserve")
def reserve(order_id: UUID, quantities: Quantities) -> tuple[Reservation | None, dict[UUID, int]]:
    """Hold every line or none. Returns the reservation that this call made, and what of each product there was before.

    None, although there was enough, means that this order id was decided before.
    """
    items = as_items(quantities)
    rows = RESERVE.execute(
        product_ids=[str(product_id) for product_id in quantities],
        units=list(quantities.values()),
        items=_json(items),
        kind=Movement.Kind.RESERVATION,
        reference=order_id,
        actor=ORDER_SERVICE,
    )
    now = rows[0][2]
    held = Reservation(
        order_id=order_id,
        status=Reservation.Status.HELD,
        items=items,
        created_at=now,
        updated_at=now,
    )
    return held if now else None, {
        product_id: quantity for product_id, quantity, _ in rows if product_id
    }


@failpoint("shut")
def shut(order_id: UUID, quantities: Quantities) -> bool:
    """Remember an order id that holds nothing as released. False when it was decided before, and is on record by now."""
    return bool(SHUT.execute(order_id=order_id, items=_json(as_items(quantities))))


@failpoint("close")
def close(order_id: UUID, status: Reservation.Status) -> bool:
    """Take a held reservation to released (the units can be sold again) or fulfilled (they are gone).

    False when it is not held. The row has to be on record before this statement begins, or its stock might not be seen.
    """
    back = status == Reservation.Status.RELEASED
    kind = Movement.Kind.RELEASE if back else Movement.Kind.FULFILMENT
    rows = CLOSE.execute(
        status=status, back=int(back), kind=kind, reference=order_id, actor=ORDER_SERVICE
    )
    return bool(rows[0][0])


@failpoint("add")
def add(
    product_id: UUID, units: int, *, kind: Movement.Kind, note: str, actor: str
) -> tuple[int, UUID | None] | None:
    """Add units, or take some away. Returns how many there were, and the id of the ledger's row if there were enough.

    None when the product has no stock row.
    """
    rows = ADD.execute(
        product_id=product_id, units=units, kind=kind, reference=None, note=note, actor=actor
    )
    return (rows[0][0], rows[0][1]) if rows else None


@failpoint("add each")
def add_each(receipts: Sequence[Receipt], *, actor: str) -> None:
    """Add the units of many receipts, each of another product that has a stock row."""
    ADD_EACH.execute(
        product_ids=[receipt.product_id for receipt in receipts],
        units=[receipt.quantity for receipt in receipts],
        notes=[receipt.note for receipt in receipts],
        kind=Movement.Kind.RECEIPT,
        reference=None,
        actor=actor,
    )


def as_items(quantities: Quantities) -> list[dict[str, Any]]:
    """The items of a reservation, in one order, so that equal ones are equal."""
    return [
        {"product_id": str(product_id), "quantity": quantities[product_id]}
        for product_id in sorted(quantities, key=attrgetter("int"))
    ]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
