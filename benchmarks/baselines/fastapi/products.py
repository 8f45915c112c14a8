from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Depends, FastAPI, HTTPException, Query
from pool import pool, with_pool

app = FastAPI(lifespan=with_pool)
Pool = Annotated[asyncpg.Pool, Depends(pool)]

COLUMNS = "id, sku, name, description, price, created_at"
PAGE = 20


@app.get("/api/products/")
async def find(
    pool: Pool, ids: str = "", search: str = "", after: Annotated[str, Query()] = ""
) -> dict[str, Any]:
    if ids:
        rows = await pool.fetch(
            f"SELECT {COLUMNS} FROM product WHERE id = ANY($1)", [UUID(id) for id in ids.split(",")]
        )
    elif search:
        rows = await pool.fetch(
            f"SELECT {COLUMNS} FROM product WHERE name ILIKE $1 ORDER BY name LIMIT {PAGE}",
            f"%{search}%",
        )
    else:
        rows = await pool.fetch(
            f"SELECT {COLUMNS} FROM product WHERE name > $1 ORDER BY name LIMIT {PAGE}", after
        )
    return {"results": [_shown(row) for row in rows]}


@app.get("/api/products/{product_id}/")
async def get(pool: Pool, product_id: UUID) -> dict[str, Any]:
    row = await pool.fetchrow(f"SELECT {COLUMNS} FROM product WHERE id = $1", product_id)
    if row is None:
        raise HTTPException(404)
    return _shown(row)


def _shown(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "price": str(row["price"])}
