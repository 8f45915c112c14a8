import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from pool import pool, with_pool
from pydantic import BaseModel, Field

PRODUCT, INVENTORY = (
    os.environ.get("PRODUCT_SERVICE_URL", ""),
    os.environ.get("INVENTORY_SERVICE_URL", ""),
)

CLAIM = (
    "INSERT INTO attempt (idempotency_key, order_id, state) VALUES ($1, $2, 'started') ON CONFLICT "
    "DO NOTHING RETURNING order_id"
)
REFUSE = "UPDATE attempt SET state = 'rejected' WHERE idempotency_key = $1 AND order_id = $2"
SAVE = """
    WITH won AS (
        UPDATE attempt SET state = 'completed', response = $3
        WHERE idempotency_key = $1 AND order_id = $2 AND state = 'started' RETURNING order_id
    ), placed AS (
        INSERT INTO "order" (id, user_id, status, total)
        SELECT order_id, $10, 'confirmed', $4 FROM won
    ), lines AS (
        INSERT INTO order_line (order_id, position, product_id, sku, name, unit_price, quantity)
        SELECT order_id, position, product_id, sku, name, unit_price, quantity
        FROM won, unnest($5::uuid[], $6::text[], $7::text[], $8::numeric[], $9::int[])
            WITH ORDINALITY AS line(product_id, sku, name, unit_price, quantity, position)
    )
    SELECT order_id FROM won"""
ORDER = 'SELECT id, status, total, created_at FROM "order" WHERE user_id = $1'
LINES = """
    SELECT order_id, product_id, sku, name, unit_price::text, quantity FROM order_line
    WHERE order_id = ANY($1) ORDER BY order_id, position"""
PAGE = 20


class Line(BaseModel):
    product_id: UUID
    quantity: int = Field(ge=1, le=10_000)


class OrderRequest(BaseModel):
    items: list[Line] = Field(min_length=1, max_length=100)


@asynccontextmanager
async def with_pool_and_client(app: FastAPI) -> AsyncIterator[None]:
    async with with_pool(app), aiohttp.ClientSession() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=with_pool_and_client)
Pool = Annotated[asyncpg.Pool, Depends(pool)]
Key = Annotated[str | None, Header()]


def user(authorization: Annotated[str, Header()] = "") -> UUID | None:
    """Where a real shop would verify a token, this one takes it for the user's id."""
    token = authorization.removeprefix("Bearer ")
    return UUID(token) if token else None


User = Annotated[UUID | None, Depends(user)]


@app.post("/api/orders/")
async def place_order(
    pool: Pool,
    http_request: Request,
    order: OrderRequest,
    user_id: User,
    idempotency_key: Key = None,
) -> Response:
    """Three commits: claim, reservation, order. A crash between them is not compensated."""
    client: aiohttp.ClientSession = http_request.app.state.client
    key, order_id = idempotency_key or uuid4().hex, uuid4()
    if await pool.fetchval(CLAIM, key, order_id) is None:
        return await _replayed(pool, key)
    products = await _find(client, order)
    if products is None or not await _reserve(client, order_id, order):
        await pool.execute(REFUSE, key, order_id)
        raise HTTPException(422 if products is None else 409)
    response, columns = _draw_up(order_id, order, products)
    if await pool.fetchval(SAVE, key, order_id, response, *columns, user_id) is None:
        raise HTTPException(503)
    return Response(response, 201, media_type="application/json")


@app.get("/api/orders/")
async def find(pool: Pool, user_id: User) -> dict[str, Any]:
    rows = await pool.fetch(f"{ORDER} ORDER BY created_at DESC LIMIT {PAGE}", user_id)
    return {"results": await _with_lines(pool, rows)}


@app.get("/api/orders/{order_id}/")
async def get(pool: Pool, order_id: UUID, user_id: User) -> dict[str, Any]:
    if not (rows := await pool.fetch(f"{ORDER} AND id = $2", user_id, order_id)):
        raise HTTPException(404)
    return (await _with_lines(pool, rows))[0]


async def _with_lines(pool: asyncpg.Pool, rows: list[asyncpg.Record]) -> list[dict[str, Any]]:
    items: dict[UUID, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for line in await pool.fetch(LINES, list(items)):
        columns = dict(line)
        items[columns.pop("order_id")].append(columns)
    return [{**row, "total": str(row["total"]), "items": items[row["id"]]} for row in rows]


async def _replayed(pool: asyncpg.Pool, key: str) -> Response:
    response = await pool.fetchval("SELECT response FROM attempt WHERE idempotency_key = $1", key)
    return Response(response, 201 if response else 409, media_type="application/json")


async def _find(client: aiohttp.ClientSession, request: OrderRequest) -> dict[str, Any] | None:
    ids = ",".join(str(line.product_id) for line in request.items)
    async with client.get(f"{PRODUCT}/api/products/?ids={ids}") as response:
        response.raise_for_status()
        products = {product["id"]: product for product in (await response.json())["results"]}
    return products if all(str(line.product_id) in products for line in request.items) else None


async def _reserve(client: aiohttp.ClientSession, order_id: UUID, request: OrderRequest) -> bool:
    items = [
        {"product_id": str(line.product_id), "quantity": line.quantity} for line in request.items
    ]
    async with client.put(
        f"{INVENTORY}/api/inventory/reservations/{order_id}/", json={"items": items}
    ) as response:
        if response.status != 409:
            response.raise_for_status()
        return response.status == 201


def _draw_up(
    order_id: UUID, request: OrderRequest, products: dict[str, Any]
) -> tuple[str, list[Any]]:
    """The response, and the order's columns from its total on."""
    found = [products[str(line.product_id)] for line in request.items]
    units, prices = (
        [line.quantity for line in request.items],
        [Decimal(product["price"]) for product in found],
    )
    total = sum(
        (price * quantity for price, quantity in zip(prices, units, strict=True)), Decimal(0)
    )
    lines = [
        {
            "product_id": product["id"],
            "sku": product["sku"],
            "name": product["name"],
            "unit_price": product["price"],
            "quantity": quantity,
        }
        for product, quantity in zip(found, units, strict=True)
    ]
    response = json.dumps(
        {"id": str(order_id), "status": "confirmed", "items": lines, "total": str(total)}
    )
    names = ([product[field] for product in found] for field in ("sku", "name"))
    return response, [total, [line.product_id for line in request.items], *names, prices, units]
