"""Buyers who order, cancel and now and then have something shipped or received, from several threads, while something fails."""

import threading
import time
from collections.abc import Iterator
from itertools import count
from types import TracebackType
from typing import NamedTuple, Self
from uuid import uuid4

import requests

from proof.client import JSON, Client, code_of, is_in_progress
from proof.tally import Basket, Placed, Refused, Tally
from proof.wishes import Goods, order_body, wish

THINKING = 0.1
MOST = 1500
"""Keys of one load, so that a fast machine does not fill the books without end."""
LAST_TRIES = 60.0
"""Seconds that a key gets after the last order was begun."""
CANCELLED, SHIPPED, RECEIVED = 5, 8, 13
"""Every so many-th order is cancelled or shipped, and as often stock is received."""


class Where(NamedTuple):
    """Addresses and tokens."""

    orders: str
    inventory: str
    buyers: list[str]
    staff: str
    behind_gateway: bool = False


class Load:
    """A context manager: at its end nobody begins another order, and every key that was used is decided, or given up."""

    def __init__(self, where: Where, goods: Goods) -> None:
        self.goods = goods
        self.tally = Tally()
        self.stalled: list[str] = []
        self._where = where
        self._numbers = count()
        self._over = threading.Event()
        self._give_up_at = float("inf")
        self._threads = [threading.Thread(target=self._buy, args=(buyer,), daemon=True) for buyer in range(len(where.buyers))]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._give_up_at = time.monotonic() + (LAST_TRIES if kind is None else 0)
        for thread in self._threads:
            thread.join()

    def wait_for_progress(self, orders: int = 8, patience: float = 30.0) -> None:
        """Until so many more orders were decided."""
        goal = self.tally.decided + orders
        until = time.monotonic() + patience
        while self.tally.decided < goal and self._some_at_it():
            if time.monotonic() > until:
                self.stalled.append(f"less than {orders} orders in {patience:.0f} s")
                return
            time.sleep(0.02)

    def _some_at_it(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _goes_on(self) -> bool:
        return time.monotonic() < self._give_up_at

    def _buy(self, buyer: int) -> None:
        client, staff = (self._client(token) for token in (self._where.buyers[buyer], self._where.staff))
        try:
            turn = Turn(self, client, staff, buyer)
            for number in self._turns():
                self._take_turn(turn, number)
            turn.finish()
        except Exception as error:  # of ours: the row must not pass because a client died
            self.tally.note_wrong(f"a client died: {error!r}")
        finally:
            client.close()
            staff.close()

    def _client(self, token: str) -> Client:
        return Client(self._where.orders, token, self.tally, self._goes_on, self._where.behind_gateway)

    def _turns(self) -> Iterator[int]:
        while not self._over.wait(THINKING) and (number := next(self._numbers)) < MOST:
            yield number

    def _take_turn(self, turn: "Turn", number: int) -> None:
        placed = turn.order(number)
        if placed and number % CANCELLED == 0:
            turn.move(placed, "cancel", "cancelled")
        elif placed and number % SHIPPED == 0:
            turn.move(placed, "ship", "shipped")
        if number % RECEIVED == 0:
            turn.receive(self._where.inventory, self.goods.left, 1 + number % 3)


class Turn:
    """What a buyer does with one order at a time."""

    def __init__(self, load: Load, client: Client, staff: Client, buyer: int) -> None:
        self._goods, self._tally = load.goods, load.tally
        self._client, self._staff, self._buyer = client, staff, buyer
        self._aside: list[tuple[int, str]] = []

    def order(self, number: int, key: str = "") -> Placed | None:
        """With a key, one that has been put aside before."""
        basket, facts, refusals = wish(self._goods, number)
        body, first, key = order_body(basket, facts), not key, key or uuid4().hex
        answer = self._client.ask("POST", "/api/orders/", body, key, aside=first)
        if answer is None:
            self._tally.undecided.append(key)
        elif is_in_progress(answer):  # of a process that has died: it takes until the lease is over
            self._aside.append((number, key))
        elif answer.status_code == 201 and "price_changed" not in refusals:
            return self._note_placed(key, basket, answer.json())
        elif code_of(answer) in refusals:
            self._note_refused(key, basket, body, answer)
        else:
            self._tally.note_wrong(f"{_told(answer)} for {basket}, key {key}")
        return None

    def finish(self) -> None:
        for number, key in self._aside:
            self.order(number, key)

    def move(self, placed: Placed, verb: str, status: str) -> None:
        who = self._staff if verb == "ship" else self._client
        answer = who.ask("POST", f"/api/orders/{placed.id}/{verb}/")
        if answer is None:
            self._tally.undecided.append(f"{verb} {placed.id}")
        elif answer.status_code == 200 and answer.json()["status"] == status:
            placed.status = status
        elif verb == "ship" and who.tries > 1 and code_of(answer) == "invalid_transition":
            placed.status = status  # an earlier try, whose answer was lost, has done it; the books will tell
        else:
            self._tally.note_wrong(f"{_told(answer)} for {verb} of order {placed.id}")

    def receive(self, inventory: str, product_id: str, units: int) -> None:
        body = {"product_id": product_id, "quantity": units}
        answer = self._staff.ask("POST", "/api/inventory/", body, uuid4().hex, base=inventory)
        if answer is None:
            self._tally.undecided.append(f"receipt of {units} of {product_id}")
        elif answer.status_code == 200:
            with self._tally.lock:
                self._tally.received[product_id] += units
        else:
            self._tally.note_wrong(f"{_told(answer)} for a receipt")

    def _note_placed(self, key: str, basket: Basket, order: JSON) -> Placed:
        units = {item["product_id"]: item["quantity"] for item in order["items"]}
        if units != basket or order["status"] != "confirmed":
            self._tally.note_wrong(f"order {order['id']} is {order['status']} with {units} instead of {basket}")
        placed = Placed(order["id"], basket, self._buyer, order_body(basket, {}), self._client.tries)
        self._tally.placed[key] = placed
        return placed

    def _note_refused(self, key: str, basket: Basket, body: JSON, answer: requests.Response) -> None:
        refused = Refused(answer.status_code, code_of(answer), basket, body, self._buyer, self._client.tries)
        self._tally.refused[key] = refused


def _told(answer: requests.Response) -> str:
    return f"{answer.status_code} {answer.text[:300]!r} (X-Request-ID {answer.headers.get('X-Request-ID')})"
