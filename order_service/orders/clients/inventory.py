"""Client of the inventory service."""

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
            {"product_id": str(product_id), "quantity": quantity}
            for product_id, quantity in quantities.items()
        ]
        try:
            response = self._http.request("PUT", _path(order_id), {"items": items}, timeout=timeout)
        except UpstreamError as error:
            raise _shortage(error, quantities) from error
        fields = response if isinstance(response, dict) else {}
        if (fields.get("order_id"), fields.get("status")) != (str(order_id), "held"):
            raise UpstreamUnavailable("the inventory service gave an invalid response")

    @failpoint("release")
    def release(self, order_id: UUID, *, timeout: float) -> None:
        """Release an order's stock, and reject reservations that arrive late. Safe to repeat.

        Raises UpstreamUnavailable, or StockOperationRejected (a subclass of DependencyUnavailable).
        """
        self._send("DELETE", _path(order_id), timeout)

    @failpoint("fulfil")
    def fulfil(self, order_id: UUID, *, timeout: float) -> None:
        """Remove an order's units from the stock. Safe to repeat. Raises like release()."""
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
    """InsufficientStock if the error is a shortage that fits the request."""
    try:
        left = {UUID(item["product_id"]): item["available"] for item in error.problem["items"]}
        is_shortage = error.code == "insufficient_stock" and all(
            type(left[id]) is int and 0 <= left[id] < quantities[id] for id in left
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        is_shortage = False
    if not is_shortage or not left:
        return UpstreamUnavailable(f"the inventory service rejected: {error.code}")
    return InsufficientStock(
        [{"product_id": str(id), "requested": quantities[id], "available": left[id]} for id in left]
    )
