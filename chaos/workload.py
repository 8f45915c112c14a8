"""The load of a scenario: buyers in threads that place and cancel orders, and staff that ship
orders and receive stock.
"""

import threading
import time
from itertools import count
from types import TracebackType
from typing import NamedTuple, Self
from uuid import uuid4

import requests

from chaos.client_stats import ClientStats, PlacedOrder, RejectedOrder
from chaos.order_scenarios import OrderScenario, Products, order_scenario
from chaos.retrying_client import RetryingClient
from local_stack.shop_client import JSON, User, code_of, is_in_progress, order_body, units_of

THINK_TIME = 0.1
MAX_ORDERS = 1500
"""Limits the reconciliation on a fast machine."""
DRAIN_TIMEOUT = 60.0
"""Seconds for all keys to be decided after the last order was started."""
CANCEL_EVERY, SHIP_EVERY, RECEIVE_EVERY = 5, 8, 13
"""Every n-th order is cancelled or shipped, or followed by a receipt of stock."""


class Endpoints(NamedTuple):
    orders: str
    inventory: str
    buyers: list[User]
    staff: User
    behind_gateway: bool = False


class Workload:
    """A context manager.

    On exit no order is started any more, and every key that was used is decided or given up.
    """

    def __init__(self, endpoints: Endpoints, products: Products) -> None:
        self.products = products
        self.stats = ClientStats()
        self.stalled: list[str] = []
        self._endpoints = endpoints
        self._numbers = count()
        self._stopped = threading.Event()
        self._give_up_at = float("inf")
        buyers = range(len(endpoints.buyers))
        self._threads = [
            threading.Thread(target=self._run, args=(buyer,), daemon=True) for buyer in buyers
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._give_up_at = time.monotonic() + (DRAIN_TIMEOUT if kind is None else 0)
        for thread in self._threads:
            thread.join()

    def wait_for_orders(self, orders: int = 8, timeout: float = 30.0) -> None:
        """Wait until so many more orders are decided."""
        goal = self.stats.decided + orders
        deadline = time.monotonic() + timeout
        while self.stats.decided < goal and any(thread.is_alive() for thread in self._threads):
            if time.monotonic() > deadline:
                self.stalled.append(f"less than {orders} orders in {timeout:.0f} s")
                return
            time.sleep(0.02)

    def _run(self, number: int) -> None:
        buyer, staff = (
            self._client(user) for user in (self._endpoints.buyers[number], self._endpoints.staff)
        )
        try:
            self._buy(Buyer(self, buyer, staff, number))
        except Exception as error:  # the scenario must fail when a client thread crashes
            self.stats.record_unexpected(f"a client crashed: {error!r}")
        finally:
            buyer.close()
            staff.close()

    def _client(self, user: User) -> RetryingClient:
        return RetryingClient(
            self._endpoints.orders,
            user,
            self.stats,
            self._keep_trying,
            self._endpoints.behind_gateway,
        )

    def _keep_trying(self) -> bool:
        return time.monotonic() < self._give_up_at

    def _buy(self, buyer: "Buyer") -> None:
        while not self._stopped.wait(THINK_TIME) and (number := next(self._numbers)) < MAX_ORDERS:
            placed = buyer.order(number)
            if placed and number % CANCEL_EVERY == 0:
                buyer.move(placed, "cancel", "cancelled")
            elif placed and number % SHIP_EVERY == 0:
                buyer.move(placed, "ship", "shipped")
            if number % RECEIVE_EVERY == 0:
                buyer.receive(self._endpoints.inventory, self.products.left, 1 + number % 3)
        buyer.finish()


class Buyer:
    def __init__(
        self, workload: Workload, client: RetryingClient, staff: RetryingClient, number: int
    ) -> None:
        self._products, self._stats = workload.products, workload.stats
        self._client, self._staff, self._number = client, staff, number
        self._deferred: list[tuple[int, str]] = []

    def order(self, number: int, key: str = "") -> PlacedOrder | None:
        """Place an order. `key` repeats a deferred one."""
        scenario = order_scenario(self._products, number)
        body, first, key = (
            order_body(scenario.basket) | scenario.fields,
            not key,
            key or uuid4().hex,
        )
        response = self._client.send("POST", "/api/orders/", body, key, accept_in_progress=first)
        if response is None:
            self._stats.unresolved.append(key)
        elif is_in_progress(response):  # of a process that has crashed: until the lease expires
            self._deferred.append((number, key))
        elif response.status_code == 201 and "price_changed" not in scenario.error_codes:
            return self._record_placed(key, scenario, response.json())
        elif code_of(response) in scenario.error_codes:
            self._record_rejected(key, scenario, body, response)
        else:
            self._stats.record_unexpected(f"{_shown(response)} for {scenario.basket}, key {key}")
        return None

    def finish(self) -> None:
        for number, key in self._deferred:
            self.order(number, key)

    def move(self, placed: PlacedOrder, verb: str, status: str) -> None:
        client = self._staff if verb == "ship" else self._client
        response = client.send("POST", f"/api/orders/{placed.id}/{verb}/")
        if response is None:
            self._stats.unresolved.append(f"{verb} {placed.id}")
        elif response.status_code == 200 and response.json()["status"] == status:
            placed.status = status
        elif verb == "ship" and client.tries > 1 and code_of(response) == "invalid_transition":
            placed.status = (
                status  # done by an earlier try whose response was lost; reconciliation verifies it
            )
        else:
            self._stats.record_unexpected(f"{_shown(response)} for {verb} of order {placed.id}")

    def receive(self, inventory: str, product_id: str, units: int) -> None:
        body = {"product_id": product_id, "quantity": units}
        response = self._staff.send("POST", "/api/inventory/", body, uuid4().hex, base=inventory)
        if response is None:
            self._stats.unresolved.append(f"receipt of {units} of {product_id}")
        elif response.status_code == 200:
            with self._stats.lock:
                self._stats.received[product_id] += units
        else:
            self._stats.record_unexpected(f"{_shown(response)} for a receipt")

    def _record_placed(self, key: str, scenario: OrderScenario, order: JSON) -> PlacedOrder:
        basket, units = scenario.basket, units_of(order)
        if units != basket or order["status"] != "confirmed":
            self._stats.record_unexpected(
                f"order {order['id']} is {order['status']} with {units} instead of {basket}"
            )
        placed = PlacedOrder(
            order["id"], basket, self._number, order_body(basket), self._client.tries
        )
        self._stats.placed[key] = placed
        return placed

    def _record_rejected(
        self, key: str, scenario: OrderScenario, body: JSON, response: requests.Response
    ) -> None:
        self._stats.rejected[key] = RejectedOrder(
            response.status_code,
            code_of(response),
            scenario.basket,
            body,
            self._number,
            self._client.tries,
        )


def _shown(response: requests.Response) -> str:
    return (
        f"{response.status_code} {response.text[:300]!r} (X-Request-ID "
        f"{response.headers.get('X-Request-ID')})"
    )
