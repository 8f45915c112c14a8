"""The phone to the inventory service."""

from collections.abc import Mapping
from uuid import UUID

from chassis.crash_points import step
from chassis.http_client import HttpClient, Refused, Unavailable
from orders.errors import InsufficientStock

Quantities = Mapping[UUID, int]


class InventoryClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @step("reserve")
    def reserve(self, order_id: UUID, quantities: Quantities, *, within: float) -> None:
        """Hold stock for an order, every line or none. Safe to repeat.

        Raises InsufficientStock, or Unavailable when the outcome is unknown.
        """
        items = [{"product_id": str(product_id), "quantity": units} for product_id, units in quantities.items()]
        try:
            answer = self._http.request("PUT", _path(order_id), {"items": items}, within=within)
        except Refused as refused:
            raise _shortage(refused, quantities) from refused
        if not isinstance(answer, dict) or (answer.get("order_id"), answer.get("status")) != (str(order_id), "held"):
            raise Unavailable("the inventory service answered nonsense")

    @step("release")
    def release(self, order_id: UUID, *, within: float) -> None:
        """Give the stock of an order back, and see that nothing is ever reserved for it. Safe to repeat. Raises Unavailable."""
        self._tell("DELETE", _path(order_id), within)

    @step("fulfil")
    def fulfil(self, order_id: UUID, *, within: float) -> None:
        """Take the units of an order out of the stock. Safe to repeat. Raises Unavailable."""
        self._tell("POST", f"{_path(order_id)}fulfil/", within)

    def _tell(self, method: str, path: str, within: float) -> None:
        try:
            answer = self._http.request(method, path, within=within)
        except Refused as refused:
            raise Unavailable(f"the inventory service refused {method} {path}: {refused.code}") from refused
        if answer is not None:
            raise Unavailable("the inventory service answered nonsense")


def _path(order_id: UUID) -> str:
    return f"/api/inventory/reservations/{order_id}/"


def _shortage(refused: Refused, quantities: Quantities) -> Exception:
    """Inventory's no as ours, if it is the one we know and makes sense for what we asked."""
    try:
        left = {UUID(item["product_id"]): item["available"] for item in refused.problem["items"]}
        known = refused.code == "insufficient_stock" and all(
            type(left[id]) is int and 0 <= left[id] < quantities[id] for id in left
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        known = False
    if not known or not left:
        return Unavailable(f"the inventory service refused: {refused.code}")
    return InsufficientStock([{"product_id": str(id), "requested": quantities[id], "available": left[id]} for id in left])
