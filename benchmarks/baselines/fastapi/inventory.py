from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Depends, FastAPI, HTTPException
from pool import pool, with_pool
from pydantic import BaseModel, Field

app = FastAPI(lifespan=with_pool)
Pool = Annotated[asyncpg.Pool, Depends(pool)]

RESERVE = """
    WITH locked AS (
        SELECT product_id, quantity, units
        FROM unnest($2::uuid[], $3::bigint[]) AS wanted(product_id, units)
        JOIN stock USING (product_id)
        ORDER BY product_id
        FOR NO KEY UPDATE OF stock
    ), decided AS (
        INSERT INTO reservation (order_id, status) SELECT $1, 'held'
        WHERE (SELECT count(*) FROM locked WHERE quantity >= units) = cardinality($2::uuid[])
        ON CONFLICT (order_id) DO NOTHING
        RETURNING order_id
    ), moved AS (
        UPDATE stock SET quantity = locked.quantity - units, reserved = stock.reserved + units
        FROM locked WHERE stock.product_id = locked.product_id AND EXISTS (SELECT FROM decided)
        RETURNING stock.product_id, stock.quantity, units
    ), written AS (
        INSERT INTO movement (product_id, order_id, delta, quantity_after)
        SELECT product_id, $1, -units, quantity FROM moved
    )
    SELECT EXISTS (SELECT FROM decided) AS done,
        EXISTS (SELECT FROM reservation WHERE order_id = $1) AS before"""


class Line(BaseModel):
    product_id: UUID
    quantity: int = Field(ge=1, le=10_000)


class Reservation(BaseModel):
    items: list[Line]


@app.get("/api/inventory/{product_id}/")
async def get(pool: Pool, product_id: UUID) -> dict[str, Any]:
    row = await pool.fetchrow(
        "SELECT product_id, quantity, reserved FROM stock WHERE product_id = $1", product_id
    )
    if row is None:
        raise HTTPException(404)
    return dict(row)


@app.put("/api/inventory/reservations/{order_id}/", status_code=201)
async def reserve(pool: Pool, order_id: UUID, wanted: Reservation) -> dict[str, str]:
    """All lines or none, once for each order id: one statement, one commit."""
    ids, units = (
        [line.product_id for line in wanted.items],
        [line.quantity for line in wanted.items],
    )
    row = await pool.fetchrow(RESERVE, order_id, ids, units)
    if not (row["done"] or row["before"]):
        raise HTTPException(409, "Insufficient stock.")
    return {"order_id": str(order_id), "status": "held"}
