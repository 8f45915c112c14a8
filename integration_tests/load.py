"""Buyers who order again and again, each order with a key that they repeat until they have an answer."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from threading import Event
from typing import Any
from uuid import uuid4

from integration_tests.shop import Basket, Person, Shop, expect, is_in_progress
from integration_tests.timing import wait_until

MOST = 300
"""Orders of one buyer, so that a fast machine does not fill the books without end."""
THINKING = 0.03


class Load:
    def __init__(self, shop: Shop, baskets: Sequence[Basket]) -> None:
        self._shop = shop
        self._baskets = baskets
        self._over = Event()
        self.placed: list[dict[str, Any]] = []
        """The 201s, one for each key."""

    def wait_for_progress(self, orders: int = 20) -> None:
        goal = len(self.placed) + orders
        wait_until(lambda: len(self.placed) >= goal, patience=60.0)

    def stop(self) -> None:
        self._over.set()

    def run(self, buyer: Person) -> None:
        undecided: list[tuple[Basket, str]] = []
        for basket, _ in zip(cycle(self._baskets), range(MOST), strict=False):
            key = uuid4().hex
            answer = self._shop.order_until_answered(buyer, basket, key)
            if is_in_progress(answer):  # of a process that has died: it takes until the lease is over
                undecided.append((basket, key))
            else:
                self.placed.append(expect(201, answer))
            if self._over.wait(THINKING):
                break
        for basket, key in undecided:
            self.placed.append(expect(201, self._shop.order_until_decided(buyer, basket, key)))


@contextmanager
def under_load(shop: Shop, buyers: Sequence[Person], baskets: Sequence[Basket]) -> Iterator[Load]:
    """At the end of the block nobody begins another order, and every key that was used is decided."""
    load = Load(shop, baskets)
    with ThreadPoolExecutor(len(buyers)) as pool:
        running = [pool.submit(load.run, buyer) for buyer in buyers]
        try:
            yield load
        finally:
            load.stop()
    for each in running:
        each.result()
