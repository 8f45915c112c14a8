"""Calls to the inventory service."""

from collections.abc import Mapping
from uuid import UUID

from chassis.failpoints import failpoint
from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable
from orders.errors import InsufficientStock, StockOperationRejected

Quantities = Mapping[UUID, int]


class InventoryClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @failpoint("reserve")
    def reserve(self, order_id: UUID, quantities: Quantities, *, timeout: float) -> None:
        """Reserve stock for an order, every line or none. Safe to repeat.

        Raises InsufficientStock, or UpstreamUnavailable when the outcome is unknown.
        """
        items = [
            {"product_id": str(product_id), "quantity": units}
            for product_id, units in quantities.items()
        ]
        try:
            response = self._http.request("PUT", _path(order_id), {"items": items}, timeout=timeout)
        except UpstreamError as error:
            raise _shortage(error, quantities) from error
        if not isinstance(response, dict) or (response.get("order_id"), response.get("status")) != (
            str(order_id),
            "held",
        ):
            raise UpstreamUnavailable("the inventory service gave an invalid response")

    @failpoint("release")
    def release(self, order_id: UUID, *, timeout: float) -> None:
        """Release the stock of an order, now and for any request that arrives late. Safe to repeat.

        Raises UpstreamUnavailable.
        """
        self._send("DELETE", _path(order_id), timeout)

    @failpoint("fulfil")
    def fulfil(self, order_id: UUID, *, timeout: float) -> None:
        """Take the units of an order out of the stock. Safe to repeat. Raises UpstreamUnavailable."""
        self._send("POST", f"{_path(order_id)}fulfil/", timeout)

    def _send(self, method: str, path: str, timeout: float) -> None:
        try:
            response = self._http.request(method, path, timeout=timeout)
        except UpstreamError as error:
            raise StockOperationRejected(error.code) from error
        if response is not None:
            raise UpstreamUnavailable("the inventory service gave an invalid response")


def _path(order_id: UUID) -> str:
    return f"/api/inventory/reservations/{order_id}/"


def _shortage(error: UpstreamError, quantities: Quantities) -> Exception:
    """InsufficientStock, if that is what the error says and it fits the request."""
    try:
        left = {UUID(item["product_id"]): item["available"] for item in error.problem["items"]}
        known = error.code == "insufficient_stock" and all(
            type(left[id]) is int and 0 <= left[id] < quantities[id] for id in left
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        known = False
    if not known or not left:
        return UpstreamUnavailable(f"the inventory service rejected: {error.code}")
    return InsufficientStock(
        [{"product_id": str(id), "requested": quantities[id], "available": left[id]} for id in left]
    )
